"""What became of a checkout: the provider is asked, and the payment moves forward.

Webhook, return page, poll and schedule all come here, and as often as they like.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from billing import clock, events, gateway, metrics
from billing.actions import fulfilment, subscriptions
from billing.models import Fulfilment, Offer, Payment, Subscription, Trial
from core import work
from core.errors import NotFound

log = structlog.get_logger(__name__)

LONGEST_LOOK = timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=3)  # beyond its end; a provider keeps an open checkout for a day at most
MIRRORED_AGAIN = timedelta(minutes=10)
State = Payment.State
# What settling writes.
MOVES = (
    *("state", "failure", "paid_at", "charge_ref", "receipt_url"),
    *("subscription", "flag", "arrived", "look_at", "looks"),
)


def settle_payment(*, payment: Payment) -> Payment:
    """The payment as it is now. Raises ProviderDown if it cannot be asked; what was known stays."""
    if payment.kind != Payment.Kind.CHECKOUT or not payment.provider_ref:
        payment.refresh_from_db()
        return payment
    try:
        with metrics.SETTLING_SECONDS.time(), clock.held():
            return _settle(payment)
    except gateway.ProviderRefused as refused:
        log.warning("payment_not_known_there", payment=payment.ref, code=refused.code)
        return _ask_later(payment)


def _settle(payment: Payment) -> Payment:
    module, asked_at = gateway.named(payment.provider), timezone.now()
    truth = module.fetch_checkout(payment.provider_ref)
    about = module.fetch_subscription(truth.subscription) if truth.subscription and truth.state == "paid" else None
    settled, row = _record(payment, truth, about)
    if not gateway.keep(module, truth, about, asked_at=asked_at):
        _ask_again(settled)
    if row is not None:
        fulfilment.go_on(row)
    elif settled.state == State.PAID and not settled.flag:
        fulfilment.fulfil(payment_id=settled.pk)
    if settled.flag == Payment.Flag.SECOND_TRIAL and about is not None and about.state != "ended":
        module.cancel(about.ref, at_period_end=False)
    return settled


@transaction.atomic
def _ask_later(payment: Payment) -> Payment:
    """It stays as it is, and makes way for the others that wait."""
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    payment.look_at, payment.looks = _next_look(payment), min(payment.looks + 1, 1000)
    payment.save(update_fields=["look_at", "looks"])
    return payment


def _ask_again(payment: Payment) -> None:
    """The mirror could not take what was fetched: it is fetched and given again."""
    Payment.objects.filter(pk=payment.pk).update(look_at=timezone.now() + MIRRORED_AGAIN)


@transaction.atomic
def _record(
    known: Payment, truth: gateway.CheckoutTruth, about: gateway.SubscriptionTruth | None
) -> tuple[Payment, Fulfilment | None]:
    """The payment as it is now, and its fulfilment if it is this call's to go on with."""
    payment, row = Payment.objects.locked(known.pk, known=known), None
    before = payment.state
    if truth.state == "paid" and not payment.is_settled:
        row = _pay(payment, truth, about)
    elif payment.state in Payment.OPEN and truth.state in ("processing", "failed", "expired"):
        payment.state, payment.failure = State(truth.state), truth.failure[:40]
    payment.look_at = _next_look(payment)
    payment.looks = min(payment.looks + 1, 1000)
    payment.save(update_fields=MOVES)
    if payment.state != before:
        _tell(payment)
    return payment, row


def _tell(payment: Payment) -> None:
    """Of one that is to be fulfilled, fulfilment tells a moment later: open pages ask for themselves once only."""
    if payment.state in (State.FAILED, State.EXPIRED):
        metrics.FAILURES.labels(payment.provider).inc()
    if payment.state != State.PAID or payment.flag:
        transaction.on_commit(lambda: events.payment_changed(payment))


def _pay(payment: Payment, truth: gateway.CheckoutTruth, about: gateway.SubscriptionTruth | None) -> Fulfilment | None:
    """The money is recorded, whatever else is wrong; what is wrong is for the staff, and nothing is given for it."""
    payment.state, payment.failure = State.PAID, ""
    payment.paid_at, payment.charge_ref, payment.receipt_url = clock.now(), truth.charge, truth.receipt
    if about is not None and payment.offer is not None:
        payment.subscription = _subscription(payment, payment.offer, about)
    payment.flag = _flag(payment, truth)
    if payment.flag in (Payment.Flag.AMOUNT, Payment.Flag.CURRENCY):
        payment.arrived = f"{truth.amount} {truth.currency}"
    if payment.flag:
        log.warning("payment_flagged", payment=payment.ref, flag=payment.flag)
        return None
    return work.make_taken(Fulfilment, payment=payment)  # this step is taken once: its row is locked


def _flag(payment: Payment, truth: gateway.CheckoutTruth) -> str:
    if payment.user is None:
        return Payment.Flag.NOBODY
    if truth.currency != payment.currency:
        return Payment.Flag.CURRENCY
    if truth.amount != payment.amount:
        return Payment.Flag.AMOUNT
    if payment.trial_days:
        trial, _made = Trial.objects.get_or_create(user=payment.user, defaults={"payment": payment})
        if trial.payment_id != payment.pk:
            return Payment.Flag.SECOND_TRIAL
    if payment.subscription is None:
        return ""
    others = Subscription.objects.living().filter(user=payment.user).exclude(pk=payment.subscription.pk)
    return Payment.Flag.SECOND if others.exists() else ""


def _subscription(payment: Payment, offer: Offer, about: gateway.SubscriptionTruth) -> Subscription:
    """A new one says nothing yet but that it is there: fulfilment applies what it is."""
    row, made = Subscription.objects.get_or_create(
        provider=payment.provider,
        provider_ref=about.ref,
        defaults={
            "user": payment.user,
            "offer": offer,
            "created_at": clock.now(),
            **subscriptions.facts(about),
            "look_at": about.period_end,
        },
    )
    if made:
        log.info("subscription_begun", subscription=row.pk, payment=payment.ref)
    return row


def _next_look(payment: Payment) -> datetime | None:
    if payment.is_settled or payment.state == State.EXPIRED:
        return None  # one that failed may be paid with another card yet
    now = timezone.now()
    if payment.expires_at is not None and now > payment.expires_at + GIVEN_UP_AFTER:
        return None
    return now + min(LONGEST_LOOK, timedelta(seconds=30) * (1 << min(payment.looks, 10)))


def settle_what_waits() -> None:
    """Checkouts whose webhook never came; a provider that is away is asked later."""
    due = Payment.objects.with_all().filter(look_at__lte=timezone.now()).order_by("look_at")[:100]
    for payment in due:
        try:
            settle_payment(payment=payment)
        except (gateway.ProviderDown, NotFound):
            _ask_later(payment)
