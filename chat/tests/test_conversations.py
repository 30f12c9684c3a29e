"""Conversations: starting, the list, muting, leaving, adding, and who cannot be reached."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import make_dana, make_person
from accounts.tests.test_erasure import erase
from chat import actions as chat
from chat.models import Message
from chat.tests.factories import caller, say
from core import person_data
from core.errors import Invalid, NotFound, SlowDown
from rooms import actions
from rooms.errors import NotAGroup, NotReachable
from rooms.models import Member, PersonBlock, Space
from rooms.tests.factories import code_of, person, post_json, stranger, wrong_fields

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def dana(db: None) -> User:
    return make_dana()


def start(by: User, *people: str) -> Space:
    return actions.start_conversation(caller=caller(by), people=list(people)).space


def seat(space: Space, user: User) -> Member:
    return Member.objects.select_related("space").get(space=space, user=user)


def listed(user: User) -> list[dict]:
    return person(user).get("/api/v1/conversations").json()["results"]


@pytest.fixture
def talk(alice, bob) -> Space:
    return start(alice, "bob")


@pytest.fixture
def group(alice, bob, charlie) -> Space:
    return start(alice, "bob", "charlie")


# --- Starting


def test_two_people_have_one_conversation(alice, bob):
    first = post_json(person(alice), "conversations", {"people": ["bob"]})
    again = post_json(person(bob), "conversations", {"people": [str(alice.pk)]})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert [one["username"] for one in first.json()["people"]] == ["bob"]
    assert first.json()["group"] is False
    assert Space.objects.get().kind == "direct"


def test_several_have_a_new_one_each_time(alice, bob, charlie):
    assert start(alice, "bob", "@Charlie") != start(alice, "bob", "charlie")
    assert Space.objects.filter(pair=None).count() == 2


def test_everybody_reads_from_the_beginning(alice, bob, talk):
    say(seat(talk, alice), "Hi")
    (shown,) = listed(bob)

    assert shown["last_message"]["body"] == "Hi"
    assert shown["unread"] == 1
    channel = shown["channel"]
    assert [row["body"] for row in person(bob).get(f"/api/v1/channels/{channel}/messages").json()["results"]] == ["Hi"]


def test_people_of_one_name_get_numbers(alice):
    for number in range(3):
        make_person(f"tea{number}", display_name="Tea drinker")
    space = start(alice, "tea0", "tea1", "tea2")
    names = set(space.members.values_list("nickname", flat=True))
    assert names == {"alice", "Tea drinker", "Tea drinker 2", "Tea drinker 3"}


def test_a_long_or_short_display_name_is_no_obstacle(alice):
    make_person("longname", display_name="x" * 40)
    make_person("short", display_name="字")
    assert set(start(alice, "longname", "short").members.values_list("nickname", flat=True)) == {
        "alice", "x" * 30, "short",
    }  # fmt: skip


@pytest.mark.parametrize("people", [[], ["x"] * 10, "bob", [["bob"]], None, {"a": 1}, ["b" * 41], ["  "]])
def test_what_is_no_list_of_people_is_refused(alice, bob, people):
    assert wrong_fields(post_json(person(alice), "conversations", {"people": people})) == {"people"}
    assert not Space.objects.exists()


def test_with_oneself_there_is_none(alice):
    assert wrong_fields(post_json(person(alice), "conversations", {"people": ["alice"]})) == {"people"}


@pytest.mark.parametrize("name", ["nobody", "0", "999999", "\u0000", "\ud800", "bob\u202e", "@", "9" * 19])
def test_who_is_not_there_is_missing(alice, bob, name):
    assert code_of(post_json(person(alice), "conversations", {"people": [name]})) in [
        (404, "not_found"),
        (400, "invalid"),
    ]
    with pytest.raises(NotFound):
        start(alice, name)
    assert not Space.objects.exists()


def test_who_cannot_sign_in_is_missing(alice, bob, charlie):
    waiting = make_person("waiting", verified=False)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    erase(charlie)
    for name in (waiting.username, "bob", "charlie", str(bob.pk)):
        assert code_of(post_json(person(alice), "conversations", {"people": [name]})) == (404, "not_found")


def test_a_name_of_digits_catches_nothing_that_is_for_an_id(alice, bob):
    target = make_person("target", id=1234)
    named = make_person("1234")
    with pytest.raises(Invalid):
        start(alice, named.username)
    assert start(alice, f"@{named.username}").members.filter(user=named).exists()
    assert start(alice, "target").members.filter(user=target).exists()


def test_guests_and_strangers_cannot(talk):
    for answer in (
        stranger().get("/api/v1/conversations"),
        post_json(stranger(), "conversations", {"people": ["bob"]}),
        post_json(stranger(), f"conversations/{talk.pk}/leave", {}),
        stranger().put("/api/v1/people/bob/block"),
        stranger().delete("/api/v1/people/bob/block"),
    ):
        assert code_of(answer)[0] == 401
    for path in ("/conversations/", f"/conversations/{talk.slug}/", "/settings/blocked/"):
        assert stranger().get(path).status_code == 302


def test_starting_has_a_rate_and_opening_what_is_there_has_none(alice, bob, charlie, settings):
    settings.RATE_CONVERSATIONS = "1/h"
    start(alice, "bob")
    start(alice, "bob")
    with pytest.raises(SlowDown):
        start(alice, "charlie")
    answer = person(alice).post("/conversations/", {"people": "charlie"})
    assert answer.status_code == 429
    assert Space.objects.count() == 1


# --- Nobody else


def test_a_conversation_is_missing_for_everybody_else(alice, charlie, dana, talk):
    message = say(seat(talk, alice), "secret words")
    channel = talk.channels.get().pk
    for other in (charlie, dana):
        client = person(other)
        answers = [
            client.get(f"/conversations/{talk.slug}/"),
            client.post(f"/conversations/{talk.slug}/post/", {"nonce": "n", "body": "x"}),
            client.post(f"/conversations/{talk.slug}/leave/"),
            client.get(f"/conversations/{talk.slug}/leave/"),
            client.post(f"/conversations/{talk.slug}/mute/", {"muted": "true"}),
            client.post(f"/conversations/{talk.slug}/people/", {"people": other.username}),
            post_json(client, f"conversations/{talk.pk}/leave", {}),
            client.put(f"/api/v1/conversations/{talk.pk}/mute", {"muted": True}, content_type="application/json"),
            post_json(client, f"conversations/{talk.pk}/people", {"people": [other.username]}),
            client.get(f"/api/v1/channels/{channel}/messages"),
            client.put(f"/api/v1/channels/{channel}/read", {"seq": 1}, content_type="application/json"),
            post_json(client, f"channels/{channel}/messages", {"nonce": "n", "body": "x"}),
            client.patch(f"/api/v1/messages/{message.pk}", {"body": "x"}, content_type="application/json"),
            client.delete(f"/api/v1/messages/{message.pk}"),
            client.get(f"/api/v1/rooms/{talk.slug}/members"),
            *through_the_rooms(client, talk),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert listed(other) == []
        assert talk.slug not in client.get("/rooms/").content.decode()
        assert client.get("/api/v1/rooms").json()["results"] == []
    assert talk.members.count() == 2


def through_the_rooms(client, talk) -> list:
    slug, first = talk.slug, talk.members.order_by("pk")[0].pk
    return [
        client.get(f"/rooms/{slug}/"),
        client.post(f"/rooms/{slug}/join/", {"nickname": "new"}),
        client.post(f"/rooms/{slug}/post/", {"nonce": "n", "body": "x"}),
        client.post(f"/rooms/{slug}/leave/"),
        client.post(f"/rooms/{slug}/close/"),
        client.get(f"/rooms/{slug}/people/"),
        client.post(f"/rooms/{slug}/people/{first}/ban/"),
        client.get(f"/rooms/{slug}/transcript.txt"),
        client.get(f"/api/v1/rooms/{slug}"),
        post_json(client, f"rooms/{slug}/join", {"nickname": "new"}),
        post_json(client, f"rooms/{slug}/leave", {}),
        post_json(client, f"rooms/{slug}/close", {}),
        post_json(client, f"rooms/{slug}/members/{first}/ban", {}),
        post_json(client, f"rooms/{slug}/hand-over", {"member": str(first)}),
        client.get(f"/api/v1/rooms/{slug}/transcript.txt"),
    ]


def test_also_for_its_people_it_is_no_room(alice, talk):
    client = person(alice)
    assert {answer.status_code for answer in through_the_rooms(client, talk)} == {404}
    assert len(client.get(f"/api/v1/rooms/{talk.slug}/members").json()["results"]) == 2


@pytest.mark.parametrize("raw", ["0", "x", "01", "-1", "9" * 25, "%00", "٧"])
def test_hostile_ids_are_missing(alice, raw):
    client = person(alice)
    assert code_of(post_json(client, f"conversations/{raw}/leave", {})) == (404, "not_found")
    assert client.get(f"/conversations/{raw}/").status_code == 404


def test_staff_who_are_in_it_cannot_delete_what_others_said(alice, dana):
    talk = start(alice, "dana")
    message = say(seat(talk, alice), "mine")
    assert code_of(person(dana).delete(f"/api/v1/messages/{message.pk}")) == (403, "forbidden")


# --- Blocking


@pytest.mark.parametrize("blocker", ["alice", "bob"])
def test_while_one_blocks_the_other_nobody_can_write(alice, bob, talk, blocker):
    before = say(seat(talk, bob), "before")
    own = say(seat(talk, alice), "own")
    by, of = (alice, bob) if blocker == "alice" else (bob, alice)
    assert person(by).put(f"/api/v1/people/{of.username}/block").status_code == 204
    assert person(by).put(f"/api/v1/people/{of.username}/block").status_code == 204

    channel = talk.channels.get().pk
    said = set()
    for user, other in ((alice, bob), (bob, alice)):
        client = person(user)
        for answer in (
            post_json(client, f"channels/{channel}/messages", {"nonce": "after", "body": "x"}),
            post_json(client, "conversations", {"people": [other.username]}),
        ):
            assert code_of(answer) == (403, "not_reachable")
            said.add(answer.json()["detail"].replace(other.username, "…").replace("this person", "…"))
        assert client.get(f"/api/v1/channels/{channel}/messages").json()["last_seq"] == 2
        assert client.get(f"/conversations/{talk.slug}/").status_code == 200
        refused = client.post(f"/conversations/{talk.slug}/post/", {"nonce": "p", "body": "kept words"})
        assert (refused.status_code, "kept words" in refused.content.decode()) == (400, True)
    assert len(said) == 1, "it is not told who blocked whom"
    assert code_of(
        person(alice).patch(f"/api/v1/messages/{own.pk}", {"body": "edited"}, content_type="application/json")
    ) == (403, "not_reachable")
    assert person(bob).delete(f"/api/v1/messages/{before.pk}").status_code == 200

    assert person(by).delete(f"/api/v1/people/{of.username}/block").status_code == 204
    assert say(seat(talk, alice), "again").seq == 3


def test_the_page_says_that_nobody_can_write_and_keeps_what_was_typed(alice, bob, talk):
    actions.block_person(by=bob, of=alice)
    for user, other in ((alice, "bob"), (bob, "alice")):
        page = person(user).get(f"/conversations/{talk.slug}/").content.decode()
        note = page.partition('id="composer-note"')[2].partition("</p>")[0]
        assert f"You and {other} cannot write to each other." in note
        assert 'data-blocked="cut-off" hidden' in page
    typed = person(alice).post(f"/conversations/{talk.slug}/post/", {"nonce": "n", "body": "my long letter"})
    composer = typed.content.decode().partition('id="composer"')[2].partition("</form>")[0]
    assert "my long letter" in composer
    assert "hidden" not in composer.partition(">")[0], "without JavaScript it would be lost"

    actions.unblock_person(by=bob, of=alice)
    assert "data-blocked" not in person(alice).get(f"/conversations/{talk.slug}/").content.decode()


def test_a_block_leaves_other_conversations_alone(alice, bob, charlie, talk, group):
    actions.block_person(by=bob, of=alice)
    assert say(seat(group, alice), "to all").seq == 1
    assert say(seat(start(alice, "charlie"), alice), "to charlie").seq == 1


def test_groups_are_not_started_with_or_enlarged_by_who_blocks_one(alice, bob, charlie):
    actions.block_person(by=bob, of=alice)
    with pytest.raises(NotReachable):
        start(alice, "charlie", "bob")
    make_person("petra")
    group = start(alice, "charlie", "petra")
    with pytest.raises(NotReachable):
        actions.add_people(caller=caller(alice), space=group, people=["bob"])
    actions.add_people(caller=caller(charlie), space=group, people=["bob"])
    assert group.members.count() == 4


def test_who_closed_their_account_is_not_written_to(alice, bob, talk):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(NotReachable):
        say(seat(talk, alice), "hello?")
    assert person(alice).get(f"/conversations/{talk.slug}/").status_code == 200


def test_one_cannot_block_oneself_or_nobody(alice):
    client = person(alice)
    assert code_of(client.put("/api/v1/people/alice/block")) == (409, "not_on_oneself")
    assert code_of(client.put("/api/v1/people/nobody/block")) == (404, "not_found")
    assert code_of(client.put("/api/v1/people/a%00b/block")) == (404, "not_found")
    assert not PersonBlock.objects.exists()


def test_the_pages_of_blocking(alice, bob):
    client = person(alice)
    assert "You have blocked nobody" in client.get("/settings/blocked/").content.decode()
    page = client.post("/people/bob/block/", {"next": "/people/bob/"}, follow=True).content.decode()
    assert "You have blocked this person" in page
    assert "@bob" in client.get("/settings/blocked/").content.decode()
    assert client.post("/people/bob/unblock/", {"next": "https://evil.example/"})["Location"] == "/"
    assert not PersonBlock.objects.exists()
    assert 'value="@bob"' in client.get("/people/bob/").content.decode()
    assert 'value="@alice"' not in client.get("/people/alice/").content.decode()


# --- Leaving, muting, adding


def test_a_conversation_of_two_is_put_away_until_the_next_message(alice, bob, talk):
    say(seat(talk, bob), "one")
    assert post_json(person(alice), f"conversations/{talk.pk}/leave", {}).status_code == 204
    assert Message.objects.get().body == "one", "that is told to nobody"
    assert listed(alice) == []
    assert len(listed(bob)) == 1
    assert person(alice).get("/api/v1/unread").json()["results"] == []

    say(seat(talk, bob), "two")
    assert [one["last_message"]["body"] for one in listed(alice)] == ["two"]
    assert listed(alice)[0]["unread"] == 2


def test_or_until_one_starts_it_again(alice, talk):
    actions.leave_conversation(caller=caller(alice), space=talk)
    assert start(alice, "bob") == talk
    assert len(listed(alice)) == 1


def test_who_leaves_a_group_is_out(alice, bob, charlie, group):
    before = Space.objects.get(pk=group.pk).acl_rev
    assert person(bob).post(f"/conversations/{group.slug}/leave/").status_code == 302
    assert listed(bob) == []
    assert person(bob).get(f"/conversations/{group.slug}/").status_code == 404
    assert Space.objects.get(pk=group.pk).acl_rev == before + 1
    assert [one["username"] for one in listed(alice)[0]["people"]] == ["charlie"]
    assert listed(alice)[0]["last_message"]["notice"] == {"code": "left", "names": ["bob"]}
    assert "bob left" in person(alice).get("/conversations/").content.decode()


def test_who_is_added_sees_what_is_said_from_then_on(alice, bob, charlie, group):
    make_person("petra")
    say(seat(group, alice), "early")
    actions.leave_conversation(caller=caller(bob), space=group)
    answer = post_json(person(charlie), f"conversations/{group.pk}/people", {"people": ["petra", "bob", "alice"]})

    assert {one["username"] for one in answer.json()["people"]} == {"alice", "bob", "petra"}
    assert {seat(group, bob).from_seq, Member.objects.get(user__username="petra").from_seq} == {2}, "and that bob left"
    assert seat(group, alice).from_seq == 0


def test_nobody_is_added_to_two(alice, charlie, talk):
    with pytest.raises(NotAGroup):
        actions.add_people(caller=caller(alice), space=talk, people=["charlie"])
    assert talk.members.count() == 2


def test_a_group_has_an_end_of_growing(alice, bob, charlie, group):
    names = [make_person(f"person{number}").username for number in range(8)]
    with pytest.raises(Invalid):
        actions.add_people(caller=caller(alice), space=group, people=names)
    actions.add_people(caller=caller(alice), space=group, people=names[:7])
    assert group.members.count() == 10


def test_when_the_last_one_leaves_a_group_it_is_over(alice, bob, charlie, group):
    for user in (alice, bob, charlie):
        actions.leave_conversation(caller=caller(user), space=group)
    assert not Space.objects.get(pk=group.pk).is_living()
    assert Message.objects.count() == 2, "who would read of the last one?"


def test_muting_and_unmuting(alice, talk):
    client = person(alice)
    path = f"/api/v1/conversations/{talk.pk}/mute"
    assert client.put(path, {"muted": True}, content_type="application/json").json()["muted"] is True
    assert "Unmute" in client.get(f"/conversations/{talk.slug}/").content.decode()
    client.post(f"/conversations/{talk.slug}/mute/", {"muted": "false"})
    assert seat(talk, alice).muted is False
    assert wrong_fields(client.put(path, {"muted": "x"}, content_type="application/json")) == {"muted"}


# --- Pages and lists


def test_the_story_without_javascript(alice, bob):
    client = person(alice)
    assert "No conversation yet" in client.get("/conversations/").content.decode()
    assert client.post("/conversations/", {"people": "nobody"}).status_code == 400
    page = client.post("/conversations/", {"people": "bob"}, follow=True)
    path = page.request["PATH_INFO"]
    assert "<bdi>bob</bdi>" in page.content.decode()
    client.post(f"{path}post/", {"nonce": "n1", "body": "Tea at four?"})

    bobs = person(bob)
    shown = bobs.get("/conversations/").content.decode()
    assert "Tea at four?" in shown
    assert "rail-count" in shown
    assert "Tea at four?" in bobs.get(path).content.decode()
    assert bobs.get(f"{path}leave/").status_code == 200


def test_several_are_named_with_commas_or_spaces(alice, bob, charlie):
    page = person(alice).post("/conversations/", {"people": " bob, @charlie "}, follow=True)
    assert "bob, charlie" in page.content.decode()
    path = page.request["PATH_INFO"]
    make_person("petra")
    assert person(bob).post(f"{path}people/", {"people": "petra"}).status_code == 302
    assert person(bob).post(f"{path}people/", {"people": "nobody"}).status_code == 400


def test_the_list_goes_on_by_its_cursor(alice):
    for number in range(5):
        make_person(f"person{number}")
        say(seat(start(alice, f"person{number}"), alice), str(number))
    client, next_page, names = person(alice), "/api/v1/conversations?limit=2", []
    while next_page:
        answer = client.get(next_page).json()
        names += [one["people"][0]["username"] for one in answer["results"]]
        next_page = answer["next"]
    assert names == [f"person{number}" for number in (4, 3, 2, 1, 0)]
    for cursor in ("x", "1", "-", "1-", "9" * 17 + "-1", "1-" + "9" * 19, "٧-1"):
        assert wrong_fields(client.get("/api/v1/conversations", {"cursor": cursor})) == {"cursor"}


@pytest.mark.parametrize("count", [1, 50])
def test_a_long_list_costs_as_many_queries_as_a_short_one(alice, count):
    for number in range(count):
        make_person(f"person{number}")
        talk = start(alice, f"person{number}")
        say(Member.objects.select_related("space").get(space=talk, user__username=f"person{number}"), f"hi {number}")
    client = person(alice)
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get("/api/v1/conversations?limit=100").json()["results"]) == count
    assert len(asked) == 6  # session, person; seats, last messages, people, what they are shown as
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/conversations/")
    assert page.content.decode().partition("<main")[2].count("badge--count") == count
    assert len(asked) == 8  # the same, how many there are, and what waits, for the rail


def test_saying_something_in_a_room_asks_nothing_about_blocks(alice, bob, place, django_assert_num_queries):
    with CaptureQueriesContext(connection) as asked:
        chat.post_message(chat.Draft(place.channel.pk, place.bob.pk, "n", "hello"))
    assert not [one for one in asked if "personblock" in one["sql"]]


# --- One's own data


def test_a_deleted_account_leaves_no_blocks_and_the_other_can_still_read(alice, bob, charlie, talk):
    say(seat(talk, bob), "what stays")
    actions.block_person(by=bob, of=charlie)
    actions.block_person(by=charlie, of=bob)
    erase(bob)
    assert not PersonBlock.objects.exists()
    assert listed(alice)[0]["people"][0]["name"].startswith("deleted-")
    assert "what stays" in person(alice).get(f"/conversations/{talk.slug}/").content.decode()
    with pytest.raises(NotReachable):
        say(seat(talk, alice), "hello?")


def test_the_export_says_with_whom_one_talks_and_whom_one_blocked(alice, bob, charlie, group):
    actions.block_person(by=alice, of=charlie)
    data = {part.name: part for part in person_data.parts()}
    (talk,) = data["conversations"].export(alice)
    assert talk["with"] == ["bob", "charlie"]
    assert [row["username"] for row in data["blocked_people"].export(alice)] == ["charlie"]
    assert list(data["blocked_people"].export(charlie)) == []
    assert list(data["memberships"].export(alice)) == []
