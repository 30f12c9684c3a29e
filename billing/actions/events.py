"""What providers tell us: stored as it came, then looked into."""

import contextlib
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.errors import NothingToDo
from accounts.models import User
from billing import gateway, metrics
from billing.actions.fulfilment import back_off
from billing.actions.refunds import RefundUnderWay, hear_refunds, send_refund
from billing.actions.settling import settle_payment
from billing.actions.subscriptions import hear_subscription
from billing.models import InboundEvent, Payment, Refund, Subscription
from core import work
from core.errors import NotFound

log = structlog.get_logger(__name__)

KEPT_HEADERS = ("content-type", "user-agent", "date")  # of the others some are secrets
TOO_EARLY = timedelta(seconds=2)  # an event may be here before the answer that named what it is about
MOST_TOO_EARLY = 5
UNKNOWN = "unknown"
AT_ONCE = 10  # events that a worker takes
AT_ONCE_SECONDS = work.CLAIM.total_seconds() / 3  # after so long it leaves the rest of them to others


def take_event(*, provider: str, raw: bytes, headers: Mapping[str, str]) -> InboundEvent:
    """Store it once, however often it comes, and have it looked into after the commit.

    Raises NotFound (no such provider), gateway.BadSignature.
    """
    from billing.tasks import process_events as task

    event = gateway.named(provider).read_webhook(raw, headers)
    kept = {name.lower(): value[:500] for name, value in headers.items() if name.lower() in KEPT_HEADERS}
    try:
        with transaction.atomic():
            row = InboundEvent.objects.create(
                provider=provider,
                event_id=event.id,
                type=event.type,
                subject=event.subject,
                subject_ref=event.ref,
                body=raw,
                headers=kept,
            )
            work.wake(task)
    except IntegrityError:  # a copy
        rows = InboundEvent.objects.filter(provider=provider, event_id=event.id)
        rows.update(copies=F("copies") + 1)
        row = rows.get()
    return row


def process_events() -> None:
    """Some of those that are due, if any; the next worker is called for the rest. May run as often as one likes.

    A provider tells several things of one checkout, and many times: they all say to look there, and it is looked once.
    """
    from billing.tasks import process_events as task

    rows = work.take_several(InboundEvent.objects.defer("body", "headers"), AT_ONCE)
    if len(rows) == AT_ONCE:
        work.wake(task)
    until, looked_into, checkouts = time.monotonic() + AT_ONCE_SECONDS, [], _checkouts(rows)
    for same in _by_subject(rows):
        if time.monotonic() > until:
            _put_off(same, timedelta())
        elif _process(same, checkouts):
            looked_into += same
    work.finish_all(looked_into, error="")
    for row in looked_into:
        metrics.WEBHOOK_SECONDS.observe((timezone.now() - row.created_at).total_seconds())


def _by_subject(rows: list[InboundEvent]) -> list[list[InboundEvent]]:
    """Those that say to look at the same thing together; each as early as the first of them."""
    found = defaultdict(list)
    for row in rows:
        found[row.provider, row.subject, row.subject_ref].append(row)
    return list(found.values())


def _checkouts(rows: list[InboundEvent]) -> dict[tuple[str, str], Payment]:
    """The payments that some of them are about, by provider and its name for each."""
    refs = [row.subject_ref for row in rows if row.subject == "checkout"]
    found = Payment.objects.with_all().filter(provider__in={row.provider for row in rows}, provider_ref__in=refs)
    return {(one.provider, one.provider_ref): one for one in found}


def _process(same: list[InboundEvent], checkouts: dict[tuple[str, str], Payment]) -> bool:
    """Were they looked into? If not, it is written down of each what becomes of it."""
    row = same[0]
    try:
        is_known = _look_into(row, checkouts)
    except gateway.ProviderRefused as refused:  # it knows nothing of what it has told us about
        work.finish_all(same, error=refused.code[:60])
    except (gateway.ProviderDown, NotFound, RefundUnderWay) as away:
        log.warning("event_waits", provider=row.provider, event_id=row.event_id, because=type(away).__name__)
        _put_off(same, back_off(row.attempts))
    except Exception:  # whatever is wrong with this one: the others are looked into, and this one after its claim
        log.exception("event_failed", provider=row.provider, event_id=row.event_id)
    else:
        if not is_known:
            _wait_for_its_name(same)
        return is_known
    return False


def _wait_for_its_name(same: list[InboundEvent]) -> None:
    for row in same:
        if row.attempts < MOST_TOO_EARLY:
            _put_off([row], TOO_EARLY * row.attempts)
        else:
            work.finish_all([row], error=UNKNOWN)


def _put_off(rows: list[InboundEvent], wait: timedelta) -> None:
    for row in rows:
        with contextlib.suppress(work.Lost):
            work.put_off(row, wait)


def _look_into(row: InboundEvent, checkouts: dict[tuple[str, str], Payment]) -> bool:
    """False if nothing of ours is known by that name. Raises ProviderDown, ProviderRefused, RefundUnderWay."""
    if row.subject == "checkout":
        payment = checkouts.get((row.provider, row.subject_ref))
        if payment is not None:
            settle_payment(payment=payment)
        return payment is not None
    if row.subject == "subscription":
        subscription = Subscription.objects.filter(provider=row.provider, provider_ref=row.subject_ref).first()
        if subscription is not None:
            hear_subscription(subscription=subscription)
        return subscription is not None
    if row.subject == "refund":
        refund = Refund.objects.filter(payment__provider=row.provider, provider_ref=row.subject_ref).first()
        if refund is not None:
            Refund.objects.filter(pk=refund.pk, due_at__isnull=False).update(due_at=timezone.now())
            send_refund(refund_id=refund.pk)
        return refund is not None
    if row.subject == "charge":
        charged = Payment.objects.filter(provider=row.provider, charge_ref=row.subject_ref).first()
        if charged is not None:
            hear_refunds(payment=charged)
        return charged is not None
    return True  # nothing that concerns us


@transaction.atomic
def process_again(*, event: InboundEvent, by: User, address: str) -> None:
    """By the staff. Raises NothingToDo while it is still being tried."""
    from billing.tasks import process_events as task

    row = InboundEvent.objects.select_for_update().get(pk=event.pk)
    if row.due_at is not None:
        raise NothingToDo
    audit.record("event_processed_again", actor=by, target=row, address=address, before={"state": row.state})
    row.state, row.due_at, row.attempts = InboundEvent.State.WAITING, timezone.now(), 0
    row.error, row.finished_at = "", None
    row.save()
    work.wake(task)
