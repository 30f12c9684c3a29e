"""Real threads on PostgreSQL: superusers who deactivate each other, or leave, at the same moment. One always stays."""

import threading
from functools import partial

import pytest
from django.core.cache import cache
from django.db import transaction

from accounts import actions
from accounts.errors import AccountInactive, LastSuperuser
from accounts.models import AuditEntry, User
from accounts.tests.factories import ADDRESS, PASSWORD, make_dana, make_person
from rooms.tests.threads import ON_POSTGRES, at_once

pytestmark = ON_POSTGRES
ROUNDS = pytest.mark.parametrize("round_number", range(3))


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def dana(db) -> User:
    return make_dana()


@pytest.fixture
def petra(db) -> User:
    return make_person("petra", is_staff=True, is_superuser=True)


def deactivating(user: User, by: User) -> partial:
    return partial(actions.deactivate_person, user=user, by=by, address=ADDRESS)


def who_stays() -> list[str]:
    return list(User.objects.filter(is_superuser=True, is_active=True).values_list("username", flat=True))


@ROUNDS
def test_two_superusers_who_deactivate_each_other_leave_one(dana, petra, round_number):
    outcomes = at_once(deactivating(petra, dana), deactivating(dana, petra))

    assert {type(outcome) for outcome in outcomes} == {type(None), AccountInactive}
    assert len(who_stays()) == 1
    assert AuditEntry.objects.filter(action="deactivated").count() == 1


@ROUNDS
def test_three_in_a_ring_leave_one_and_do_not_lock_each_other_up(dana, petra, round_number):
    quinn = make_person("quinn", is_staff=True, is_superuser=True)

    outcomes = at_once(deactivating(petra, dana), deactivating(quinn, petra), deactivating(dana, quinn))

    assert {type(outcome) for outcome in outcomes} == {type(None), AccountInactive}
    assert who_stays()


def test_the_second_waits_for_the_first_and_finds_itself_out(dana, petra):
    outcomes = []
    second = threading.Thread(target=lambda: outcomes.extend(at_once(deactivating(dana, petra))))
    with transaction.atomic():
        deactivating(petra, dana)()
        second.start()
        second.join(0.5)
        assert second.is_alive(), "it waits for our transaction"
    second.join(20)

    assert [type(outcome) for outcome in outcomes] == [AccountInactive]
    assert who_stays() == ["dana"]


def test_without_the_lock_nobody_would_be_left(dana, petra):
    """The control: the same two, who look before they act but lock nothing."""
    both_have_looked = threading.Barrier(2)

    def without_a_lock(user: User, by: User) -> None:
        with transaction.atomic():
            assert User.objects.get(pk=by.pk).is_active
            both_have_looked.wait(20)
            actions.deactivate(user=user, by=by)

    at_once(partial(without_a_lock, petra, dana), partial(without_a_lock, dana, petra))

    assert who_stays() == []


@ROUNDS
def test_who_leaves_and_deactivates_the_other_at_once_gets_one_of_both(dana, petra, round_number):
    leaving = partial(actions.ask_deletion, user=dana, password=PASSWORD, address=ADDRESS)

    outcomes = at_once(leaving, deactivating(petra, dana))

    assert sum(isinstance(outcome, LastSuperuser) for outcome in outcomes) == 1
    assert User.objects.filter(is_superuser=True, is_active=True, erase_at=None).count() == 1
