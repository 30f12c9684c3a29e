"""Subscriptions of the sandbox: trials, renewals, cards that fail, changes and ends.

A renewal that fails is tried again on the days RETRY_DAYS after it was due; the last failure ends the subscription.
"""

import re
from calendar import monthrange
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from billing import clock
from billing.models import SandboxCharge, SandboxCheckout, SandboxInvoice, SandboxSubscription
from billing.sandbox import Refused, cards
from billing.sandbox.webhooks import tell

RETRY_DAYS = (3, 5, 7)
MONTHS = {"month": 1, "year": 12}
_REF = re.compile(r"sub_[0-9a-f]{24}")


class Plan(NamedTuple):
    """What a subscription is for. `amount` is in the minor unit, of one `interval`: month or year."""

    offer: str
    title: str
    amount: int
    currency: str
    interval: str


def find(ref: str) -> SandboxSubscription:
    """As it stands. Raises Refused."""
    return _one(ref, SandboxSubscription.objects.all())


def _lock(ref: str) -> SandboxSubscription:
    return _one(ref, SandboxSubscription.objects.select_for_update())


def _one(ref: str, rows: "QuerySet[SandboxSubscription]") -> SandboxSubscription:
    found = _REF.fullmatch(ref) and rows.filter(ref=ref).first()
    if not found:
        raise Refused("no_such_subscription")
    return found


def begin(*, checkout: SandboxCheckout, at: datetime) -> SandboxSubscription:
    """From a checkout that was just paid, in its transaction."""
    trial_end = at + timedelta(days=checkout.trial_days) if checkout.trial_days else None
    end = trial_end or end_of_period(at, at, checkout.interval)
    subscription = SandboxSubscription.objects.create(
        customer=checkout.customer,
        offer=checkout.offer,
        title=checkout.title,
        amount=checkout.amount,
        currency=checkout.currency,
        interval=checkout.interval,
        state="trialing" if trial_end else "active",
        anchor=trial_end or at,
        period_start=at,
        period_end=end,
        trial_ends_at=trial_end,
        card_number=checkout.card_number,
        due_at=end,
    )
    if checkout.charge:
        _write_invoice(subscription, amount=checkout.amount, period_start=at, at=at, charge=checkout.charge)
    return subscription


def end_of_period(anchor: datetime, start: datetime, interval: str) -> datetime:
    """Of the one that begins at `start`: on the day of the anchor or, in a shorter month, on its last day."""
    passed = (start.year - anchor.year) * 12 + start.month - anchor.month
    month = anchor.month - 1 + passed + MONTHS[interval]
    year, month = anchor.year + month // 12, month % 12 + 1
    return anchor.replace(year=year, month=month, day=min(anchor.day, monthrange(year, month)[1]))


# --- What the clock does ------------------------------------------------------------------------------------------
def happen(*, pk: int, now: datetime) -> None:
    """What is due by now, once, as of when it was due. In a transaction."""
    subscription = SandboxSubscription.objects.select_for_update().filter(pk=pk, due_at__lte=now).first()
    if subscription is None or subscription.due_at is None:
        return
    at = subscription.due_at
    if subscription.state == "past_due":
        _try(subscription, subscription.invoices.get(state="open"), at)
    elif subscription.cancels:
        _end(subscription, at)
    else:
        start = subscription.period_end
        _try(subscription, _write_invoice(subscription, amount=subscription.amount, period_start=start, at=at), at)


def _try(subscription: SandboxSubscription, invoice: SandboxInvoice, at: datetime) -> None:
    if not _pay(subscription, invoice, at):
        return
    subscription.tries += 1
    tell("invoice.payment_failed", subscription.ref)
    if subscription.tries > len(RETRY_DAYS):
        _end(subscription, at)
        return
    subscription.state = "past_due"
    subscription.due_at = invoice.created_at + timedelta(days=RETRY_DAYS[subscription.tries - 1])
    subscription.save()
    tell("subscription.updated", subscription.ref)


def _pay(subscription: SandboxSubscription, invoice: SandboxInvoice, at: datetime) -> str:
    """Why not; "" if it was paid, and the period that it is for has begun."""
    invoice.failure = cards.later(subscription.card_number)
    if not invoice.failure:
        invoice.charge = _charge(subscription, invoice.amount, at)
        invoice.state, invoice.paid_at = "paid", at
        subscription.state, subscription.tries = "active", 0
        subscription.period_start = invoice.period_start
        subscription.period_end = end_of_period(subscription.anchor, invoice.period_start, subscription.interval)
        subscription.due_at = subscription.period_end
        subscription.save()
        tell("invoice.paid", subscription.ref)
        tell("subscription.updated", subscription.ref)
    invoice.save()
    return invoice.failure


def _charge(subscription: SandboxSubscription, amount: int, at: datetime) -> SandboxCharge:
    return SandboxCharge.objects.create(
        amount=amount, currency=subscription.currency, card_number=subscription.card_number, created_at=at
    )


def _write_invoice(
    subscription: SandboxSubscription,
    *,
    amount: int,
    period_start: datetime,
    at: datetime,
    charge: SandboxCharge | None = None,
) -> SandboxInvoice:
    """Paid if there is a charge, else open."""
    return SandboxInvoice.objects.create(
        subscription=subscription,
        amount=amount,
        currency=subscription.currency,
        state="paid" if charge else "open",
        charge=charge,
        period_start=period_start,
        created_at=at,
        paid_at=at if charge else None,
    )


def _end(subscription: SandboxSubscription, at: datetime) -> None:
    subscription.invoices.filter(state="open").update(state="failed")
    subscription.state, subscription.ended_at, subscription.due_at = "ended", at, None
    subscription.save()
    tell("subscription.deleted", subscription.ref)


# --- What people and the merchant do ------------------------------------------------------------------------------
@transaction.atomic
def cancel(*, ref: str, at_period_end: bool) -> None:
    """At the end of what is paid, or now. Where nothing is paid for any more, the one is the other."""
    subscription = _lock(ref)
    if subscription.state == "ended":
        return
    if not at_period_end or subscription.state == "past_due":
        _end(subscription, clock.now())
    elif not subscription.cancels:
        subscription.cancels = True
        subscription.save()
        tell("subscription.updated", subscription.ref)


@transaction.atomic
def resume(*, ref: str) -> None:
    """Go on after all, while it has not ended. Raises Refused."""
    subscription = _lock(ref)
    if subscription.state == "ended":
        raise Refused("ended")
    if subscription.cancels:
        subscription.cancels = False
        subscription.save()
        tell("subscription.updated", subscription.ref)


@transaction.atomic
def change_card(*, ref: str, number: str) -> str:
    """With an open invoice it is charged at once: why that failed, or "". Raises Refused if the card is of no use."""
    subscription = _lock(ref)
    if subscription.state == "ended":
        raise Refused("ended")
    failure = cards.at_first(number)
    if failure and failure != cards.CONFIRM:  # the person is here to confirm: that goes well in the sandbox
        raise Refused(failure)
    subscription.card_number = number
    subscription.save()
    invoice = subscription.invoices.filter(state="open").first()
    if invoice is None:
        tell("subscription.updated", subscription.ref)
        return ""
    failure = _pay(subscription, invoice, clock.now())
    if failure:
        tell("invoice.payment_failed", subscription.ref)
    return failure


@transaction.atomic
def change(*, ref: str, plan: Plan) -> None:
    """Another plan. Raises Refused: what would have to be paid now cannot be, it has ended, or the currency differs.

    In a trial nothing is due. A dearer plan of the same interval costs the difference for the rest of the period, at
    once. From monthly to yearly a new period begins now, less what is left of the old one. Anything cheaper or
    shorter holds at once, gives nothing back, and is paid from the next period on. Amounts are rounded down.
    """
    subscription = _lock(ref)
    if subscription.state in ("ended", "past_due"):
        raise Refused(subscription.state)
    if plan.currency != subscription.currency or plan.interval not in MONTHS:
        raise Refused("other_currency" if plan.interval in MONTHS else "no_subscription_plan")
    if plan.offer == subscription.offer and plan.amount == subscription.amount:
        return
    now = clock.now()
    is_longer = MONTHS[plan.interval] > MONTHS[subscription.interval]
    due = due_now(subscription, plan, now)
    if due:
        _charge_now(subscription, due, now)
    if is_longer and subscription.state == "active":
        subscription.anchor = subscription.period_start = now
        subscription.period_end = subscription.due_at = end_of_period(now, now, plan.interval)
    for name, value in plan._asdict().items():
        setattr(subscription, name, value)
    subscription.save()
    tell("subscription.updated", subscription.ref)


def due_now(subscription: SandboxSubscription, plan: Plan, now: datetime) -> int:
    """What changing to `plan` costs at once."""
    if subscription.state == "trialing" or MONTHS[plan.interval] < MONTHS[subscription.interval]:
        return 0
    if MONTHS[plan.interval] == MONTHS[subscription.interval]:
        return _rest_of(subscription, max(plan.amount - subscription.amount, 0), now)
    return max(plan.amount - _rest_of(subscription, subscription.amount, now), 0)


def _rest_of(subscription: SandboxSubscription, amount: int, now: datetime) -> int:
    """The part of an amount that is for the time left in this period."""
    tick = timedelta(microseconds=1)
    whole = (subscription.period_end - subscription.period_start) // tick
    left = max(subscription.period_end - now, timedelta()) // tick
    return amount * left // whole


def _charge_now(subscription: SandboxSubscription, due: int, now: datetime) -> None:
    failure = cards.later(subscription.card_number)
    if failure:
        raise Refused(failure)
    _write_invoice(subscription, amount=due, period_start=now, at=now, charge=_charge(subscription, due, now))
    tell("invoice.paid", subscription.ref)
