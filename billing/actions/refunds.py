"""Money that goes back: never more than was paid, however many ask at once."""

import hashlib
import json
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from billing import events, gateway, mails, purposes
from billing.actions.fulfilment import back_off
from billing.errors import IdempotencyConflict, NotPaid, RefundTooLarge
from billing.models import Payment, Refund
from core import work
from core.errors import Invalid

log = structlog.get_logger(__name__)

ASK_AGAIN = timedelta(seconds=20)  # while the provider says that it is on its way
Effect = Refund.Effect


class RefundUnderWay(Exception):
    """What was sent back at the provider does not fit beside one of ours on its way: only one of them can go."""


@transaction.atomic
def ask_refund(
    *,
    payment: Payment,
    amount: int | None,
    reason: str,
    by: User,
    address: str,
    effect: str | None = None,
    key: str = "",
) -> Refund:
    """Of the whole that is left, or of `amount` in the minor unit. It is sent after the commit.

    effect  what happens to what was paid for; without it the whole ends it and a part shortens it
    key     the same one again is the same refund

    Raises Invalid that names `amount` or `effect`, NotPaid, RefundTooLarge, IdempotencyConflict.
    """
    from billing.tasks import send_refund as task

    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
    asked = hashlib.sha256(json.dumps([amount, effect, reason]).encode()).hexdigest()
    if key and (known := Refund.objects.filter(payment=payment, key=key).first()):
        if known.body_hash != asked:
            raise IdempotencyConflict
        return known
    amount = _amount(payment, amount)
    is_whole = payment.refunded + payment.refunding + amount == payment.amount
    refund = Refund.objects.create(
        payment=payment,
        amount=amount,
        reason=reason,
        effect=_effect(payment, effect, is_whole),
        by=by,
        key=key,
        body_hash=asked,
    )
    Payment.objects.filter(pk=payment.pk).update(refunding=F("refunding") + amount)
    after = {"amount": amount, "currency": payment.currency, "effect": refund.effect, "reason": reason}
    audit.record("refund_asked", actor=by, target=payment, address=address, after=after)
    work.start(task, refund)
    return refund


def _amount(payment: Payment, amount: int | None) -> int:
    if not payment.is_settled or payment.amount == 0:
        raise NotPaid
    if amount is not None and amount < 1:
        raise Invalid(fields={"amount": _("More than nothing.")})
    left = payment.refundable
    if left == 0 or (amount is not None and amount > left):
        raise RefundTooLarge
    return left if amount is None else amount


def _effect(payment: Payment, effect: str | None, is_whole: bool) -> str:
    if effect is not None and effect not in Effect.values:
        raise Invalid(fields={"effect": _("There is no such effect.")})
    if effect == Effect.SHORTEN and (payment.subscription_id or payment.days is None):
        raise Invalid(fields={"effect": _("Only what lasts for a number of days can be shortened.")})
    if effect is not None:
        return effect
    if is_whole:
        return Effect.END
    return Effect.KEEP if payment.subscription_id or payment.days is None else Effect.SHORTEN


def send_refund(*, refund_id: int) -> None:
    """Ask the provider to pay back, until it has or will not. May run twice: its key is the refund's own."""
    row = work.take(Refund, refund_id)
    if row is None:
        return
    payment = Payment.objects.select_related("subscription").get(pk=row.payment_id)
    try:
        _send(row, payment)
    except work.Lost:
        return
    except gateway.ProviderRefused as refused:
        _give_up(row, refused.code)
    except gateway.ProviderDown:
        log.warning("refund_waits", refund=row.ref, attempt=row.attempts)
        try:
            work.put_off(row, back_off(row.attempts))
        except work.Lost:
            return


def _send(row: Refund, payment: Payment) -> None:
    module, asked_at = gateway.named(payment.provider), timezone.now()
    if row.provider_ref:  # providers forget keys after a while; what has a name there is asked by it
        told = module.fetch_refund(row.provider_ref)
    else:
        told = module.refund(payment.charge_ref, row.amount, payment.currency, row.ref)
    if told.ref != row.provider_ref:
        Refund.objects.filter(pk=row.pk).update(provider_ref=told.ref)
    if told.state == "pending":
        work.put_off(row, max(ASK_AGAIN, back_off(row.attempts)))  # to some banks it takes days
    elif told.state == "failed":
        _give_up(row, "refused")
    else:
        if payment.subscription is not None and row.effect == Effect.END and payment.subscription.is_living:
            module.cancel(payment.subscription.provider_ref, at_period_end=False)
        _note(row)
    if not gateway.keep(module, told, asked_at=asked_at):  # the payment is fetched with what was refunded of it
        Payment.objects.filter(pk=payment.pk).update(look_at=timezone.now() + ASK_AGAIN)


@transaction.atomic
def _note(row: Refund) -> None:
    """It went: the payment says so, and what it was for is taken back as the effect says."""
    payment = Payment.objects.locked(row.payment_id)
    work.finish(row)
    payment.refunding -= row.amount
    _went(row, payment)


def _went(row: Refund, payment: Payment) -> None:
    payment.refunded += row.amount
    is_whole = payment.refunded == payment.amount
    payment.state = Payment.State.REFUNDED if is_whole else Payment.State.PARTIALLY_REFUNDED
    payment.save(update_fields=["refunding", "refunded", "state"])
    row.payment = payment
    purposes.named(payment.purpose).undo(row)
    if payment.user is not None:
        mails.send_refunded(row)
    transaction.on_commit(lambda: events.payment_changed(payment))


def hear_refunds(*, payment: Payment) -> None:
    """Money that somebody has sent back at the provider, past Plaza.

    Raises ProviderDown, ProviderRefused, RefundUnderWay: what could be written down is.
    """
    module, asked_at = gateway.named(payment.provider), timezone.now()
    fetch = getattr(module, "fetch_refunds", None)
    found: list[gateway.RefundTruth] = fetch(payment.charge_ref) if fetch else []
    made_there = [told for told in found if told.state == "succeeded" and not told.key]
    waiting = [told.ref for told in made_there if not _note_made_there(payment.pk, told)]
    gateway.keep(module, *found, asked_at=asked_at)
    if waiting:
        raise RefundUnderWay(", ".join(waiting))


@transaction.atomic
def _note_made_there(payment_id: int, told: gateway.RefundTruth) -> bool:
    """Once. False if it has to wait for one of ours. A subscription goes on: whoever has sent money back there ends it
    there, if that is meant too."""
    payment = Payment.objects.locked(payment_id)
    if Refund.objects.filter(payment=payment, provider_ref=told.ref).exists():
        return True
    if payment.refundable < told.amount <= payment.refundable + payment.refunding:
        return False
    if not 1 <= told.amount <= payment.refundable:
        log.error("refund_made_there_is_too_large", payment=payment.ref, refund=told.ref, amount=told.amount)
        return True
    is_whole = told.amount == payment.amount - payment.refunded
    row = Refund.objects.create(
        payment=payment,
        amount=told.amount,
        reason=_("Paid back at the payment service"),
        effect=Effect.KEEP if payment.subscription_id else _effect(payment, None, is_whole),
        provider_ref=told.ref,
        state=Refund.State.DONE,
        progress=100,
        due_at=None,
        finished_at=timezone.now(),
    )
    _went(row, payment)
    return True


@transaction.atomic
def _give_up(row: Refund, code: str) -> None:
    """The provider will not: what was set aside can be asked for again."""
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=row.payment_id)
    try:
        work.fail(row, code[:60])
    except work.Lost:
        return
    payment.refunding -= row.amount
    payment.save(update_fields=["refunding"])
    log.warning("refund_refused", refund=row.ref, code=code, at=str(timezone.now()))
