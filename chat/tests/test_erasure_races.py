"""Real threads on PostgreSQL: an account is deleted while its person writes, joins, or changes their mind."""

from functools import partial

import pytest
from django.core.cache import cache

from accounts import actions
from accounts.errors import AccountInactive, LastSuperuser
from accounts.models import User
from accounts.schedule import erase_people
from accounts.tests.factories import ADDRESS, PASSWORD, make_alice, make_bob, make_person
from accounts.tests.test_erasure import ask, make_due
from chat.models import Message
from chat.tests.factories import caller, join, make_place, make_room, say
from core.errors import DomainError
from core.models import Mail
from rooms import actions as room_actions
from rooms.models import Member
from rooms.tests.threads import ON_POSTGRES, at_once

pytestmark = ON_POSTGRES
ROUNDS = pytest.mark.parametrize("round_number", range(5))


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def bob():
    """Due to be erased."""
    user = make_bob()
    ask(user)
    make_due(user)
    return User.objects.get(pk=user.pk)


def erase(user):
    actions.erase_person(user_id=user.pk)


@ROUNDS
def test_of_a_change_of_mind_and_the_deletion_one_wins(bob, round_number):
    kept, _erased = at_once(partial(actions.cancel_deletion, user=bob, by=bob, address=ADDRESS), partial(erase, bob))

    now = User.objects.get(pk=bob.pk)
    if kept is None:
        assert (now.username, now.erase_at, now.is_active) == ("bob", None, True)
    else:
        assert isinstance(kept, AccountInactive)
        assert now.erased_at is not None
    names = set(Mail.objects.values_list("name", flat=True))
    assert ("accounts/deletion_cancelled" in names) == (kept is None)
    assert ("accounts/erased" in names) == (kept is not None)


@ROUNDS
def test_whoever_writes_meanwhile_ends_nameless_all_the_same(bob, round_number):
    place = make_place(make_alice(), bob)
    writing = [partial(say, place.bob, f"Line {number}") for number in range(6)]

    outcomes = at_once(partial(erase, bob), *writing)

    assert outcomes[0] is None
    assert all(isinstance(one, Message | DomainError) for one in outcomes[1:]), outcomes
    assert Message.objects.count() == sum(isinstance(one, Message) for one in outcomes)
    assert Member.objects.get(pk=place.bob.pk).nickname.startswith("deleted-")


@ROUNDS
def test_whoever_joins_meanwhile_ends_nameless_all_the_same(bob, round_number):
    rooms = [make_room(make_person(f"owner{number}"), name=f"Room {number}") for number in range(3)]
    join(rooms[0].space, bob)

    outcomes = at_once(partial(erase, bob), *[partial(join, room.space, bob) for room in rooms])
    erase_people()

    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    seats = Member.objects.filter(user=bob)
    assert {(seat.state, seat.nickname[:8]) for seat in seats} == {("left", "deleted-")}
    assert User.objects.get(pk=bob.pk).erase_at is None


@ROUNDS
def test_a_room_never_loses_its_owner_when_they_are_erased_while_others_leave(bob, round_number):
    """Two who could inherit stand up in that instant, and one more comes: whoever is there at the end has it."""
    room = make_room(bob)
    leaving = [make_person(f"leaving{number}") for number in range(2)]
    for one in leaving:
        join(room.space, one)
    staying, coming = make_person("staying"), make_person("coming")
    join(room.space, staying)

    goodbyes = [partial(room_actions.leave_room, caller=caller(one), slug=room.space.slug) for one in leaving]
    outcomes = at_once(partial(erase, bob), *goodbyes, partial(join, room.space, coming))

    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    assert Member.objects.get(space=room.space, role="owner").user == staying
    notices = Message.objects.filter(channel=room.channel).order_by("seq").values_list("notice", flat=True)
    assert list(notices)[-1] == {"code": "handed_over", "names": ["staying"]}


@ROUNDS
def test_an_owner_who_leaves_and_is_erased_hands_over_once(bob, round_number):
    room, heir = make_room(bob), make_person("heir")
    join(room.space, heir)

    outcomes = at_once(partial(erase, bob), partial(room_actions.leave_room, caller=caller(bob), slug=room.space.slug))

    assert outcomes[0] is None
    assert outcomes[1] is None or isinstance(outcomes[1], DomainError), outcomes
    assert Member.objects.get(space=room.space, role="owner").user == heir
    assert Message.objects.filter(channel=room.channel).count() == 1


@ROUNDS
def test_of_an_owner_and_their_heir_who_are_erased_at_once_a_third_inherits(bob, round_number):
    room, heir, third = make_room(bob), make_person("heir"), make_person("third")
    for one in (heir, third):
        join(room.space, one)
    ask(heir)
    make_due(heir)

    assert at_once(partial(erase, bob), partial(erase, heir)) == [None, None]

    assert Member.objects.get(space=room.space, role="owner").user == third


def test_two_workers_erase_once(bob):
    outcomes = at_once(*[partial(erase, bob) for _ in range(6)])

    assert outcomes == [None] * 6
    assert Mail.objects.filter(name="accounts/erased").count() == 1


def test_of_two_last_superusers_one_stays():
    both = [make_person(name, is_superuser=True) for name in ("dana", "petra")]

    outcomes = at_once(*[partial(actions.ask_deletion, user=one, password=PASSWORD, address=ADDRESS) for one in both])

    assert sum(isinstance(one, LastSuperuser) for one in outcomes) == 1, outcomes
    assert User.objects.filter(is_superuser=True, erase_at=None).count() == 1


def test_of_many_who_ask_at_once_one_export_is_made():
    alice = make_alice()

    outcomes = at_once(*[partial(actions.ask_export, user=alice, address=ADDRESS) for _ in range(8)])

    assert len({one.pk for one in outcomes}) == 1, outcomes
    assert alice.data_exports.count() == 1
