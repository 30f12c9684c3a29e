"""A membership that is paid with Stripe, from its free days to its end; and what goes wrong meanwhile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ADDRESS
from billing import actions, clock, gateway, policies, purposes, schedule, words
from billing.gateway import mirrored
from billing.models import Fulfilment, Grant, InboundEvent, Payment, Subscription
from billing.tests.fake_stripe import DAY, DECLINED, FAILS_LATER, Declined
from billing.tests.money import LEVEL1, MONTHLY, process_all
from billing.tests.stripe_money import (
    arrive,
    buy,
    checkout,
    pass_days,
    subscription_of,
    take_events,
    tell_all,
)
from billing.tests.test_subscription_life import mails, premium, status

pytestmark = pytest.mark.django_db


def test_the_whole_life(stripe, alice):
    assert (status(alice), premium(alice)) == ("free", False)
    buy(stripe, alice, MONTHLY)
    assert (status(alice), premium(alice), mails(alice)) == ("trialing", True, ["welcome"])
    customer = stripe.books.all("customer")[0]["id"]

    pass_days(stripe, 28)
    assert mails(alice)[1:] == ["trial_ending"]
    pass_days(stripe, 2.1)
    assert (status(alice), mails(alice)[2:]) == ("active", ["renewed"])

    stripe.change_card(customer, FAILS_LATER)
    pass_days(stripe, 31)
    assert (status(alice), premium(alice), mails(alice)[3:]) == ("past_due", True, ["failed"])
    stripe.change_card(customer)
    tell_all(stripe)
    assert (status(alice), mails(alice)[4:]) == ("active", ["renewed"])
    paid = Payment.objects.filter(user=alice, kind="renewal", state="paid")
    assert [row.amount for row in paid] == [15_000, 15_000]

    actions.cancel_membership(user=alice, when="period_end")
    assert (status(alice), premium(alice), mails(alice)[5:]) == ("cancelling", True, ["cancelled"])
    actions.resume_membership(user=alice)
    assert status(alice) == "active"
    actions.cancel_membership(user=alice, when="period_end")
    pass_days(stripe, 32)

    assert (status(alice), premium(alice), mails(alice)[-1]) == ("ended", False, "ended")
    assert Grant.objects.filter(user=alice).count() == 1
    InboundEvent.objects.filter(state="waiting").update(due_at=timezone.now())  # who came before there was a row
    process_all()
    assert set(InboundEvent.objects.values_list("state", "error")) == {("done", "")}


def test_what_a_renewal_was_paid_with_is_fetched_once_and_shown_to_the_staff(stripe, alice):
    buy(stripe, alice, MONTHLY)
    pass_days(stripe, 31)
    tell_all(stripe)

    renewal = Payment.objects.get(kind="renewal", state="paid")
    charges = [row for row in mirrored.of_payment(renewal) if row._meta.model_name == "charge"]
    assert [row.payment_intent_id for row in charges] == [renewal.charge_ref]
    for _ in range(2):
        actions.hear_subscription(subscription=subscription_of(alice))
    asked = [path for method, path, _asked in stripe.asked if path.startswith("payment_intents/")]
    assert asked == [f"payment_intents/{renewal.charge_ref}"]


def test_a_charge_that_cannot_be_fetched_is_fetched_later_and_hinders_nothing(stripe, alice):
    buy(stripe, alice, MONTHLY)
    stripe.fail("error", "GET payment_intents")
    pass_days(stripe, 31)
    tell_all(stripe)

    renewal = Payment.objects.get(kind="renewal")
    assert (renewal.state, mails(alice)[-1]) == ("paid", "renewed")
    assert len(mirrored.of_payment(renewal)) == 1, "its invoice"
    stripe.recover()
    actions.hear_subscription(subscription=subscription_of(alice))
    assert len(mirrored.of_payment(renewal)) == 2


def test_a_card_that_keeps_failing_ends_it(stripe, alice):
    buy(stripe, alice, MONTHLY, FAILS_LATER)
    pass_days(stripe, 31)
    assert premium(alice), "while the card is tried again"
    pass_days(stripe, 16)

    assert (status(alice), premium(alice), mails(alice)) == ("ended", False, ["welcome", "failed", "ended"])


def test_grace_begins_when_the_renewal_was_due_though_stripes_next_period_has_begun(stripe, alice, settings):
    settings.DUNNING_GRACE = 2 * DAY  # Stripe tries for seven days
    buy(stripe, alice, MONTHLY, FAILS_LATER)
    pass_days(stripe, 31)
    row, unpaid = subscription_of(alice), Payment.objects.get(kind="renewal")
    assert row.period_start == unpaid.created_at < clock.now() < row.period_end
    assert Grant.objects.get().ends_at == unpaid.created_at + timedelta(days=2)
    assert premium(alice)

    pass_days(stripe, 1.5)

    assert (status(alice), premium(alice)) == ("past_due", False)


def test_where_no_failed_renewal_is_known_grace_begins_with_the_period(stripe, alice, settings):
    """A subscription may wait for money, as a paused one does, before any was asked for."""
    settings.DUNNING_GRACE = 2 * DAY
    buy(stripe, alice, MONTHLY)
    stripe.books.all("subscription")[0]["status"] = "paused"

    row = actions.hear_subscription(subscription=subscription_of(alice))

    assert (row.state, Payment.objects.filter(kind="renewal").count()) == ("past_due", 0)
    assert Grant.objects.get().ends_at == row.period_start + timedelta(days=2)


def test_paid_once_declined_and_paid_back(stripe, alice, dana):
    payment = checkout(alice, LEVEL1)
    with pytest.raises(Declined):
        stripe.pay(payment.provider_ref, DECLINED)
    assert actions.settle_payment(payment=payment).state == "failed"
    stripe.pay(payment.provider_ref)
    tell_all(stripe)
    payment.refresh_from_db()
    assert (payment.state, mails(alice)) == ("paid", ["welcome"])
    assert Grant.objects.get(payment=payment).plan.code == "level1"

    part = _refund(stripe, payment, dana, 25_000)
    assert (part.state, part.effect) == ("done", "shorten")
    rest = _refund(stripe, payment, dana, None)

    payment.refresh_from_db()
    assert (rest.amount, payment.state, payment.refunded) == (75_000, "refunded", 100_000)
    assert [one["amount"] for one in stripe.books.all("refund")] == [75_000, 25_000]
    assert policies.is_free(User.objects.get(pk=alice.pk))
    assert mails(alice) == ["welcome", "refunded", "refunded"]


def test_what_was_not_paid_has_no_receipt_until_it_is(stripe, alice):
    buy(stripe, alice, MONTHLY, FAILS_LATER)
    pass_days(stripe, 31)
    renewal = Payment.objects.get(user=alice, kind="renewal")
    assert (renewal.state, renewal.receipt_url) == ("failed", "")
    assert words.failure(renewal.failure).startswith("The bank has declined the card.")
    stripe.change_card(stripe.books.all("customer")[0]["id"])
    tell_all(stripe)
    renewal.refresh_from_db()
    assert renewal.state == "paid"
    assert renewal.receipt_url.startswith("https://invoice.stripe.com/i/")


def test_every_payment_leads_to_stripes_own_receipt(stripe, alice):
    once = buy(stripe, alice, LEVEL1)
    assert once.receipt_url.startswith("https://pay.stripe.com/receipts/")

    buy(stripe, alice, MONTHLY)
    pass_days(stripe, 31)
    renewal = Payment.objects.get(user=alice, kind="renewal")
    assert renewal.receipt_url.startswith("https://invoice.stripe.com/i/")


def _refund(fake, payment: Payment, by: User, amount: int | None):
    made = actions.ask_refund(payment=payment, amount=amount, reason="Asked for it", by=by, address=ADDRESS)
    actions.send_refund(refund_id=made.pk)
    tell_all(fake, copies=2)
    made.refresh_from_db()
    return made


def test_a_refund_of_the_first_payment_of_a_subscription_ends_it_there_too(stripe, alice, dana):
    buy(stripe, alice, MONTHLY)
    actions.cancel_membership(user=alice, when="now")
    payment = buy(stripe, alice, MONTHLY)
    assert (payment.amount, payment.charge_ref[:3]) == (15_000, "pi_")

    _refund(stripe, payment, dana, None)

    assert {one["status"] for one in stripe.books.all("subscription")} == {"canceled"}
    assert not premium(alice)


@pytest.mark.parametrize(("status", "ours", "refunded"), [("succeeded", "done", 100_000), ("failed", "failed", 0)])
def test_a_refund_that_takes_days_is_waited_for_and_asked_by_its_name(stripe, alice, dana, status, ours, refunded):
    payment = buy(stripe, alice, LEVEL1)
    stripe.books.refunds_are = "pending"
    waiting = _refund(stripe, payment, dana, None)
    payment.refresh_from_db()
    assert (waiting.state, payment.refunding, payment.state) == ("waiting", 100_000, "paid")
    assert not policies.is_free(User.objects.get(pk=alice.pk))
    stripe.keys.clear()  # days later no key is known any more

    stripe.books.end_refund(stripe.books.all("refund")[0], status)
    tell_all(stripe)

    waiting.refresh_from_db()
    payment.refresh_from_db()
    assert (waiting.state, payment.refunded, payment.refunding) == (ours, refunded, 0)
    assert len(stripe.books.all("refund")) == 1
    assert policies.is_free(User.objects.get(pk=alice.pk)) == (status == "succeeded")


def test_money_that_was_sent_back_in_stripes_dashboard_is_recorded_once(stripe, alice):
    payment = buy(stripe, alice, LEVEL1)
    intent = stripe.books.things[payment.charge_ref]
    stripe.books.refund(intent, 25_000, {})
    tell_all(stripe, copies=3, reverse=True)
    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == ("partially_refunded", 25_000)
    assert [row.effect for row in payment.refunds.all()] == ["shorten"]

    stripe.books.refund(intent, None, {})
    tell_all(stripe)

    payment.refresh_from_db()
    assert (payment.state, payment.refunded, payment.refunding) == ("refunded", 100_000, 0)
    assert policies.is_free(User.objects.get(pk=alice.pk))
    assert mails(alice) == ["welcome", "refunded", "refunded"]


def test_what_was_sent_back_there_waits_for_one_of_ours_that_is_on_its_way(stripe, alice, dana):
    """More than was paid never goes back, and what Stripe has sent is written down once it says that ours cannot go."""
    payment = buy(stripe, alice, LEVEL1)
    ours = actions.ask_refund(payment=payment, amount=80_000, reason="", by=dana, address=ADDRESS)
    stripe.books.refund(stripe.books.things[payment.charge_ref], 20_001, {})
    tell_all(stripe)
    payment.refresh_from_db()
    assert (payment.refunded, payment.refunding, payment.refunds.count()) == (0, 80_000, 1)
    waiting = InboundEvent.objects.filter(due_at__gt=timezone.now())
    assert waiting

    actions.send_refund(refund_id=ours.pk)
    tell_all(stripe)
    waiting.update(due_at=timezone.now())
    process_all()

    payment.refresh_from_db()
    assert (payment.state, payment.refunded, payment.refunding) == ("partially_refunded", 20_001, 0)
    assert sorted(payment.refunds.values_list("state", "amount")) == [("done", 20_001), ("failed", 80_000)]
    assert set(InboundEvent.objects.values_list("state", flat=True)) == {"done"}


def test_deleted_and_then_an_older_updated_stays_cancelled(stripe, alice):
    buy(stripe, alice, MONTHLY)
    pass_days(stripe, 31)
    row = subscription_of(alice)
    stripe.change_card(row and stripe.books.all("customer")[0]["id"])
    (older,) = [one for one in take_events(stripe) if one["type"] == "customer.subscription.updated"]
    assert older["data"]["object"]["status"] == "active"
    actions.cancel_membership(user=alice, when="now")
    tell_all(stripe)

    assert arrive(older).status_code == 200
    process_all()

    assert (subscription_of(alice).state, status(alice), premium(alice)) == (Subscription.State.ENDED, "ended", False)


def test_what_is_told_while_stripe_is_down_is_applied_later(stripe, alice):
    payment = checkout(alice, LEVEL1)
    stripe.pay(payment.provider_ref)
    stripe.fail("silent")
    tell_all(stripe)
    payment.refresh_from_db()
    assert (payment.state, Grant.objects.count()) == ("pending", 0)
    waiting = InboundEvent.objects.filter(state="waiting")
    assert [row.subject for row in waiting] == ["checkout"]
    assert timezone.now() < waiting[0].due_at < timezone.now() + timedelta(minutes=1)

    stripe.recover()
    waiting.update(due_at=timezone.now())
    process_all()

    payment.refresh_from_db()
    assert (payment.state, mails(alice), Grant.objects.count()) == ("paid", ["welcome"], 1)


def test_events_that_are_lost_altogether_are_made_up_for_by_asking(stripe, alice):
    payment = checkout(alice, MONTHLY)
    stripe.pay(payment.provider_ref)
    Payment.objects.update(look_at=timezone.now())
    schedule.ask_providers()
    assert status(alice) == "trialing"

    stripe.pass_days(31)
    Subscription.objects.update(look_at=timezone.now())
    schedule.ask_providers()

    assert (status(alice), mails(alice)[-1]) == ("active", "renewed")


def test_the_money_is_recorded_whatever_cannot_be_given_for_it_and_given_by_the_sweep(stripe, alice):
    payment = checkout(alice, LEVEL1)
    Payment.objects.update(purpose="delivery")
    stripe.pay(payment.provider_ref)
    tell_all(stripe)
    payment.refresh_from_db()
    assert (payment.state, Fulfilment.objects.get().state) == ("paid", "waiting")

    given: list[str] = []
    purposes.register(purposes.Purpose("delivery", lambda paid: given.append(paid.ref), lambda _refund: None))
    try:
        Fulfilment.objects.update(due_at=timezone.now())
        actions.fulfil_row(fulfilment_id=Fulfilment.objects.get().pk)
    finally:
        purposes._purposes.pop("delivery")

    assert (given, Fulfilment.objects.get().state) == ([payment.ref], "done")


def test_another_amount_than_was_asked_for_is_recorded_and_looked_at_by_the_staff(stripe, alice):
    payment = checkout(alice, LEVEL1)
    stripe.books.things[payment.provider_ref]["amount_total"] = 50_000
    stripe.pay(payment.provider_ref)
    tell_all(stripe)

    payment.refresh_from_db()
    assert (payment.state, payment.flag, payment.arrived) == ("paid", "amount", "50000 EGP")
    assert not Grant.objects.exists()


def test_a_mirror_that_fails_undoes_nothing_and_is_given_it_again(stripe, alice, monkeypatch):
    import sys
    from types import ModuleType

    kept: list[list[str]] = []
    mirror = ModuleType("billing.gateway.stripe_mirror")

    def keep(objects, asked_at) -> None:
        if not kept:
            kept.append([])
            raise ConnectionError
        kept.append([one["object"] for one in objects])

    mirror.keep = keep
    mirror.__spec__ = sys.modules["billing.gateway.stripe"].__spec__
    monkeypatch.setitem(sys.modules, mirror.__name__, mirror)  # what stands outside: dj-stripe's tables
    payment = checkout(alice, MONTHLY)
    stripe.pay(payment.provider_ref)

    settled = actions.settle_payment(payment=payment)
    assert (settled.state, Grant.objects.count()) == ("paid", 1)

    Payment.objects.update(look_at=timezone.now())
    actions.settle_what_waits()
    assert kept[1:] == [["checkout.session", "subscription", "invoice"]]
    assert Payment.objects.get().look_at is None


def test_members_see_no_sandbox_and_the_page_may_lead_to_stripe(stripe, client, alice):
    client.force_login(alice)

    page = client.get("/plans/")

    assert 'value="stripe"' in page.content.decode()
    assert "sandbox" not in page.content.decode()
    assert f"form-action 'self' {' '.join(gateway.page_origins())}" in page["Content-Security-Policy"]
    assert client.get("/sandbox/clock").status_code == 404
