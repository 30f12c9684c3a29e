"""Who looks after a room: handing over, leaving, closing."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from chat.models import Message
from rooms import actions
from rooms.models import Member, Space
from rooms.tests.factories import (
    ADDRESS,
    caller,
    code_of,
    join,
    join_path,
    make_guest,
    make_room,
    person,
    post_json,
    stranger,
    wrong_fields,
)

pytestmark = pytest.mark.django_db


def owner() -> str | None:
    return Member.objects.filter(role="owner").values_list("nickname", flat=True).first()


def leave(user, room, **body: Any) -> Any:
    return post_json(person(user), f"rooms/{room.space.slug}/leave", body)


def hand_over(user, room, member) -> Any:
    return post_json(person(user), f"rooms/{room.space.slug}/hand-over", {"member": str(getattr(member, "pk", member))})


def close(client, room) -> Any:
    return post_json(client, f"rooms/{room.space.slug}/close", {})


# --- Handing over


def test_the_owner_hands_over_and_stays(alice, bob, room, django_capture_on_commit_callbacks):
    member = join(room, bob)
    with django_capture_on_commit_callbacks() as told:
        answer = hand_over(alice, room, member)

    assert (answer.status_code, answer.json()["role"]) == (200, "owner")
    assert owner() == "bob"
    assert Member.objects.get(user=alice).state == "active"
    assert len(told) == 3  # `member` of both, and the line
    assert Message.objects.get().notice == {"code": "handed_over", "names": ["bob"]}
    assert code_of(hand_over(alice, room, member)) == (404, "not_found")
    assert hand_over(bob, room, room.member).status_code == 200


def test_only_to_who_could_look_after_it(alice, bob, charlie, room):
    blocked, left = join(room, bob), join(room, charlie)
    actions.block_member(caller=caller(alice), member=blocked)
    actions.leave_room(caller=caller(charlie), slug=room.space.slug)

    for member in (make_guest(room), blocked, left):
        assert code_of(hand_over(alice, room, member)) == (409, "cannot_own")
    assert code_of(hand_over(alice, room, room.member)) == (409, "not_on_oneself")
    assert code_of(hand_over(alice, room, 999999)) == (404, "not_found")
    assert wrong_fields(post_json(person(alice), f"rooms/{room.space.slug}/hand-over", {})) == {"member"}
    assert owner() == "alice"


def test_nobody_else_hands_over(bob, charlie, dana, room):
    member = join(room, bob)
    join(room, charlie)
    for user in (bob, charlie):
        assert code_of(hand_over(user, room, member)) == (404, "not_found")

    assert hand_over(dana, room, member).status_code == 200
    entry = AuditEntry.objects.get(action="room_handed_over")
    assert (entry.before, entry.after) == ({"owner": "alice"}, {"owner": "bob"})


# --- Leaving


def test_when_the_owner_leaves_who_has_been_in_longest_looks_after_it(alice, bob, charlie, room):
    make_guest(room)
    join(room, charlie)
    join(room, bob)

    assert leave(alice, room).status_code == 204
    assert owner() == "charlie"
    assert Member.objects.get(user=alice).role == "member"
    assert Message.objects.get().notice == {"code": "handed_over", "names": ["charlie"]}
    again = post_json(person(alice), join_path(room), {"nickname": "alice"}).json()["member"]
    assert again["role"] == "member"


def test_or_whom_they_choose(alice, bob, charlie, room):
    join(room, charlie)
    member = join(room, bob)

    assert leave(alice, room, to=str(member.pk)).status_code == 204
    assert owner() == "bob"


def test_whoever_is_blocked_or_a_guest_does_not_inherit(alice, bob, room):
    make_guest(room)
    actions.block_member(caller=caller(alice), member=join(room, bob))

    assert leave(alice, room).status_code == 204
    assert owner() == "alice", "the room goes on without an owner, and is hers again if she comes back"
    assert Space.objects.get().is_living()


@pytest.mark.parametrize("to", ["999999", "x", "", 7, [1]])
def test_a_choice_that_is_nobody(alice, bob, room, to):
    join(room, bob)

    assert wrong_fields(leave(alice, room, to=to)) == {"to"}
    assert Member.objects.get(user=alice).state == "active"


def test_a_choice_that_cannot(alice, bob, room):
    guest = make_guest(room)

    assert code_of(leave(alice, room, to=str(guest.pk))) == (409, "cannot_own")
    assert (owner(), Member.objects.get(user=alice).state) == ("alice", "active")


def test_it_is_not_for_others_to_choose(bob, charlie, room):
    join(room, bob)
    member = join(room, charlie)

    assert wrong_fields(leave(bob, room, to=str(member.pk))) == {"to"}
    assert owner() == "alice"


# --- Closing


def test_closing_ends_the_room_now(alice, bob, room, django_capture_on_commit_callbacks):
    join(room, bob)
    with django_capture_on_commit_callbacks() as told:
        answer = close(person(alice), room)

    assert (answer.status_code, answer.content) == (204, b"")
    space = Space.objects.get()
    assert space.expires_at == space.closed_at
    assert space.expires_at is not None
    assert space.expires_at <= timezone.now()
    assert len(told) == 2  # `out` for each of them
    for user in (alice, bob):
        assert code_of(person(user).get(f"/api/v1/rooms/{space.slug}/members")) == (410, "room_gone")
        assert person(user).get(f"/rooms/{space.slug}/").status_code == 410
    assert code_of(close(person(alice), room)) == (410, "room_gone")


def test_its_name_is_free_at_once(alice, bob, room):
    close(person(alice), room)

    assert post_json(person(bob), "rooms", {"name": "Tea house", "nickname": "bob"}).status_code == 201


def test_only_the_owner_and_staff_close(bob, charlie, dana, room, alice):
    garden = make_room(alice, name="Garden")
    join(room, bob)
    for client in (person(bob), person(charlie), stranger()):
        assert code_of(close(client, room)) == (404, "not_found")
    assert Space.objects.get(pk=room.space.pk).is_living()

    assert close(person(dana, ADDRESS), room).status_code == 204
    entry = AuditEntry.objects.get(action="room_closed")
    assert (entry.actor, entry.target_id, entry.address) == (dana, str(room.space.pk), ADDRESS)
    assert entry.before["expires_at"] > entry.after["expires_at"]
    assert Space.objects.get(pk=garden.space.pk).is_living()
