import pytest

from accounts.tests.factories import bearer, sign_in
from rooms.models import Member
from rooms.tests.factories import (
    ROOM_PASSWORD,
    caller,
    code_of,
    join,
    join_path,
    make_room,
    person,
    post_json,
    say,
    stranger,
    wrong_fields,
)

pytestmark = pytest.mark.django_db


def test_a_person_joins_a_public_room(bob, room):
    response = post_json(person(bob), join_path(room), {"nickname": "Bobby"})

    member = Member.objects.get(user=bob)
    assert response.status_code == 200
    assert response.json() == {
        "channel": str(room.channel.pk),
        "member": {
            "id": str(member.pk),
            "nickname": "Bobby",
            "name": "Bobby",
            "avatar": None,
            "kind": "member",
            "status": "offline",
            "role": "member",
            "state": "active",
            "joined_at": member.joined_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        },
    }


def test_by_access_token(client, bob, room):
    response = post_json(client, join_path(room), {"nickname": "Bobby"}, headers=bearer(sign_in("bob").access))

    assert response.json()["member"]["id"] == str(Member.objects.get(user=bob).pk)
    assert "guest_token" not in response.json()


def test_what_was_said_before_is_not_theirs(bob, room):
    say(room, room.member, "before")
    join(room, bob)
    say(room, room.member, "after", nonce="n2")

    shown = person(bob).get(f"/api/v1/channels/{room.channel.pk}/messages").json()["results"]
    assert [message["body"] for message in shown] == ["after"]


def test_joining_again_is_the_same_member_and_tells_nobody(bob, room, django_capture_on_commit_callbacks):
    first = join(room, bob)
    with django_capture_on_commit_callbacks() as told:
        again = post_json(person(bob), join_path(room), {"nickname": "bob"})

    assert (again.status_code, again.json()["member"]["id"]) == (200, str(first.pk))
    assert Member.objects.get(user=bob).joined_at == first.joined_at
    assert told == []


def test_joining_again_keeps_what_was_said_since(bob, room):
    member = join(room, bob)
    say(room, room.member)
    join(room, bob, nickname="robert")

    assert Member.objects.get(pk=member.pk).from_seq == 0


def test_joining_again_with_another_nickname_changes_it(bob, room, django_capture_on_commit_callbacks):
    first = join(room, bob)
    with django_capture_on_commit_callbacks() as told:
        again = post_json(person(bob), join_path(room), {"nickname": "Robert"})

    assert again.json()["member"]["nickname"] == "Robert"
    assert Member.objects.get(user=bob).pk == first.pk
    assert len(told) == 1


def test_ones_own_nickname_in_another_case_is_no_conflict(bob, room):
    join(room, bob)

    assert post_json(person(bob), join_path(room), {"nickname": "BOB"}).json()["member"]["nickname"] == "BOB"


def test_the_owner_joining_stays_the_owner(alice, room):
    shown = post_json(person(alice), join_path(room), {"nickname": "The boss"}).json()["member"]

    assert (shown["id"], shown["role"]) == (str(room.member.pk), "owner")


@pytest.mark.parametrize("nickname", ["alice", "ALICE", "аliсе", "\uff41lice"])
def test_a_nickname_is_taken(bob, room, nickname, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as told:
        response = post_json(person(bob), join_path(room), {"nickname": nickname})

    assert code_of(response) == (409, "nickname_taken")
    assert not Member.objects.filter(user=bob).exists()
    assert told == []


def test_a_taken_nickname_changes_nothing_of_who_sits_already(bob, room):
    join(room, bob)

    assert code_of(post_json(person(bob), join_path(room), {"nickname": "alice"})) == (409, "nickname_taken")
    assert Member.objects.get(user=bob).nickname == "bob"


def test_a_nickname_is_free_in_another_room(alice, bob, room):
    garden = make_room(alice, name="Garden", nickname="bob")

    assert post_json(person(bob), join_path(room), {"nickname": "bob"}).status_code == 200
    assert code_of(post_json(person(bob), join_path(garden), {"nickname": "bob"})) == (409, "nickname_taken")


@pytest.mark.parametrize("body", [{}, {"nickname": None}, {"nickname": ""}, {"nickname": "x"}, {"nickname": "y" * 31}])
def test_a_nickname_is_needed(bob, room, body):
    assert wrong_fields(post_json(person(bob), join_path(room), body)) == {"nickname"}
    assert Member.objects.count() == 1


def test_no_such_room(bob):
    assert code_of(post_json(person(bob), "rooms/nowhere/join", {"nickname": "bob"})) == (404, "not_found")


# --- Private rooms


def test_with_the_password(bob, private_room):
    given = {"nickname": "bob", "password": ROOM_PASSWORD}

    assert post_json(person(bob), join_path(private_room), given).status_code == 200


@pytest.mark.parametrize("password", [None, "", "wrong", f"{ROOM_PASSWORD} ", ROOM_PASSWORD.upper(), "x" * 1000])
def test_a_wrong_password(bob, private_room, password, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as told:
        response = post_json(person(bob), join_path(private_room), {"nickname": "bob", "password": password})

    assert code_of(response) == (403, "wrong_password")
    assert not Member.objects.filter(user=bob).exists()
    assert told == []


def test_who_is_in_needs_no_password_again(bob, private_room):
    join(private_room, bob, password=ROOM_PASSWORD)

    assert post_json(person(bob), join_path(private_room), {"nickname": "Robert"}).status_code == 200


def test_a_wrong_password_does_not_tell_which_nicknames_are_inside(bob, private_room):
    response = post_json(person(bob), join_path(private_room), {"nickname": "alice", "password": "wrong"})

    assert code_of(response) == (403, "wrong_password")


def test_guests_stay_outside_private_rooms(private_room):
    response = post_json(stranger(), join_path(private_room), {"nickname": "Gus", "password": ROOM_PASSWORD})

    assert code_of(response) == (401, "not_authenticated")
    assert "guest_token" not in response.json()
    assert not response.cookies
    assert Member.objects.count() == 1


def test_a_public_room_ignores_a_password(bob, room):
    assert post_json(person(bob), join_path(room), {"nickname": "bob", "password": "whatever"}).status_code == 200


def test_one_seat_a_person_whatever_the_address(bob, room):
    join(room, bob, address="192.0.2.1")
    join(room, bob, nickname="other", address="192.0.2.2")

    assert Member.objects.of(caller(bob)).count() == 1
