"""Whatever happens in whatever order, what people have at the end is what they have paid for, once.

A machine of random steps: events, copies of them, other orders, answers that were long on their way, refunds, a clock
that moves, and workers that are killed at the worst moments, between the two transactions above all. After every step
nothing may have happened twice; at the end all of it is compared with the sandbox's books by `money_model`. What is
rare by chance (an answer that was overtaken, a death at the very moment, a renewal that fails) has a rule that brings
it about from nothing, and every life meets it once more at its end.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import User
from accounts.tests.factories import ADDRESS, make_person
from billing import actions, clock, gateway, models, sandbox, schedule
from billing.actions import settling, subscriptions
from billing.models import (
    Fulfilment,
    Grant,
    InboundEvent,
    Payment,
    Refund,
    SandboxCheckout,
    SandboxClock,
    SandboxRefund,
    SandboxSubscription,
    SandboxWebhook,
    Subscription,
)
from billing.sandbox import books
from billing.sandbox import clock as sandbox_clock
from billing.sandbox import subscriptions as sandbox_subscriptions
from billing.tests.money import (
    DECLINED,
    FAILS_LATER,
    GOOD,
    LEVEL1,
    LIFETIME,
    MONTHLY,
    SECURE,
    arrive,
    checkout,
    pay_at_provider,
    process_all,
    unsent,
)
from billing.tests.money_model import (
    an_answer_arrives,
    checkouts_are_payments,
    is_as_its_provider_says,
    is_given_for_as_long_as_paid,
    is_had_for_as_long_as_it_says,
    renewals_are_payments,
)
from core import work
from core.errors import DomainError
from core.models import Mail

pytestmark = pytest.mark.django_db
DAY = 86400
CODES = st.sampled_from([LEVEL1, LEVEL1, MONTHLY, MONTHLY, "level2", LIFETIME])
CARDS = st.sampled_from([GOOD, GOOD, GOOD, DECLINED, SECURE, FAILS_LATER])
QUIETLY = (DomainError, gateway.ProviderRefused, sandbox.Refused)  # refused in words, and nothing has changed


class Money(RuleBasedStateMachine):
    """One person, and the hands of everybody else."""

    payments = Bundle("payments")

    def __init__(self) -> None:
        super().__init__()
        forget_everything()
        self.user = User.objects.filter(username="payer").first() or make_person("payer")
        self.staff = User.objects.filter(username="stan").first() or make_person("stan", is_staff=True)
        self.told: set[str] = set()
        self.settled: set[str] = set()
        self.ended: set[int] = set()
        self.on_their_way: list[Callable[[], object]] = []

    @initialize(target=payments, code=st.sampled_from([LEVEL1, MONTHLY, MONTHLY]))
    def begin(self, code: str) -> int:
        """With something that is had already: most of what can go wrong comes after."""
        payment = checkout(self.user, code)
        pay_at_provider(payment)
        actions.settle_payment(payment=payment)
        return payment.pk

    # --- People ---------------------------------------------------------------------------------------------------
    @rule(target=payments, code=CODES, card=st.one_of(st.none(), CARDS))
    def choose(self, code: str, card: str | None) -> Any:
        """And pay, or leave the checkout open."""
        try:
            payment = checkout(self.user, code)
        except DomainError:
            return None
        if card:
            pay_at_provider(payment, card)
        return payment.pk

    @rule(payment=payments, card=CARDS)
    def pay(self, payment: int | None, card: str) -> None:
        if payment:
            pay_at_provider(the(payment), card)

    @rule(payment=payments, approve=st.booleans())
    def confirm(self, payment: int | None, approve: bool) -> None:
        if payment:
            books.confirm(ref=the(payment).provider_ref, approve=approve)

    @rule(payment=payments)
    def return_page(self, payment: int | None) -> None:
        if payment:
            actions.settle_payment(payment=the(payment))

    @rule(when=st.sampled_from(["now", "period_end", "period_end"]))
    def cancel(self, when: str) -> None:
        quietly(lambda: is_as_its_provider_says(actions.cancel_membership(user=self.user, when=when)))

    @rule()
    def resume(self) -> None:
        quietly(lambda: is_as_its_provider_says(actions.resume_membership(user=self.user)))

    @rule(payment=payments, amount=st.sampled_from([None, 1, 333, 50_000]))
    def ask_refund(self, payment: int | None, amount: int | None) -> None:
        if payment:
            asked: dict[str, Any] = {"amount": amount, "reason": "", "by": self.staff, "address": ADDRESS}
            quietly(partial(actions.ask_refund, payment=the(payment), **asked))

    # --- The provider ---------------------------------------------------------------------------------------------
    @rule(copies=st.integers(1, 3), backwards=st.booleans(), kept_back=st.integers(0, 4))
    def tell(self, copies: int, backwards: bool, kept_back: int) -> None:
        rows = unsent()[: -kept_back or None]
        for row in reversed(rows) if backwards else rows:
            self.told.add(row.event_id)
            for _ in range(copies):
                assert arrive(row.body.encode()).status_code == 200
        process_all()

    @rule(days=st.sampled_from([1, 9, 31, 200]))
    def wait(self, days: int) -> None:
        sandbox_clock.advance(seconds=days * DAY)

    @rule(payment=payments)
    def answer_is_slow(self, payment: int | None) -> None:
        """Whoever has asked of a checkout hears what was true now, later."""
        if payment:
            truth = gateway.named("sandbox").fetch_checkout(the(payment).provider_ref)
            about = about_it(truth)
            self.on_their_way.append(lambda: settling._record(the(payment), truth, about))

    @rule()
    def answer_about_the_subscription_is_slow(self) -> None:
        row = Subscription.objects.order_by("-pk").first()
        if row:
            ticket = subscriptions._draw(row.pk)
            truth = gateway.named("sandbox").fetch_subscription(row.provider_ref)
            self.on_their_way.append(lambda: an_answer_arrives(row.pk, ticket, truth))

    @rule(when=st.sampled_from(["now", "period_end", None]))
    def answer_about_the_subscription_is_overtaken(self, when: str | None) -> None:
        row = Subscription.objects.living().first()
        if row:
            ticket = subscriptions._draw(row.pk)
            truth = gateway.named("sandbox").fetch_subscription(row.provider_ref)
            if when:
                self.cancel(when)
            else:
                sandbox_clock.advance(seconds=31 * DAY)
                actions.hear_subscription(subscription=row)
            an_answer_arrives(row.pk, ticket, truth)

    @rule(target=payments)
    def answer_about_a_checkout_is_overtaken(self) -> int | None:
        """Whoever asked when a card was declined hears after another one has paid it."""
        try:
            payment = checkout(self.user, LEVEL1)
        except DomainError:  # it is had for good
            return None
        pay_at_provider(payment, DECLINED)
        truth = gateway.named("sandbox").fetch_checkout(payment.provider_ref)
        pay_at_provider(payment)
        actions.settle_payment(payment=payment)
        settling._record(payment, truth, None)
        assert the(payment.pk).state == "paid"
        return payment.pk

    @rule(cancels=st.booleans(), late=st.sampled_from([0, 40]))
    def period_is_over(self, cancels: bool, late: int) -> None:
        """It ends then, or is renewed; and is heard of at once, or long after."""
        row = Subscription.objects.living().first()
        if row:
            if cancels:
                self.cancel("period_end")
            sandbox_clock.advance(seconds=(31 + late) * DAY)
            is_as_its_provider_says(actions.hear_subscription(subscription=row))

    @rule()
    def renewal_fails(self) -> None:
        row = Subscription.objects.living().first()
        if row:
            quietly(partial(sandbox_subscriptions.change_card, ref=row.provider_ref, number=FAILS_LATER))
            quietly(partial(sandbox_subscriptions.resume, ref=row.provider_ref))
            sandbox_clock.advance(seconds=31 * DAY)
            is_as_its_provider_says(actions.hear_subscription(subscription=row))
            self.next_period_begins_unpaid(row)

    def next_period_begins_unpaid(self, row: Subscription) -> None:
        """As at providers whose periods go on whether they are paid or not; the sandbox's waits for the money."""
        ticket = subscriptions._draw(row.pk)
        truth = gateway.named("sandbox").fetch_subscription(row.provider_ref)
        if truth.state == "past_due":
            end = truth.period_end + timedelta(days=30)
            an_answer_arrives(row.pk, ticket, replace(truth, period_start=truth.period_end, period_end=end))
            is_as_its_provider_says(row)

    @rule(which=st.integers(0, 5))
    def slow_answer_arrives(self, which: int) -> None:
        if self.on_their_way:
            self.on_their_way.pop(which % len(self.on_their_way))()

    # --- What is killed, and what sweeps after it ----------------------------------------------------------------
    @rule(target=payments, code=st.sampled_from([LEVEL1, MONTHLY, LIFETIME]))
    def die_between_money_and_fulfilment(self, code: str) -> Any:
        try:
            payment = checkout(self.user, code)
        except DomainError:
            return None
        pay_at_provider(payment)
        truth = gateway.named("sandbox").fetch_checkout(payment.provider_ref)
        settling._record(payment, truth, about_it(truth))
        return payment.pk

    @rule(model=st.sampled_from([Fulfilment, InboundEvent, Refund]))
    def die_with_it_in_hand(self, model: Any) -> None:
        for pk in model.objects.filter(due_at__isnull=False).values_list("pk", flat=True)[:1]:
            work.take(model, pk)

    @rule(payment=payments, amount=st.sampled_from([None, 333]))
    def die_after_the_money_went_back(self, payment: int | None, amount: int | None) -> None:
        """The provider has refunded, and nobody was left to write it down."""
        self.ask_refund(payment, amount)
        row = Refund.objects.filter(due_at__isnull=False).select_related("payment").first()
        if row:
            paid = row.payment
            quietly(partial(gateway.named("sandbox").refund, paid.charge_ref, row.amount, paid.currency, row.ref))

    @rule()
    def sweep(self) -> None:
        Payment.objects.filter(look_at__isnull=False).update(look_at=timezone.now())
        Subscription.objects.filter(look_at__isnull=False).update(look_at=clock.now())
        schedule.ask_providers()
        InboundEvent.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        process_all()
        for model, do in (
            (Fulfilment, lambda pk: actions.fulfil_row(fulfilment_id=pk)),
            (Refund, lambda pk: actions.send_refund(refund_id=pk)),
        ):
            rows: Any = model._default_manager.filter(due_at__isnull=False)
            rows.update(due_at=timezone.now())
            for pk in list(rows.values_list("pk", flat=True)):
                do(pk)

    # --- What holds after every step ------------------------------------------------------------------------------
    @invariant()
    def nothing_is_given_that_was_not_paid(self) -> None:
        paid = set(SandboxCheckout.objects.filter(state="paid").values_list("ref", flat=True))
        refs = Payment.objects.filter(grant__isnull=False).values_list("provider_ref", flat=True)
        assert set(refs) <= paid
        assert Grant.objects.filter(subscription=None, payment=None).count() == 0

    @invariant()
    def nothing_happens_twice(self) -> None:
        given = Fulfilment.objects.filter(state="done").count()
        assert Mail.objects.filter(name="billing/welcome").count() == given
        assert Mail.objects.filter(name="billing/refunded").count() == Refund.objects.filter(state="done").count()
        assert InboundEvent.objects.count() == len(self.told)

    @invariant()
    def nothing_goes_backwards(self) -> None:
        settled = set(Payment.objects.filter(state__in=Payment.SETTLED).values_list("ref", flat=True))
        ended = set(Subscription.objects.filter(state="ended").values_list("pk", flat=True))
        assert self.settled <= settled
        assert self.ended <= ended
        self.settled, self.ended = settled, ended

    @invariant()
    def no_more_goes_back_than_was_paid(self) -> None:
        for payment in Payment.objects.filter(refunds__isnull=False).distinct():
            went = SandboxRefund.objects.filter(charge__ref=payment.charge_ref).aggregate(all=Sum("amount"))["all"] or 0
            assert payment.refunded <= went <= payment.refunded + payment.refunding <= payment.amount

    # --- What there is in the end ---------------------------------------------------------------------------------
    def teardown(self) -> None:
        self.compare_with_the_books()
        self.meet_what_is_rare()
        self.compare_with_the_books()

    def meet_what_is_rare(self) -> None:
        """A life has few of the rules, and most lives have none of these. Who has a plan for good can buy none."""
        paid = self.answer_about_a_checkout_is_overtaken()
        for amount in (333, None) if paid else ():
            self.die_after_the_money_went_back(paid, amount)
            self.no_more_goes_back_than_was_paid()
            self.sweep()
        self.die_between_money_and_fulfilment(LEVEL1)
        self.die_between_money_and_fulfilment(MONTHLY)
        self.sweep()
        self.answer_about_the_subscription_is_overtaken(None)
        self.renewal_fails()
        self.period_is_over(cancels=True, late=40)

    def compare_with_the_books(self) -> None:
        self.sweep()
        while self.on_their_way:
            self.on_their_way.pop(0)()
        self.nothing_goes_backwards()
        for _ in range(3):
            self.tell(1, False, 0)
            self.sweep()
        checkouts_are_payments()
        for payment in Payment.objects.filter(subscription=None, state__in=Payment.SETTLED):
            is_given_for_as_long_as_paid(payment)
        for row in SandboxSubscription.objects.all():
            is_had_for_as_long_as_it_says(row)
            renewals_are_payments(row)
        for payment in Payment.objects.all():
            went = SandboxRefund.objects.filter(charge__ref=payment.charge_ref).aggregate(all=Sum("amount"))["all"] or 0
            assert (payment.refunded, payment.refunding) == (went, 0)
        self.nothing_is_given_that_was_not_paid()
        self.nothing_happens_twice()


def test_what_one_has_is_what_one_has_paid_for():
    live_through(examples=4, steps=25)


@pytest.mark.laboratory  # every life meets what is rare, and looks into the books twice: many minutes
def test_what_one_has_is_what_one_has_paid_for_at_length():
    live_through(examples=20, steps=40)


def live_through(*, examples: int, steps: int) -> None:
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a shorter life that fails, too, takes minutes to find
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Money, settings=how)


def the(payment: int) -> Payment:
    return Payment.objects.get(pk=payment)


def about_it(truth: gateway.CheckoutTruth) -> Any:
    return gateway.named("sandbox").fetch_subscription(truth.subscription) if truth.subscription else None


def quietly(act: Callable[[], object]) -> None:
    try:
        act()
    except QUIETLY:
        pass


def forget_everything() -> None:
    for name in ("Grant", "Trial", "Fulfilment", "Refund", "InboundEvent", "Payment", "Subscription"):
        getattr(models, name).objects.all().delete()
    for name in ("SandboxCheckout", "SandboxRefund", "SandboxInvoice", "SandboxSubscription", "SandboxCharge"):
        getattr(models, name).objects.all().delete()
    SandboxWebhook.objects.all().delete()
    SandboxClock.objects.all().delete()
    Mail.objects.all().delete()
