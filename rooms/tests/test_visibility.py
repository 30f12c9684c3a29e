"""What strangers, members and the owner see of public and private rooms."""

import pytest

from rooms.models import Member
from rooms.tests.factories import (
    ROOM_PASSWORD,
    code_of,
    guest_browser,
    join,
    make_guest,
    make_room,
    person,
    say,
    stranger,
)

pytestmark = pytest.mark.django_db

STRANGERS_VIEW = {"name", "slug", "private", "expires_at"}


def shown(client, room):
    return client.get(f"/api/v1/rooms/{room.space.slug}")


def test_anybody_sees_a_public_room(bob, room):
    for client in (person(bob), stranger()):
        assert shown(client, room).json()["channel"] == str(room.channel.pk)


def test_a_stranger_sees_of_a_private_room_that_there_is_one(bob, private_room):
    for client in (person(bob), stranger()):
        answer = shown(client, private_room)
        assert (answer.status_code, set(answer.json())) == (200, STRANGERS_VIEW)
        assert answer.json()["private"] is True


def test_a_member_sees_all_of_it(alice, bob, private_room):
    join(private_room, bob, password=ROOM_PASSWORD)

    for client in (person(alice), person(bob)):
        assert set(shown(client, private_room).json()) == {*STRANGERS_VIEW, "id", "channel", "members"}


def test_who_left_a_private_room_is_a_stranger_again(bob, private_room):
    join(private_room, bob, password=ROOM_PASSWORD)
    Member.objects.filter(user=bob).update(state="left")

    assert set(shown(person(bob), private_room).json()) == STRANGERS_VIEW


def test_the_guest_of_another_room_is_a_stranger(room, private_room):
    guest = make_guest(room)

    assert set(shown(guest_browser(room, guest), private_room).json()) == STRANGERS_VIEW


def test_staff_are_strangers_too(dana, private_room):
    assert set(shown(person(dana), private_room).json()) == STRANGERS_VIEW
    assert code_of(person(dana).get(f"/api/v1/channels/{private_room.channel.pk}/messages"))[0] == 404


def test_private_rooms_are_in_no_list_not_even_their_owners(alice, bob, room, private_room):
    for client in (person(alice), person(bob), stranger()):
        assert [one["slug"] for one in client.get("/api/v1/rooms").json()["results"]] == [room.space.slug]


def test_the_list_is_newest_first_and_pages_by_cursor(alice):
    made = [make_room(alice, name=f"Room {number}").space.slug for number in range(5)]

    slugs, path = [], "/api/v1/rooms?limit=2"
    while path:
        page = stranger().get(path).json()
        slugs += [one["slug"] for one in page["results"]]
        path = page["next"]
    assert slugs == made[::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=1e3", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=0", "cursor"),
        ("cursor=" + "9" * 30, "cursor"),
        ("cursor=%00", "cursor"),
    ],
)
def test_wrong_parameters_of_the_list_are_named(query, field):
    answer = stranger().get(f"/api/v1/rooms?{query}")

    assert code_of(answer) == (400, "invalid")
    assert set(answer.json()["fields"]) == {field}


def test_a_list_asked_for_too_much_gives_what_it_gives(room):
    assert len(stranger().get("/api/v1/rooms?limit=999999").json()["results"]) == 1


# --- Members


def test_who_is_in_sees_who_is_in(alice, bob, room):
    member, guest = join(room, bob), make_guest(room)

    for client in (person(alice), person(bob), guest_browser(room, guest)):
        listed = client.get(f"/api/v1/rooms/{room.space.slug}/members").json()["results"]
        assert {one["id"] for one in listed} == {str(room.member.pk), str(member.pk), str(guest.pk)}


def test_who_is_not_in_does_not_see_the_members_of_a_public_room_either(bob, dana, room):
    for client in (person(bob), stranger()):
        assert code_of(client.get(f"/api/v1/rooms/{room.space.slug}/members")) == (404, "not_found")
    assert person(dana).get(f"/api/v1/rooms/{room.space.slug}/members").status_code == 200, "the staff look after it"


@pytest.mark.parametrize("state", ["left", "banned"])
def test_who_left_or_was_banned_is_not_listed(alice, bob, charlie, room, state):
    """But the banned are, for the room's owner."""
    join(room, bob)
    join(room, charlie)
    Member.objects.filter(user=bob).update(state=state)

    for reader, names in ((charlie, []), (alice, ["bob"] if state == "banned" else [])):
        listed = person(reader).get(f"/api/v1/rooms/{room.space.slug}/members").json()["results"]
        assert sorted(one["nickname"] for one in listed) == ["alice", *names, "charlie"]


def test_nothing_of_a_member_tells_account_or_address(alice, bob, room):
    join(room, bob, nickname="Robert")

    answer = person(alice).get(f"/api/v1/rooms/{room.space.slug}/members")
    fields = {"id", "nickname", "name", "avatar", "kind", "status", "role", "state", "joined_at"}
    assert all(set(one) == fields for one in answer.json()["results"])
    body = answer.content.decode()
    assert "bob" not in body
    assert Member.objects.get(user=bob).address_key not in body


# --- Messages


def test_who_is_not_in_reads_and_writes_no_messages(bob, room):
    message = say(room, room.member).message
    path = f"/api/v1/channels/{room.channel.pk}/messages"
    body = {"nonce": "n2", "body": "hi"}

    for client in (person(bob), stranger()):
        assert code_of(client.get(path)) == (404, "not_found")
        assert code_of(client.post(path, body, content_type="application/json")) == (404, "not_found")
        edited = client.patch(f"/api/v1/messages/{message.pk}", {"body": "x"}, content_type="application/json")
        assert code_of(edited) == (404, "not_found")
        assert code_of(client.delete(f"/api/v1/messages/{message.pk}")) == (404, "not_found")
