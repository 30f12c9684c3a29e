"""Checkouts, charges and refunds, as the sandbox's own service keeps them. Subscriptions have a file of their own."""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from billing import clock
from billing.gateway import Order
from billing.models import SandboxCharge, SandboxCheckout, SandboxRefund
from billing.sandbox import Refused, cards, subscriptions
from billing.sandbox.webhooks import tell

_REF = re.compile(r"(?:cs|ch|re)_[0-9a-f]{24}")


def open_checkout(order: Order) -> SandboxCheckout:
    """The same `order.ref` again is the same checkout."""
    now = clock.now()
    shared = ("customer", "email", "offer", "amount", "currency", "interval", "language", "return_url", "cancel_url")
    values = {name: getattr(order, name) for name in shared}
    values |= {"title": order.title[:120], "trial_days": order.trial_days if order.interval else 0}
    values |= {"created_at": now, "expires_at": now + timedelta(seconds=settings.CHECKOUT_LIFETIME)}
    return SandboxCheckout.objects.get_or_create(merchant_ref=order.ref, defaults=values)[0]


def find_checkout(ref: str) -> SandboxCheckout:
    """As it stands. Raises Refused."""
    rows = SandboxCheckout.objects.select_related("charge", "subscription")
    found = _REF.fullmatch(ref) and rows.filter(ref=ref).first()
    if not found:
        raise Refused("no_such_checkout")
    return found


def _lock_checkout(ref: str) -> SandboxCheckout:
    """It can be paid if it says so: one whose time is over does not."""
    found = _REF.fullmatch(ref) and SandboxCheckout.objects.select_for_update().filter(ref=ref).first()
    if not found:
        raise Refused("no_such_checkout")
    if found.is_payable and found.expires_at <= clock.now():
        _close(found)
    return found


@transaction.atomic
def pay(*, ref: str, number: str) -> SandboxCheckout:
    """With a card that `cards.read_number` has read. What became of it is the state; a closed checkout stays closed."""
    checkout = _lock_checkout(ref)
    if not checkout.is_payable:
        return checkout
    checkout.card_number = number
    outcome = cards.at_first(number)
    if outcome == cards.CONFIRM:
        checkout.state, checkout.failure = "confirming", ""
        checkout.save()
    elif outcome:
        _fail(checkout, outcome)
    else:
        _succeed(checkout)
    return checkout


@transaction.atomic
def confirm(*, ref: str, approve: bool) -> SandboxCheckout:
    """The answer to 3-D Secure; where nothing was asked it changes nothing."""
    checkout = _lock_checkout(ref)
    if checkout.state == "confirming":
        if approve:
            _succeed(checkout)
        else:
            _fail(checkout, "authentication_failed")
    return checkout


@transaction.atomic
def close(*, ref: str) -> SandboxCheckout:
    """Nobody can pay it any more, unless somebody has."""
    checkout = _lock_checkout(ref)
    if checkout.is_payable:
        _close(checkout)
    return checkout


def expire(*, pk: int, now: datetime) -> None:
    """In a transaction."""
    overdue = SandboxCheckout.objects.payable().select_for_update().filter(pk=pk, expires_at__lte=now)
    for checkout in overdue:
        _close(checkout)


def _succeed(checkout: SandboxCheckout) -> None:
    now = clock.now()
    if checkout.due_now:
        checkout.charge = SandboxCharge.objects.create(
            amount=checkout.due_now, currency=checkout.currency, card_number=checkout.card_number, created_at=now
        )
    if checkout.interval:
        checkout.subscription = subscriptions.begin(checkout=checkout, at=now)
    checkout.state, checkout.failure = "paid", ""
    checkout.save()
    tell("payment.succeeded", checkout.ref)
    if checkout.subscription:
        tell("subscription.updated", checkout.subscription.ref)


def _fail(checkout: SandboxCheckout, failure: str) -> None:
    checkout.state, checkout.failure = "failed", failure
    checkout.save()
    tell("payment.failed", checkout.ref)


def _close(checkout: SandboxCheckout) -> None:
    checkout.state = "expired"
    checkout.save()
    tell("payment.failed", checkout.ref)


def find_charge(ref: str) -> SandboxCharge:
    """With what it was for. Raises Refused."""
    rows = SandboxCharge.objects.select_related("checkout", "invoice__subscription").prefetch_related("refunds")
    found = _REF.fullmatch(ref) and rows.filter(ref=ref).first()
    if not found:
        raise Refused("no_such_charge")
    return found


@transaction.atomic
def refund(*, charge: str, amount: int, currency: str, key: str) -> SandboxRefund:
    """The same key again is the same refund. All of them together never exceed the charge. Raises Refused."""
    row = _REF.fullmatch(charge) and SandboxCharge.objects.select_for_update().filter(ref=charge).first()
    if not row:
        raise Refused("no_such_charge")
    if known := SandboxRefund.objects.filter(key=key).first():
        if (known.charge_id, known.amount, known.currency) != (row.pk, amount, currency):
            raise Refused("key_used_otherwise")
        return known
    if currency != row.currency:
        raise Refused("other_currency")
    gone = row.refunds.aggregate(total=Sum("amount"))["total"] or 0
    if not 1 <= amount <= row.amount - gone:
        raise Refused("more_than_is_left")
    made = SandboxRefund.objects.create(charge=row, key=key, amount=amount, currency=currency, state="succeeded")
    tell("refund.succeeded", made.ref)
    return made


def find_refund(ref: str) -> SandboxRefund:
    """Raises Refused."""
    found = _REF.fullmatch(ref) and SandboxRefund.objects.filter(ref=ref).first()
    if not found:
        raise Refused("no_such_refund")
    return found
