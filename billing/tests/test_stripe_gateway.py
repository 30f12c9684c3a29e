"""What Plaza asks of Stripe, as it goes over the wire, and how it reads the answers."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from billing import actions, gateway
from billing.errors import ProviderAway, ProviderRefuses
from billing.gateway.stripe.amounts import from_stripe, to_stripe
from billing.models import Payment, Price, ProviderCustomer, Refund
from billing.tests.fake_stripe import DECLINED, FAILS_LATER, Declined
from billing.tests.money import LEVEL1, MONTHLY, YEARLY, offer
from billing.tests.stripe_money import buy, checkout, subscription_of
from core.errors import NotFound

pytestmark = pytest.mark.django_db
module = gateway.named


def asked(fake, method: str, path: str) -> list[dict]:
    return [what for how, where, what in fake.asked if (how, where) == (method, path)]


def test_beside_its_keys_there_is_no_sandbox(stripe):
    assert [one.CODE for one in gateway.all_there()] == ["stripe"]
    with pytest.raises(NotFound):
        gateway.named("sandbox")


def test_without_keys_it_is_not_there(db):
    with pytest.raises(NotFound):
        gateway.named("stripe")


def test_a_subscription_is_opened_with_its_free_days(stripe, alice):
    payment = checkout(alice, MONTHLY)

    sent = asked(stripe, "POST", "checkout/sessions")[0]
    assert (sent["mode"], sent["client_reference_id"]) == ("subscription", payment.ref)
    assert sent["metadata"] == {"plaza_payment": payment.ref, "plaza_offer": MONTHLY}
    assert sent["subscription_data"]["trial_period_days"] == "30"
    assert sent["subscription_data"]["metadata"] == sent["metadata"]
    price = stripe.books.all("price")[0]
    assert (price["unit_amount"], price["currency"], price["recurring"]["interval"]) == (15_000, "egp", "month")
    assert payment.checkout_url == f"{stripe.url}/c/pay/{payment.provider_ref}"


def test_who_has_had_free_days_gets_none(stripe, alice):
    buy(stripe, alice, MONTHLY)
    actions.cancel_membership(user=alice, when="now")

    checkout(alice, MONTHLY)

    assert "trial_period_days" not in asked(stripe, "POST", "checkout/sessions")[1]["subscription_data"]


def test_what_is_paid_once_is_a_payment(stripe, alice):
    payment = checkout(alice, LEVEL1)

    sent = asked(stripe, "POST", "checkout/sessions")[0]
    assert sent["mode"] == "payment"
    assert sent["payment_intent_data"]["metadata"]["plaza_payment"] == payment.ref
    assert sent["adaptive_pricing"] == {"enabled": "false"}


def test_one_person_is_one_customer_and_one_offer_one_price(stripe, alice):
    checkout(alice, LEVEL1)
    checkout(alice, LEVEL1)

    assert len(stripe.books.all("customer")) == len(stripe.books.all("price")) == 1
    row = ProviderCustomer.objects.get()
    assert (row.user, row.account, row.ref) == (
        alice,
        stripe.books.account["id"],
        stripe.books.all("customer")[0]["id"],
    )


def test_in_another_account_nobody_is_known_yet(stripe, alice):
    ProviderCustomer.objects.create(user=alice, provider="stripe", account="acct_before", ref="cus_before")

    checkout(alice, LEVEL1)

    assert asked(stripe, "POST", "checkout/sessions")[0]["customer"] != "cus_before"
    assert ProviderCustomer.objects.count() == 2


def test_a_customer_who_was_deleted_at_stripe_is_made_anew(stripe, alice):
    checkout(alice, LEVEL1)
    gone = stripe.books.all("customer")[0]["id"]
    del stripe.books.things[gone]

    assert checkout(alice, LEVEL1).state == "pending"

    assert ProviderCustomer.objects.get().ref not in ("", gone)


@pytest.mark.parametrize("how", ["silent", "lost", "error"])
def test_a_checkout_that_is_tried_again_after_an_outage_is_the_same_one(stripe, alice, how):
    stripe.fail(how, "POST checkout/sessions")
    with pytest.raises(ProviderAway):
        checkout(alice, LEVEL1, key="wish")
    stripe.recover()

    first, second = checkout(alice, LEVEL1, key="wish"), checkout(alice, LEVEL1, key="wish")

    assert first == second
    assert len(stripe.books.all("checkout.session")) == 1
    stripe.pay(first.provider_ref)
    actions.settle_payment(payment=first)
    assert len(stripe.books.all("charge")) == 1
    assert Payment.objects.get().state == "paid"


def test_a_checkout_that_is_tried_again_hours_later_can_still_be_paid(stripe, alice):
    """Stripe keeps none open for less than half an hour, and the time that was asked for first is nearly over."""
    stripe.fail("silent", "POST checkout/sessions")
    with pytest.raises(ProviderAway):
        checkout(alice, LEVEL1, key="wish")
    stripe.recover()
    Payment.objects.update(created_at=timezone.now() - timedelta(hours=3))

    payment = checkout(alice, LEVEL1, key="wish")

    assert payment.expires_at - timezone.now() > timedelta(hours=23)


def test_a_key_that_stripe_does_not_know_is_not_the_payers_fault(stripe, alice, settings):
    stripe.key = "sk_test_another"

    with pytest.raises(ProviderAway):
        checkout(alice, LEVEL1)


def test_what_stripe_cannot_take_is_refused(stripe, alice):
    Price.objects.create(offer=offer(LEVEL1), currency="KWD", amount=10_001)

    with pytest.raises(ProviderRefuses):
        checkout(alice, LEVEL1, currency="KWD")

    assert not asked(stripe, "POST", "checkout/sessions")
    assert Payment.objects.get().failure == "amount_too_fine"


def test_a_checkout_tells_of_a_declined_card_and_can_be_paid_with_another(stripe, alice):
    payment = checkout(alice, LEVEL1)
    with pytest.raises(Declined):
        stripe.pay(payment.provider_ref, DECLINED)

    truth = gateway.named("stripe").fetch_checkout(payment.provider_ref)
    assert (truth.state, truth.failure) == ("failed", "generic_decline")

    stripe.pay(payment.provider_ref)
    truth = gateway.named("stripe").fetch_checkout(payment.provider_ref)
    assert (truth.state, truth.amount, truth.currency, truth.charge[:3]) == ("paid", 100_000, "EGP", "pi_")
    assert [one["object"] for one in truth.objects] == ["checkout.session"]


@pytest.mark.parametrize(("success", "state"), [(True, "paid"), (False, "failed")])
def test_what_takes_days_is_processing_until_it_has_arrived(stripe, alice, success, state):
    payment = checkout(alice, LEVEL1)
    stripe.pay(payment.provider_ref, takes_days=True)
    assert actions.settle_payment(payment=payment).state == "processing"

    stripe.arrive(payment.provider_ref, success=success)

    assert actions.settle_payment(payment=payment).state == state


def test_a_closed_checkout_cannot_be_paid(stripe, alice):
    older, newer = checkout(alice, MONTHLY), checkout(alice, MONTHLY)

    states = {one["id"]: one["status"] for one in stripe.books.all("checkout.session")}
    assert states == {older.provider_ref: "expired", newer.provider_ref: "open"}
    gateway.named("stripe").close_checkout(older.provider_ref)  # again is no harm


# --- Subscriptions


def test_a_subscription_says_what_it_is_in_two_questions(stripe, alice):
    buy(stripe, alice, MONTHLY)
    row = subscription_of(alice)
    stripe.asked.clear()

    truth = gateway.named("stripe").fetch_subscription(row.provider_ref)

    assert len(stripe.asked) == 2
    assert (truth.state, truth.offer, truth.amount, truth.currency) == ("trialing", MONTHLY, 15_000, "EGP")
    assert (truth.card, truth.invoices, truth.cancels) == ("Visa 4242", [], False)
    assert truth.period_end == truth.trial_ends_at


def test_what_goes_along_for_the_mirror_is_as_it_came_over_the_wire(stripe, alice):
    """The SDK makes decimals of some strings."""
    payment = buy(stripe, alice, MONTHLY)
    session = gateway.named("stripe").fetch_checkout(payment.provider_ref).objects[0]
    subscription, *invoices = gateway.named("stripe").fetch_subscription(session["subscription"]).objects

    assert json.loads(json.dumps([session, subscription, invoices])) == [session, subscription, invoices]
    assert subscription["items"]["data"][0]["price"]["unit_amount_decimal"] == "15000"
    assert [one["object"] for one in (session, subscription, *invoices)] == [
        "checkout.session",
        "subscription",
        "invoice",
    ]


def test_why_a_renewal_failed_takes_a_third_question(stripe, alice):
    buy(stripe, alice, MONTHLY, FAILS_LATER)
    stripe.pass_days(31)

    truth = gateway.named("stripe").fetch_subscription(subscription_of(alice).provider_ref)

    assert truth.state == "past_due"
    assert [(one.state, one.amount, one.failure) for one in truth.invoices] == [("open", 15_000, "generic_decline")]


def test_cancelled_in_the_portal_it_ends_with_its_period_too_and_can_be_resumed(stripe, alice):
    buy(stripe, alice, MONTHLY)
    row = subscription_of(alice)
    stripe.cancel_in_portal(row.provider_ref)
    assert actions.hear_subscription(subscription=row).cancels

    assert not actions.resume_membership(user=alice).cancels

    about = stripe.books.things[row.provider_ref]
    assert (about["cancel_at"], about["cancel_at_period_end"]) == (None, False)


def test_a_dearer_interval_is_charged_for_at_once_less_what_was_paid(stripe, alice):
    buy(stripe, alice, MONTHLY)
    stripe.pass_days(30.01)

    row = actions.change_membership(user=alice, offer=offer(YEARLY))

    assert row.offer.code == YEARLY
    newest = stripe.books.all("invoice")[0]
    assert 130_000 < newest["amount_paid"] < 150_000
    assert row.period_end - row.period_start > timedelta(days=360)
    paid = Payment.objects.filter(user=alice, kind="renewal", state="paid").order_by("pk")
    assert [one.amount for one in paid] == [15_000, newest["amount_paid"]]


def test_a_change_that_cannot_be_paid_changes_nothing(stripe, alice):
    buy(stripe, alice, MONTHLY)
    stripe.pass_days(31)
    stripe.change_card(stripe.books.all("customer")[0]["id"], FAILS_LATER)

    with pytest.raises(ProviderRefuses):
        actions.change_membership(user=alice, offer=offer(YEARLY))

    assert (
        stripe.books.things[subscription_of(alice).provider_ref]["items"]["data"][0]["price"]["unit_amount"] == 15_000
    )


def test_a_change_whose_answer_was_lost_is_not_charged_twice(stripe, alice):
    buy(stripe, alice, MONTHLY)
    stripe.pass_days(31)
    stripe.fail("lost", "POST subscriptions")
    with pytest.raises(ProviderAway):
        actions.change_membership(user=alice, offer=offer(YEARLY))
    stripe.recover()

    row = actions.change_membership(user=alice, offer=offer(YEARLY))

    assert row.offer.code == YEARLY
    assert [one["billing_reason"] for one in stripe.books.all("invoice")].count("subscription_update") == 1


def test_less_for_the_same_interval_holds_from_the_next_period_on(stripe, alice):
    buy(stripe, alice, MONTHLY)
    stripe.pass_days(31)
    Price.objects.filter(offer=offer(MONTHLY), currency="EGP").update(amount=10_000)
    wished = gateway.Order("", "Plaza", 10_000, "EGP", MONTHLY, "month", 0, str(alice.pk), "", "en", "", "")
    before = len(stripe.books.all("invoice"))

    gateway.named("stripe").change(subscription_of(alice).provider_ref, wished)

    assert len(stripe.books.all("invoice")) == before
    stripe.pass_days(31)
    assert stripe.books.all("invoice")[0]["amount_paid"] == 10_000


def test_the_portal_is_that_of_its_customer(stripe, alice):
    buy(stripe, alice, MONTHLY)

    address = actions.open_portal(user=alice, language="de")

    assert address.startswith(f"{stripe.url}/p/session/")
    sent = asked(stripe, "POST", "billing_portal/sessions")[0]
    assert (sent["customer"], sent["locale"]) == (ProviderCustomer.objects.get().ref, "de")


def test_a_portal_without_settings_is_a_sentence(stripe, alice):
    buy(stripe, alice, MONTHLY)
    stripe.api.configurations.clear()

    with pytest.raises(ProviderRefuses):
        actions.open_portal(user=alice, language="ar")


# --- Refunds


def test_a_refund_is_made_once_even_when_stripe_has_forgotten_its_key(stripe, alice):
    payment = buy(stripe, alice, LEVEL1)
    provider = gateway.named("stripe")
    first = provider.refund(payment.charge_ref, 40_000, "EGP", "one")
    stripe.keys.clear()  # as Stripe does after a day

    again = provider.refund(payment.charge_ref, 40_000, "EGP", "one")

    assert (again.ref, again.state) == (first.ref, "succeeded")
    assert [one["amount"] for one in stripe.books.all("refund")] == [40_000]
    assert provider.fetch_refund(first.ref) == again


def test_more_than_is_left_is_refused(stripe, alice):
    payment = buy(stripe, alice, LEVEL1)

    with pytest.raises(gateway.ProviderRefused):
        gateway.named("stripe").refund(payment.charge_ref, 100_001, "EGP", "one")

    assert not Refund.objects.exists()


def test_a_renewal_can_be_refunded(stripe, alice):
    buy(stripe, alice, MONTHLY)
    stripe.pass_days(31)
    actions.hear_subscription(subscription=subscription_of(alice))
    renewal = Payment.objects.get(kind="renewal")

    told = gateway.named("stripe").refund(renewal.charge_ref, 5_000, "EGP", "part")

    assert told.state == "succeeded"


# --- Amounts


@pytest.mark.parametrize(
    ("ours", "currency", "theirs"),
    [(1050, "EGP", 1050), (500, "JPY", 500), (5120, "KWD", 5120), (5, "ISK", 500), (7, "UGX", 700), (300, "MGA", 3)],
)
def test_amounts_are_in_stripes_minor_unit(ours, currency, theirs):
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency.lower()) == ours


@pytest.mark.parametrize(("amount", "currency"), [(5124, "KWD"), (301, "MGA")])
def test_what_has_no_such_unit_there_is_refused(amount, currency):
    with pytest.raises(gateway.ProviderRefused):
        to_stripe(amount, currency)
