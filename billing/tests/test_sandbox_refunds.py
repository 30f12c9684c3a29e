"""Money back: once per key, never more than was paid."""

import threading

import pytest
from django.db import transaction
from django.db.models import Sum

from billing.gateway import ProviderRefused, RefundTruth, sandbox
from billing.models import SandboxCharge, SandboxRefund
from billing.tests.merchant import bought, told
from rooms.tests.threads import at_once, on_postgres

pytestmark = pytest.mark.django_db


def test_the_same_key_again_is_the_same_refund() -> None:
    charge = bought().charge
    told()
    first = sandbox.refund(charge, 40_000, "EGP", "key-1")
    assert sandbox.refund(charge, 40_000, "EGP", "key-1") == first == sandbox.fetch_refund(first.ref)
    assert first.state == "succeeded"
    assert told() == [("refund.succeeded", first.ref)]
    assert SandboxRefund.objects.count() == 1


def test_it_may_be_given_back_in_parts() -> None:
    charge = bought().charge
    parts = [sandbox.refund(charge, amount, "EGP", f"key-{amount}") for amount in (40_000, 59_999, 1)]
    assert len({part.ref for part in parts}) == 3


@pytest.mark.parametrize(
    ("amount", "currency", "key", "code"),
    [
        (100_001, "EGP", "new", "more_than_is_left"),
        (0, "EGP", "new", "more_than_is_left"),
        (-1, "EGP", "new", "more_than_is_left"),
        (60_001, "EGP", "new", "more_than_is_left"),
        (10, "USD", "new", "other_currency"),
        (39_999, "EGP", "used", "key_used_otherwise"),
    ],
)
def test_what_cannot_go_back_is_refused(amount: int, currency: str, key: str, code: str) -> None:
    charge = bought().charge
    sandbox.refund(charge, 40_000, "EGP", "used")
    told()
    with pytest.raises(ProviderRefused) as refused:
        sandbox.refund(charge, amount, currency, key)
    assert refused.value.code == code
    assert (SandboxRefund.objects.count(), told()) == (1, [])


def test_a_key_belongs_to_its_charge() -> None:
    one, other = bought(ref="one").charge, bought(ref="other").charge
    sandbox.refund(one, 5, "EGP", "used")
    with pytest.raises(ProviderRefused, match="key_used_otherwise"):
        sandbox.refund(other, 5, "EGP", "used")


@pytest.mark.parametrize("ref", ["", "ch_", "ch_" + "0" * 24, "\0", "x" * 5000, "cs_" + "0" * 24])
def test_what_is_no_charge_is_refused(ref: str) -> None:
    with pytest.raises(ProviderRefused, match="no_such_charge"):
        sandbox.refund(ref, 1, "EGP", "key")
    with pytest.raises(ProviderRefused, match="no_such_refund"):
        sandbox.fetch_refund(ref)


@on_postgres
def test_of_six_at_once_as_many_go_as_there_is_money() -> None:
    charge = bought().charge
    works = [lambda key=key: sandbox.refund(charge, 30_000, "EGP", key) for key in "abcdef"]
    outcomes = at_once(*works)
    assert sum(isinstance(outcome, RefundTruth) for outcome in outcomes) == 3
    refused = [outcome.code for outcome in outcomes if isinstance(outcome, ProviderRefused)]
    assert refused == ["more_than_is_left"] * 3
    assert SandboxRefund.objects.count() == 3


@on_postgres
def test_without_the_lock_more_would_go_than_was_paid() -> None:
    """The control: two who look before they act, but lock nothing."""
    charge = SandboxCharge.objects.get(ref=bought().charge)
    both_have_looked = threading.Barrier(2)

    def without_a_lock(key: str) -> None:
        with transaction.atomic():
            gone = charge.refunds.aggregate(total=Sum("amount"))["total"] or 0
            assert charge.amount - gone >= 60_000
            both_have_looked.wait(20)
            charge.refunds.create(key=key, amount=60_000, currency="EGP", state="succeeded")

    at_once(lambda: without_a_lock("a"), lambda: without_a_lock("b"))
    assert sum(refund.amount for refund in SandboxRefund.objects.all()) > charge.amount


@on_postgres
def test_six_with_one_key_at_once_are_one_refund() -> None:
    charge = bought().charge
    outcomes = at_once(*[lambda: sandbox.refund(charge, 30_000, "EGP", "key").ref] * 6)
    assert set(outcomes) == {SandboxRefund.objects.get().ref}
