"""Of those who open a room at once as many pass as may. Real threads on PostgreSQL; the controls show the race."""

from functools import partial

import pytest
from django.db import connection, transaction

from accounts.models import User
from accounts.tests.factories import make_person
from billing.tests.factories import give
from rooms import openings
from rooms.errors import RoomCooldown
from rooms.models import RoomOpening, Space
from rooms.tests.factories import make_room
from rooms.tests.test_races import kinds
from rooms.tests.threads import ON_POSTGRES, at_once, sooner_or_later

pytestmark = ON_POSTGRES


@pytest.fixture(autouse=True)
def cooldown(settings):
    settings.ROOM_COOLDOWN = 43200


@pytest.fixture
def crowd():
    return [make_person(f"person{number}") for number in range(20)]


def opening(user, number: int, address: str = "203.0.113.7"):
    return partial(make_room, user, name=f"Room {number}", nickname=user.username, address=address)


def test_of_twenty_rooms_of_one_account_one_is_opened(crowd):
    """From as many addresses."""
    outcomes = at_once(*[opening(crowd[0], number, f"192.0.2.{number}") for number in range(20)])

    assert kinds(outcomes) == {"RoomCooldown": 19, "Seated": 1}
    assert (Space.objects.count(), RoomOpening.objects.count()) == (1, 1)


def test_of_twenty_free_people_at_one_address_one_opens_a_room(crowd):
    outcomes = at_once(*[opening(person, number) for number, person in enumerate(crowd)])

    assert kinds(outcomes) == {"RoomCooldown": 19, "Seated": 1}
    assert (Space.objects.count(), RoomOpening.objects.count()) == (1, 1)


def test_of_twenty_networks_of_ipv6_each_opens_its_own(crowd):
    outcomes = at_once(*[opening(one, n, f"2001:db8:0:{n:x}::1") for n, one in enumerate(crowd)])

    assert kinds(outcomes) == {"Seated": 20}


def test_a_plan_of_three_gives_three_of_twenty(crowd):
    give(crowd[0], "level1")

    outcomes = at_once(*[opening(crowd[0], number) for number in range(20)])

    assert kinds(outcomes) == {"RoomCooldown": 17, "Seated": 3}


def test_paid_people_at_one_address_do_not_wait_for_each_other(crowd):
    for person in crowd:
        give(person, "premium")

    outcomes = at_once(*[opening(person, number) for number, person in enumerate(crowd)])

    assert kinds(outcomes) == {"Seated": 20}


def test_one_name_one_address_and_few_accounts_at_once_never_lock_each_other_out(crowd):
    """Every lock of an opening, in every mix: by account, by address, by the name's unique keys."""
    for person in crowd[:3]:
        give(person, "level2")
    mixed = [
        partial(make_room, crowd[n % 6], name=f"Room {n % 4}", nickname="owner", address=f"192.0.2.{n % 3}")
        for n in range(24)
    ]

    outcomes = at_once(*mixed)

    assert set(kinds(outcomes)) <= {"Seated", "RoomCooldown", "RoomNameTaken"}, outcomes
    assert Space.objects.living().count() == kinds(outcomes)["Seated"] == RoomOpening.objects.count()


def test_control_without_the_locks_several_pass(crowd):
    """The same questions and the same row, in a transaction, without taking turns."""

    def open_carelessly(person) -> None:
        with transaction.atomic():
            if wait := openings.cooldown(person, "203.0.113.7"):
                raise wait
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.05)")  # what creating the room takes on a busy day
            key = openings.counted_key("203.0.113.7")
            RoomOpening.objects.create(user=person, address_key=key, is_free=True)

    def several_pass(people: list[User]) -> bool:
        RoomOpening.objects.all().delete()
        outcomes = at_once(*[partial(open_carelessly, person) for person in people])
        assert all(outcome is None or isinstance(outcome, RoomCooldown) for outcome in outcomes), outcomes
        return outcomes.count(None) > 1

    assert sooner_or_later(partial(several_pass, crowd[:1] * 10)), "by account"
    assert sooner_or_later(partial(several_pass, crowd[:10])), "by address"
