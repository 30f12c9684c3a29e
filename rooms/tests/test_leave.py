import pytest

from rooms.models import Member, Space
from rooms.tests.factories import (
    ELSEWHERE,
    ROOM_PASSWORD,
    code_of,
    guest_browser,
    join,
    join_path,
    make_guest,
    person,
    post_json,
    say,
    stranger,
)

pytestmark = pytest.mark.django_db


def leave_path(room) -> str:
    return f"rooms/{room.space.slug}/leave"


def test_who_leaves_is_out_and_their_sockets_hear_of_it(bob, room, django_capture_on_commit_callbacks):
    member = join(room, bob)
    with django_capture_on_commit_callbacks() as told:
        response = post_json(person(bob), leave_path(room), {})

    assert (response.status_code, response.content) == (204, b"")
    member.refresh_from_db()
    assert (member.state, member.left_at is not None) == ("left", True)
    assert len(told) == 2  # `member` to the room, `out` to the one who left


def test_the_access_revision_rises_so_that_every_process_sees_it(bob, room):
    join(room, bob)
    post_json(person(bob), leave_path(room), {})

    assert Space.objects.get().acl_rev == room.space.acl_rev + 1


def test_joining_does_not_raise_it(bob, room):
    join(room, bob)

    assert Space.objects.get().acl_rev == room.space.acl_rev


def test_who_has_left_reads_writes_and_lists_nothing(bob, room):
    member = join(room, bob)
    message = say(room, member).message
    client = person(bob)
    post_json(client, leave_path(room), {})

    messages = f"channels/{room.channel.pk}/messages"
    assert client.get(f"/api/v1/{messages}").status_code == 404
    assert post_json(client, messages, {"nonce": "n2", "body": "still here"}).status_code == 404
    assert client.get(f"/api/v1/rooms/{room.space.slug}/members").status_code == 404
    assert client.delete(f"/api/v1/messages/{message.pk}").status_code == 404
    assert post_json(client, leave_path(room), {}).status_code == 404


def test_the_count_of_members_goes_down(bob, room):
    join(room, bob)
    path = f"/api/v1/rooms/{room.space.slug}"
    assert stranger().get(path).json()["members"] == 2

    post_json(person(bob), leave_path(room), {})

    assert stranger().get(path).json()["members"] == 1


def test_coming_back_is_the_same_member_but_what_was_said_meanwhile_is_not_theirs(bob, room):
    member = join(room, bob)
    say(room, member, "mine")
    client = person(bob)
    post_json(client, leave_path(room), {})
    say(room, room.member, "while bob was away", nonce="n2")

    again = post_json(client, join_path(room), {"nickname": "bob"}).json()["member"]
    say(room, room.member, "after", nonce="n3")

    assert again["id"] == str(member.pk)
    assert Member.objects.get(pk=member.pk).from_seq == 2
    shown = client.get(f"/api/v1/channels/{room.channel.pk}/messages").json()["results"]
    assert [message["body"] for message in shown] == ["after"]


def test_the_nickname_of_who_left_stays_theirs(bob, charlie, room):
    join(room, bob)
    post_json(person(bob), leave_path(room), {})

    assert code_of(post_json(person(charlie), join_path(room), {"nickname": "Bob"})) == (409, "nickname_taken")
    assert post_json(person(bob), join_path(room), {"nickname": "bob"}).status_code == 200


def test_coming_back_to_a_private_room_takes_the_password_again(bob, private_room):
    join(private_room, bob, password=ROOM_PASSWORD)
    client = person(bob)
    post_json(client, leave_path(private_room), {})

    assert code_of(post_json(client, join_path(private_room), {"nickname": "bob"})) == (403, "wrong_password")
    again = {"nickname": "bob", "password": ROOM_PASSWORD}
    assert post_json(client, join_path(private_room), again).status_code == 200


def test_a_guest_comes_back_by_the_same_cookie(room):
    guest = make_guest(room)
    client = guest_browser(room, guest)
    assert post_json(client, leave_path(room), {}).status_code == 204

    assert post_json(client, join_path(room), {"nickname": "Gus"}).json()["member"]["id"] == str(guest.pk)


def test_the_owner_may_leave_and_comes_back_as_the_owner(alice, room):
    client = person(alice)
    assert post_json(client, leave_path(room), {}).status_code == 204

    again = post_json(client, join_path(room), {"nickname": "alice"}).json()["member"]
    assert (again["role"], again["state"]) == ("owner", "active")


def test_who_is_not_in_cannot_leave(bob, room, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as told:
        assert code_of(post_json(person(bob), leave_path(room), {})) == (404, "not_found")
        assert code_of(post_json(stranger(ELSEWHERE), leave_path(room), {})) == (404, "not_found")

    assert Space.objects.get().acl_rev == room.space.acl_rev
    assert told == []


def test_one_leaves_for_oneself_only(bob, charlie, room):
    join(room, bob)
    join(room, charlie)
    post_json(person(bob), leave_path(room), {})

    assert Member.objects.get(user=charlie).state == "active"
