"""What a payment was for is given once, in a transaction of its own: the money is recorded before it."""

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.errors import NothingToDo
from accounts.models import User
from billing import events, purposes
from billing.models import Fulfilment, Payment, Subscription
from core import work

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)


def back_off(attempts: int) -> timedelta:
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(max(attempts - 1, 0), 10)))


def fulfil(*, payment_id: int) -> None:
    """May be called as often as one likes: only what is due is done, and by one at a time."""
    row = Fulfilment.objects.filter(payment_id=payment_id, due_at__isnull=False).first()
    if row is not None:
        fulfil_row(fulfilment_id=row.pk)


def fulfil_row(*, fulfilment_id: int) -> None:
    taken = work.take(Fulfilment, fulfilment_id)
    if taken is not None:
        go_on(taken)


def go_on(taken: Fulfilment) -> None:
    """With one that is taken."""
    try:
        _give(taken)
    except work.Lost:
        return
    except Exception:  # whatever the purpose could not do: the money is here, and it is tried again
        log.exception("fulfilment_failed", payment=taken.payment_id, attempt=taken.attempts)
        events.payment_changed(taken.payment)
        try:
            work.put_off(taken, back_off(taken.attempts))
        except work.Lost:
            return


@transaction.atomic
def _give(row: Fulfilment) -> None:
    payment = _locked(row.payment)
    if payment.is_settled and not payment.flag:
        purposes.named(payment.purpose).fulfil(payment)
        given = getattr(payment, "grant", None) if Payment.grant.is_cached(payment) else None
        transaction.on_commit(lambda: events.payment_changed(payment, given=given))
    work.finish(row)


def _locked(known: Payment) -> Payment:
    """What it pays for is locked before it."""
    subscription = Subscription.objects.locked(known.subscription_id) if known.subscription_id else None
    payment = Payment.objects.locked(known.pk, known=known)
    payment.subscription = subscription
    return payment


@transaction.atomic
def fulfil_again(*, payment: Payment, by: User, address: str) -> None:
    """By the staff: also of a payment that was flagged, whose flag they have looked at. Raises NothingToDo."""
    payment = Payment.objects.select_for_update(of=("self",)).select_related("user").get(pk=payment.pk)
    row = Fulfilment.objects.filter(payment=payment).first()
    if not payment.is_settled or payment.user is None or (row is not None and row.state == Fulfilment.State.DONE):
        raise NothingToDo
    audit.record("payment_fulfilled", actor=by, target=payment, address=address, before={"flag": payment.flag})
    payment.flag = ""
    payment.save(update_fields=["flag"])
    row, _made = Fulfilment.objects.get_or_create(payment=payment)
    Fulfilment.objects.filter(pk=row.pk).update(
        state=Fulfilment.State.WAITING, due_at=timezone.now(), attempts=0, error="", finished_at=None
    )
    transaction.on_commit(lambda: fulfil(payment_id=payment.pk))
