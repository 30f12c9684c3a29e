"""The pages of the staff about rooms: what they show, what they do, and that the audit log has it."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.tests.factories import make_person
from chat.models import Message
from rooms import actions
from rooms.models import Ban, Member, Space
from rooms.tests.factories import (
    ADDRESS,
    ELSEWHERE,
    ban,
    caller,
    code_of,
    end,
    join,
    join_path,
    make_guest,
    make_room,
    person,
    post_json,
    say,
    stranger,
)

pytestmark = pytest.mark.django_db
ROOMS, MEMBERS, BANS = (f"/admin/rooms/{name}/" for name in ("space", "member", "ban"))
MESSAGES = "/admin/chat/message/"


@pytest.fixture
def stan(db: None) -> User:
    """Plain staff."""
    return make_person("stan", is_staff=True)


def rows(client: Client, path: str, query: dict[str, Any] | None = None) -> list[Any]:
    answer = client.get(path, query or {})
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def act(client: Client, path: str, name: str, *targets: Any, **given: Any) -> Any:
    asked = {"action": name, "_selected_action": [str(one.pk) for one in targets], "index": "0", "sure": "1"}
    return client.post(path, {**asked, **{f"given-{field}": value for field, value in given.items()}}, follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("path", [ROOMS, MEMBERS, BANS, MESSAGES])
def test_every_list_and_every_rows_own_page(alice, bob, stan, room, path):
    member = join(room, bob)
    say(room, member)
    ban(room, member)
    client = person(stan)

    for row in rows(client, path):
        page = client.get(f"{path}{row.pk}/change/").content.decode()
        assert ADDRESS not in page
        assert member.address_key not in page
    assert person(bob).get(path).status_code == 404
    assert client.get(f"{path}add/").status_code == 403


def test_rooms_are_found_and_told_apart(alice, bob, stan, room, private_room):
    join(room, bob)
    garden = make_room(bob, name="Garden", nickname="bob")
    actions.close_room(caller=caller(bob), slug=garden.space.slug)
    end(private_room)
    client = person(stan)

    assert rows(client, ROOMS, {"q": "tea"}) == [room.space]
    assert set(rows(client, ROOMS, {"q": "bob"})) == {room.space, garden.space}
    for standing, one in (("living", room), ("ended", private_room), ("closed", garden)):
        assert rows(client, ROOMS, {"standing": standing}) == [one.space]
    actions.sweep_room(private_room.space)
    assert rows(client, ROOMS, {"standing": "swept"}) == [private_room.space]
    (shown,) = rows(client, ROOMS, {"q": "tea"})
    assert (shown.owner_name, shown.member_count) == ("alice", 2)


def test_members_are_found_and_told_apart(bob, charlie, stan, room):
    member, guest = join(room, bob), make_guest(room)
    ban(room, join(room, charlie))
    client = person(stan)

    assert rows(client, MEMBERS, {"q": "bob"}) == [member]
    assert rows(client, MEMBERS, {"kind": "guest"}) == [guest]
    assert [one.nickname for one in rows(client, MEMBERS, {"state": "banned"})] == ["charlie"]
    everybody = rows(client, MEMBERS, {"space__id__exact": room.space.pk})
    assert {one.nickname for one in everybody} == {"alice", "bob", "charlie", "Gus"}


def test_messages_are_found_by_room(alice, stan, room, private_room):
    here = say(room, room.member, "Hello").message
    say(private_room, private_room.member, "Elsewhere")
    client = person(stan)

    assert rows(client, MESSAGES, {"q": "tea house"}) == [here]
    assert rows(client, MESSAGES, {"channel__space__id__exact": room.space.pk}) == [here]


def test_conversations_are_nobodys_business(alice, bob, stan):
    space = Space.objects.create(kind=Space.Kind.DIRECT, slug="direct-1")
    channel = space.channels.create(name="")
    seat = Member.objects.create(space=space, user=alice, nickname="a", nickname_key="a", nickname_skeleton="a")
    Message.objects.create(channel=channel, seq=1, rev=1, author=seat, nonce="n", body_hash=b"x", body="Between us")
    client = person(stan)

    for path in (ROOMS, MEMBERS, BANS, MESSAGES):
        assert rows(client, path) == []


# --- What staff do


def test_closing_a_room(alice, stan, room):
    assert said(act(person(stan), ROOMS, "close", room.space)) == ["Closed: Tea house"]
    assert code_of(person(alice).get(f"/api/v1/rooms/{room.space.slug}")) == (410, "room_gone")
    entry = AuditEntry.objects.get(action="room_closed")
    assert (entry.actor, entry.target_name, entry.address) == (stan, "Tea house", ADDRESS)
    assert said(act(person(stan), ROOMS, "close", room.space))[0].startswith("Tea house: This room has ended")


@pytest.mark.parametrize(
    ("name", "state"), [("block", "blocked"), ("unblock", "active"), ("ban", "banned"), ("unban", "left")]
)
def test_acts_on_members(alice, bob, stan, room, name, state):
    member = join(room, bob)
    for first in {"unblock": ["block"], "unban": ["ban"]}.get(name, []):
        act(person(stan), MEMBERS, first, member)

    done = said(act(person(stan), MEMBERS, name, member, room.member))

    assert Member.objects.get(pk=member.pk).state == state
    assert done[0].endswith("bob")
    assert done[1] == "alice: That cannot be done to the room's owner."
    assert AuditEntry.objects.filter(action__startswith="member_").last().after["state"] == state


def test_banning_an_address_in_a_room_and_lifting_it(bob, stan, room):
    client = person(stan)
    wrong = act(client, ROOMS, "ban_address", room.space, address="nowhere")
    assert "Enter a valid" in wrong.content.decode()
    assert not Ban.objects.exists()

    assert said(act(client, ROOMS, "ban_address", room.space, address=ELSEWHERE)) == [
        "Nobody joins from there any more: Tea house"
    ]
    assert code_of(post_json(stranger(ELSEWHERE), join_path(room), {"nickname": "No"})) == (403, "banned")
    assert ELSEWHERE not in client.get(BANS).content.decode()
    assert said(act(client, ROOMS, "ban_address", room.space, address=ELSEWHERE))[0].startswith("Tea house: There is")

    assert said(act(client, BANS, "lift", Ban.objects.get())) == ["Lifted: an address"]
    assert post_json(stranger(ELSEWHERE), join_path(room), {"nickname": "No"}).status_code == 200
    assert {entry.action for entry in AuditEntry.objects.filter(actor=stan)} >= {"address_banned", "address_unbanned"}


def test_banning_where_a_member_came_from(stan, room):
    guest = make_guest(room, address=ELSEWHERE)
    act(person(stan), MEMBERS, "ban_address", guest)

    assert code_of(post_json(stranger(ELSEWHERE), join_path(room), {"nickname": "No"})) == (403, "banned")
    assert Member.objects.get(pk=guest.pk).is_present


def test_lifting_the_ban_of_a_member(bob, stan, room):
    member = join(room, bob)
    ban(room, member)

    assert said(act(person(stan), BANS, "lift", Ban.objects.get())) == ["Lifted: bob"]
    assert (Ban.objects.count(), Member.objects.get(pk=member.pk).state) == (0, "left")


def test_deleting_a_message(bob, stan, room):
    message = say(room, join(room, bob), "Rude words").message

    assert len(said(act(person(stan), MESSAGES, "delete", message))) == 1
    message.refresh_from_db()
    assert (message.body, message.deleted_at is not None) == ("", True)
    entry = AuditEntry.objects.get(action="message_deleted")
    assert entry.after == {"deleted": True, "by": "bob", "room": room.space.slug}
    assert "Rude words" not in str([entry.before, entry.after, entry.target_name])


def test_staff_who_are_no_more_do_nothing(bob, stan, room):
    client = person(stan)
    User.objects.filter(pk=stan.pk).update(is_staff=False)

    assert act(client, ROOMS, "close", room.space).status_code == 404
    assert Space.objects.get().is_living()


# --- As many questions for many as for one


@pytest.mark.parametrize("many", [1, 20])
@pytest.mark.parametrize("path", [ROOMS, MEMBERS, BANS, MESSAGES])
def test_of_each_list(alice, stan, path, many, django_assert_num_queries):
    for number in range(many):
        one = make_room(alice, name=f"Room {number}")
        say(one, one.member)
        ban(one, make_guest(one))
    client = person(stan)

    with django_assert_num_queries(6):  # session, person, their permissions (2), count, rows
        assert len(rows(client, path)) >= many
