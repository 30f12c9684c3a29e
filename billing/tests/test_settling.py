"""From a paid checkout to what it was for: once, whoever tells of it, and however often."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing import actions, gateway, policies, purposes, schedule
from billing.actions import settling
from billing.errors import AlreadyForGood, AlreadySubscribed, IdempotencyConflict
from billing.models import Fulfilment, Grant, InboundEvent, Payment, SandboxCheckout, Trial
from billing.sandbox import books
from billing.tests.money import (
    DECLINED,
    GOOD,
    LEVEL1,
    LIFETIME,
    MONTHLY,
    SECURE,
    arrive,
    body,
    buy,
    checkout,
    offer,
    pay_at_provider,
    process_all,
    tell_all,
)
from core import work
from core.errors import Invalid, NotFound
from core.models import Mail
from core.tests import figures

pytestmark = pytest.mark.django_db


def test_a_plan_that_is_paid_once_is_had_for_as_long_as_it_says(alice):
    payment = buy(alice, LEVEL1)

    assert (payment.state, payment.amount, payment.currency, payment.flag) == ("paid", 100_000, "EGP", "")
    grant = Grant.objects.get(payment=payment)
    assert (grant.plan.code, grant.source) == ("level1", "payment")
    assert grant.ends_at - grant.starts_at == timedelta(days=365)
    assert policies.limit(alice, "rooms_per_12h") == 3
    assert [mail.name for mail in Mail.objects.filter(to=alice.email)] == ["billing/welcome"]


def test_buying_it_again_adds_days_to_it(alice):
    first, second = buy(alice, LEVEL1), buy(alice, LEVEL1)

    assert second.grant.starts_at == first.grant.ends_at
    assert second.grant.ends_at - second.grant.starts_at == timedelta(days=365)


def test_what_is_had_for_good_has_no_end_and_is_not_sold_twice(alice):
    payment = buy(alice, LIFETIME)

    assert payment.grant.ends_at is None
    with pytest.raises(AlreadyForGood):
        checkout(alice, LIFETIME)


def test_webhook_return_page_and_sweep_together_are_one(alice):
    payment = checkout(alice)
    pay_at_provider(payment)

    actions.settle_payment(payment=payment)
    tell_all(copies=5)
    Payment.objects.update(look_at=timezone.now())
    actions.settle_what_waits()

    assert Grant.objects.filter(user=alice).count() == 1
    assert Mail.objects.filter(to=alice.email).count() == 1
    assert InboundEvent.objects.get().copies == 5


def test_a_lost_webhook_is_made_up_for_by_asking(alice):
    payment = checkout(alice)
    pay_at_provider(payment)
    Payment.objects.update(look_at=timezone.now())

    actions.settle_what_waits()

    payment.refresh_from_db()
    assert (payment.state, payment.look_at) == ("paid", None)
    assert Grant.objects.filter(payment=payment).exists()


def test_a_declined_card_is_told_and_another_one_may_pay(alice):
    payment = checkout(alice)
    pay_at_provider(payment, DECLINED)
    tell_all()
    payment.refresh_from_db()
    assert (payment.state, payment.failure) == ("failed", "card_declined")
    assert not Grant.objects.exists()

    pay_at_provider(payment, GOOD)
    tell_all()

    payment.refresh_from_db()
    assert (payment.state, payment.failure) == ("paid", "")


def test_nothing_is_given_before_3_d_secure_is_approved(alice):
    payment = checkout(alice)
    pay_at_provider(payment, SECURE)
    actions.settle_payment(payment=payment)
    assert not Grant.objects.exists()

    books.confirm(ref=payment.provider_ref, approve=True)
    tell_all()

    assert Grant.objects.filter(payment=payment).exists()


def test_an_abandoned_checkout_expires(alice):
    payment = checkout(alice)
    SandboxCheckout.objects.update(state="expired")

    assert actions.settle_payment(payment=payment).state == "expired"


@pytest.mark.parametrize(
    ("changed", "flag", "arrived"),
    [
        ({"amount": 1}, "amount", "1 EGP"),
        ({"amount": 100_001}, "amount", "100001 EGP"),
        ({"currency": "USD"}, "currency", "100000 USD"),
    ],
)
def test_money_that_differs_is_recorded_and_not_fulfilled(alice, changed, flag, arrived):
    payment = checkout(alice)
    SandboxCheckout.objects.update(**changed)
    pay_at_provider(payment)
    tell_all()

    payment.refresh_from_db()
    assert (payment.state, payment.flag, payment.arrived) == ("paid", flag, arrived)
    assert not Grant.objects.exists()
    assert not Fulfilment.objects.exists()


def test_the_staff_may_give_what_a_flagged_payment_was_for(alice, dana, django_capture_on_commit_callbacks):
    payment = checkout(alice)
    SandboxCheckout.objects.update(amount=99_999)
    pay_at_provider(payment)
    tell_all()

    with django_capture_on_commit_callbacks(execute=True):
        actions.fulfil_again(payment=payment, by=dana, address="203.0.113.9")

    assert Grant.objects.filter(payment=payment).exists()


def test_a_fulfilment_that_fails_leaves_the_money_recorded_and_is_made_up_for(alice):
    """Here its plan is missing at first: the purpose of the payment is one that nobody knows yet."""
    payment = checkout(alice)
    Payment.objects.update(purpose="later")
    pay_at_provider(payment)
    tell_all()
    payment.refresh_from_db()
    assert payment.state == "paid"
    row = Fulfilment.objects.get()
    assert (row.state, row.attempts, Grant.objects.count()) == ("waiting", 1, 0)
    assert row.due_at > timezone.now()

    given: list[str] = []
    purposes.register(purposes.Purpose("later", lambda paid: given.append(paid.ref), lambda _refund: None))
    Fulfilment.objects.update(due_at=timezone.now())
    actions.fulfil(payment_id=payment.pk)
    actions.fulfil(payment_id=payment.pk)

    assert given == [payment.ref]
    assert Fulfilment.objects.get().state == "done"


@pytest.mark.parametrize("code", [LEVEL1, MONTHLY])
def test_who_dies_after_the_money_is_recorded_leaves_the_rest_to_the_sweep(alice, code, worker):
    payment = checkout(alice, code)
    pay_at_provider(payment)
    module = gateway.named("sandbox")
    truth = module.fetch_checkout(payment.provider_ref)
    about = module.fetch_subscription(truth.subscription) if truth.subscription else None
    settling._record(payment, truth, about)  # and the process is killed
    schedule.sweep_money()
    worker()
    payment.refresh_from_db()
    assert (payment.state, Grant.objects.count()) == ("paid", 0), "it may still live"

    row = Fulfilment.objects.get()
    assert row.due_at <= row.created_at + work.SHORT_CLAIM
    Fulfilment.objects.update(due_at=timezone.now() - work.GRACE)
    for _ in range(2):
        schedule.sweep_money()
        worker()

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("done", 2)
    assert Grant.objects.get().user == alice
    assert [mail.name for mail in Mail.objects.filter(to=alice.email)] == ["billing/welcome"]


def test_free_days_are_had_once(alice):
    first = buy(alice, MONTHLY)
    assert (first.amount, first.trial_days) == (0, 30)
    assert Trial.objects.get().payment == first
    assert not policies.may_have_trial(alice)
    actions.cancel_membership(user=alice, when="now")

    second = checkout(alice, MONTHLY)

    assert (second.amount, second.trial_days) == (15_000, 0)


def test_of_two_checkouts_for_free_days_the_older_one_can_no_more_be_paid(alice):
    older, newer = checkout(alice, MONTHLY), checkout(alice, MONTHLY)

    assert pay_at_provider(older).state == "expired"
    assert pay_at_provider(newer).state == "paid"


def test_free_days_that_were_got_twice_are_flagged_and_ended(alice):
    older, newer = checkout(alice, MONTHLY), checkout(alice, MONTHLY)
    SandboxCheckout.objects.update(state="open")
    for payment in (newer, older):
        pay_at_provider(payment)
        tell_all()

    older.refresh_from_db()
    assert older.flag in ("second_trial", "second")
    assert Grant.objects.filter(user=alice).count() == 1
    assert gateway.named("sandbox").fetch_subscription(older.subscription.provider_ref).state == "ended"


def test_who_subscribes_cannot_subscribe_again(alice):
    buy(alice, MONTHLY)

    with pytest.raises(AlreadySubscribed):
        checkout(alice, "plaza_premium_yearly")


def test_the_same_key_is_the_same_payment_and_another_wish_under_it_is_refused(alice, bob):
    first = checkout(alice, key="k1")

    assert checkout(alice, key="k1") == first
    assert checkout(bob, key="k1") != first
    with pytest.raises(IdempotencyConflict):
        checkout(alice, "level2", key="k1")


def test_what_is_not_sold_or_has_no_price_there_is_refused(alice):
    with pytest.raises(Invalid) as refused:
        checkout(alice, LEVEL1, currency="USD")
    assert set(refused.value.fields) == {"currency"}
    with pytest.raises(NotFound):
        actions.open_checkout(user=alice, offer=offer(LEVEL1), currency="EGP", provider="stripe")
    assert not Payment.objects.exists()


def test_an_event_about_nothing_of_ours_is_finished_after_a_while(alice):
    arrive(body("payment.succeeded", "cs_" + "0" * 24))
    for _ in range(6):
        InboundEvent.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        process_all()

    row = InboundEvent.objects.get()
    assert (row.state, row.error) == ("done", "unknown")


@pytest.mark.parametrize("code", [LEVEL1, MONTHLY])
def test_settling_takes_few_queries(alice, code, django_assert_max_num_queries):
    """The mail included; without the sandbox's own, which a provider has elsewhere, and without savepoints."""
    payment = checkout(alice, code)
    pay_at_provider(payment)

    with django_assert_max_num_queries(40) as told:
        actions.settle_payment(payment=payment)

    ours = [
        one["sql"] for one in told.captured_queries if "SAVEPOINT" not in one["sql"] and "sandbox" not in one["sql"]
    ]
    payment.refresh_from_db()
    assert payment.state == "paid"
    assert len(ours) <= 25, "\n".join(ours)
    figures.show(f"settling {code}: {len(ours)} queries")


def test_a_payment_that_its_provider_does_not_know_makes_way_for_others(alice):
    payment = checkout(alice)
    Payment.objects.update(provider_ref="cs_" + "0" * 24, look_at=timezone.now())

    actions.settle_what_waits()

    payment.refresh_from_db()
    assert (payment.state, payment.looks) == ("pending", 1)
    assert payment.look_at > timezone.now()
