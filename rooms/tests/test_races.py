"""Real threads on PostgreSQL: of those who come at once exactly one is first, and who is banned stays out.

The controls run the same race without the constraint or the lock, and show that it is one.
"""

import itertools
from functools import partial

import pytest
from django.db import connection

from accounts.tests.factories import make_alice, make_person
from rooms import actions
from rooms.actions import Seated
from rooms.errors import Banned
from rooms.models import Member, Space
from rooms.tests.factories import ban, caller, end, join, make_room
from rooms.tests.threads import ON_POSTGRES, at_once, sooner_or_later

pytestmark = ON_POSTGRES


@pytest.fixture
def crowd():
    """Twenty people. The pool has 16 connections, so some wait for one."""
    return [make_person(f"person{number}") for number in range(20)]


@pytest.fixture
def dropped():
    """Take a constraint or an index out for one test."""
    gone: list[tuple[type, object]] = []

    def drop(model, *names):
        for constraint in [one for one in model._meta.constraints if one.name in names]:
            with connection.schema_editor() as editor:
                editor.remove_constraint(model, constraint)
            gone.append((model, constraint))

    yield drop
    Space.objects.all().delete()
    for model, constraint in gone:
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def kinds(outcomes) -> dict[str, int]:
    """How many of each kind of outcome."""
    names = sorted(type(outcome).__name__ for outcome in outcomes)
    return {name: len(list(group)) for name, group in itertools.groupby(names)}


# --- Room names


def open_tea_house(person, name="Tea house"):
    return make_room(person, name=name, nickname=person.username)


def test_of_twenty_rooms_of_one_name_one_is_opened(crowd):
    outcomes = at_once(*[partial(open_tea_house, person) for person in crowd])

    assert kinds(outcomes) == {"RoomNameTaken": 19, "Seated": 1}
    assert Space.objects.get().members.get().role == "owner"


def test_of_names_that_only_look_the_same_one_is_opened(crowd):
    names = itertools.cycle(["Tea house", "Теа house", "TEA hоuse", "Tea  house", "Ｔｅａ house"])
    outcomes = at_once(*[partial(open_tea_house, person, name) for person, name in zip(crowd, names, strict=False)])

    assert kinds(outcomes) == {"RoomNameTaken": 19, "Seated": 1}


def test_control_without_the_constraints_several_are_opened(crowd, dropped):
    dropped(Space, "space_living_name", "space_living_skeleton")

    numbers = itertools.count()

    def several_are_opened() -> bool:
        name = f"Tea house {next(numbers)}"
        at_once(*[partial(open_tea_house, person, name) for person in crowd])
        return Space.objects.filter(name=name).count() > 1

    assert sooner_or_later(several_are_opened)


def test_the_name_of_a_room_that_ended_goes_to_one_of_ten(crowd):
    end(make_room(make_alice()))

    outcomes = at_once(*[partial(open_tea_house, person) for person in crowd[:10]])

    assert kinds(outcomes) == {"RoomNameTaken": 9, "Seated": 1}
    assert Space.objects.living().count() == 1
    assert Space.objects.filter(name_key="tea house").count() == 1


def test_a_name_is_taken_over_while_the_sweep_runs(crowd):
    """Both lock the ended room."""
    old = make_room(make_alice())
    end(old, ago=100_000)

    outcomes = at_once(partial(actions.sweep_room, old.space), *[partial(open_tea_house, one) for one in crowd[:5]])

    assert kinds(outcomes) == {"NoneType": 1, "RoomNameTaken": 4, "Seated": 1}


# --- Nicknames


@pytest.fixture
def room() -> Seated:
    return make_room(make_alice())


def test_of_twenty_of_one_nickname_one_sits_down(crowd, room):
    outcomes = at_once(*[partial(join, room, person, nickname="Bob") for person in crowd])

    assert kinds(outcomes) == {"Member": 1, "NicknameTaken": 19}
    assert Member.objects.filter(nickname="Bob").count() == 1
    assert Member.objects.count() == 2


def test_guests_too(room):
    outcomes = at_once(*[partial(join, room, nickname=name) for name in ["Gus", "GUS", "Guѕ"] * 4])

    assert kinds(outcomes) == {"Member": 1, "NicknameTaken": 11}


def test_changing_to_one_nickname_at_once(crowd, room):
    for person in crowd[:10]:
        join(room, person)

    outcomes = at_once(*[partial(join, room, person, nickname="Bob") for person in crowd[:10]])

    assert kinds(outcomes) == {"Member": 1, "NicknameTaken": 9}


def test_one_person_joining_twenty_times_sits_once(crowd, room):
    outcomes = at_once(*[partial(join, room, crowd[0], nickname=f"Name {n}") for n in range(20)])

    assert kinds(outcomes) == {"Member": 20}
    assert len({member.pk for member in outcomes}) == 1
    assert Member.objects.filter(user=crowd[0]).count() == 1


# --- Bans


@pytest.mark.parametrize("round_number", range(10))
def test_nobody_sits_after_a_ban_that_came_with_their_joining(crowd, room, round_number):
    """Who left joins again in the instant of the ban: by account, and as guests from the banned address."""
    bob = crowd[0]
    member = join(room, bob, address="192.0.2.1")
    actions.leave_room(caller=caller(bob), slug=room.space.slug)

    again = [partial(join, room, bob, nickname=name, address="192.0.2.9") for name in ("person0", "other")]
    outcomes = at_once(partial(ban, room, member), *again)

    assert isinstance(outcomes[0], Member), outcomes
    assert Member.objects.get(user=bob).state == "banned"
    assert all(isinstance(outcome, Member | Banned) for outcome in outcomes)
    with pytest.raises(Banned):
        join(room, bob, address="192.0.2.9")


@pytest.mark.parametrize("round_number", range(5))
def test_a_guest_who_came_before_the_address_ban_stays_and_who_came_after_is_refused(crowd, room, round_number):
    member = join(room, crowd[0], address="192.0.2.1")

    guests = [partial(join, room, nickname=f"Guest {n}", address="192.0.2.1") for n in range(6)]
    outcomes = at_once(partial(ban, room, member), *guests)

    assert isinstance(outcomes[0], Member), outcomes
    assert all(isinstance(outcome, Member | Banned) for outcome in outcomes[1:]), outcomes
    seated = sum(isinstance(outcome, Member) for outcome in outcomes[1:])
    assert Member.objects.present().filter(kind="guest").count() == seated


def test_leaving_and_a_ban_at_once_leave_them_banned(crowd, room):
    bob = crowd[0]
    member = join(room, bob)

    at_once(partial(ban, room, member), partial(actions.leave_room, caller=caller(bob), slug=room.space.slug))

    assert Member.objects.get(user=bob).state == "banned"


def test_every_change_of_access_is_counted(crowd, room):
    """`acl_rev` moves by one for each, or a process would miss one."""
    for person in crowd[:8]:
        join(room, person)

    at_once(*[partial(actions.leave_room, caller=caller(person), slug=room.space.slug) for person in crowd[:8]])

    assert Space.objects.get().acl_rev == room.space.acl_rev + 8


def test_two_owners_of_two_rooms_ban_each_others_members_without_deadlock(crowd):
    rooms = [make_room(crowd[n], name=f"Room {n}", nickname="owner") for n in range(2)]
    members = [join(one, person) for one in rooms for person in crowd[2:8]]

    outcomes = at_once(*[partial(ban, rooms[n // 6], member) for n, member in enumerate(members)])

    assert kinds(outcomes) == {"Member": 12}
