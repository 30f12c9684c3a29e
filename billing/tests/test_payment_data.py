"""What somebody paid is theirs to take along; with the account only the books stay, without a name."""

import json

import pytest

from accounts import actions as accounts
from accounts.models import User
from billing import person_data
from billing.models import Grant, Payment, Refund, SandboxCheckout, Subscription, Trial
from billing.tests.factories import in_days
from billing.tests.money import LEVEL1, MONTHLY, buy, subscription_of
from core.times import iso

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sandbox(settings) -> None:
    settings.PLAZA_SANDBOX = True


def taken_along(rows) -> list[dict]:
    return json.loads(json.dumps(list(rows)))


def test_payments_subscriptions_and_refunds_are_in_the_export(alice, bob):
    once, again = buy(alice, LEVEL1), buy(alice, MONTHLY)
    refund = Refund.objects.create(payment=once, amount=500, effect="keep", reason="Sorry")
    buy(bob, LEVEL1)

    payments = taken_along(person_data._payments(alice))
    assert [row["id"] for row in payments] == [once.ref, again.ref]
    assert (payments[0]["amount"], payments[0]["currency"], payments[0]["plan"]) == (100_000, "EGP", LEVEL1)
    assert payments[0]["paid_at"] == iso(once.paid_at)
    (subscription,) = taken_along(person_data._subscriptions(alice))
    assert (subscription["plan"], subscription["status"], subscription["card"]) == (MONTHLY, "trialing", "Visa 4242")
    (back,) = taken_along(person_data._refunds(alice))
    assert (back["id"], back["payment"], back["amount"], back["reason"]) == (refund.ref, once.ref, 500, "Sorry")
    assert taken_along(person_data._refunds(bob)) == []


def test_with_the_account_the_books_stay_without_whose_they_are(alice, bob, dana):
    payment = buy(alice, MONTHLY)
    buy(bob, LEVEL1)
    subscription = subscription_of(alice)
    User.objects.filter(pk=alice.pk).update(erase_at=in_days(-1))

    accounts.erase_person(user_id=alice.pk)

    kept = Payment.objects.get(pk=payment.pk)
    assert (kept.user, kept.checkout_url, kept.state, kept.provider_ref) == (None, "", "paid", payment.provider_ref)
    row = Subscription.objects.get(pk=subscription.pk)
    assert (row.user, row.card) == (None, "")
    assert not Trial.objects.exists()
    assert set(Grant.objects.values_list("user__username", flat=True)) == {"bob"}
    assert set(SandboxCheckout.objects.values_list("email", flat=True)) == {"", bob.email}
    assert Payment.objects.filter(user=bob).exists()
