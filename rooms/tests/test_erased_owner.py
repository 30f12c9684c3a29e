"""The account of a room's owner is erased while the room lives: it goes to somebody else, as if they had left it."""

import pytest

from accounts.tests.test_erasure import erase
from chat.models import Message
from rooms import actions
from rooms.models import Member, Space
from rooms.tests.factories import caller, code_of, end, join, make_guest, make_room, person, post_json

pytestmark = pytest.mark.django_db


def owner() -> str | None:
    return Member.objects.filter(role="owner").values_list("nickname", flat=True).first()


def notices() -> list[object]:
    return list(Message.objects.exclude(notice=None).values_list("notice", flat=True))


def test_who_has_been_in_longest_looks_after_it_from_now_on(alice, bob, charlie, room):
    make_guest(room)
    join(room, charlie)
    member = join(room, bob)

    erase(alice)

    assert owner() == "charlie"
    assert notices() == [{"code": "handed_over", "names": ["charlie"]}]
    former = Member.objects.get(pk=room.member.pk)
    assert (former.role, former.state, former.nickname[:8]) == ("member", "left", "deleted-")
    path = f"rooms/{room.space.slug}/members/{member.pk}/ban"
    assert code_of(post_json(person(bob), path, {})) == (404, "not_found")
    assert post_json(person(charlie), path, {}).status_code == 200


def test_nobody_who_could_look_after_it_is_no_owner(alice, bob, room):
    guest = make_guest(room)
    actions.block_member(caller=caller(alice), member=join(room, bob))

    erase(alice)

    assert (owner(), Space.objects.get().is_living()) == (None, True)
    assert [notice["code"] for notice in notices()] == ["blocked"]
    assert Member.objects.get(pk=guest.pk).is_present


def test_also_if_they_had_left_it_with_nobody_there(alice, bob, room):
    """It would have been theirs again if they had come back."""
    actions.leave_room(caller=caller(alice), slug=room.space.slug)
    join(room, bob)
    assert owner() == "alice"

    erase(alice)

    assert owner() == "bob"


def test_each_of_several_rooms_goes_to_its_own(alice, bob, charlie, room):
    other = make_room(alice, name="Attic")
    join(room, bob)
    join(other, charlie)

    erase(alice)

    assert {seat.space_id: seat.nickname for seat in Member.objects.filter(role="owner")} == {
        room.space.pk: "bob", other.space.pk: "charlie",
    }  # fmt: skip


def test_nothing_is_said_in_a_room_that_has_ended(alice, bob, room):
    join(room, bob)
    end(room)

    erase(alice)

    assert notices() == []
    assert owner().startswith("deleted-")


def test_somebody_elses_room_stays_theirs(alice, bob, room):
    join(room, bob)

    erase(bob)

    assert (owner(), notices()) == ("alice", [])
