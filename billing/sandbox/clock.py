"""The sandbox's clock: moved forward by the staff, and what is due by it happens in order of time.

`billing.clock` reads it. A schedule does the same for the time that passes by itself.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from billing import clock
from billing.models import SandboxCheckout, SandboxClock, SandboxSubscription
from billing.sandbox import books, subscriptions

FARTHEST = timedelta(days=20 * 365)  # together; dates beyond are of no use to anybody


class TooFar(Exception):
    """The clock would be more than FARTHEST ahead."""


@transaction.atomic
def advance(*, seconds: int) -> int:
    """How many things have happened. It is all or nothing, and who comes second waits. Raises TooFar."""
    SandboxClock.objects.get_or_create(pk=1)
    row = SandboxClock.objects.select_for_update().get(pk=1)
    row.offset += timedelta(seconds=seconds)
    if row.offset > FARTHEST:
        raise TooFar
    row.save()
    return run_due()


def run_due() -> int:
    """Everything that is due by now, the earliest first: how many things. May run twice at a time."""
    now = clock.now()
    count = 0
    while _run_next(now):
        count += 1
    return count


@transaction.atomic
def _run_next(now: datetime) -> bool:
    """False if nothing is due. What somebody else has just done is not done again."""
    ends = SandboxSubscription.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    late = SandboxCheckout.objects.payable().filter(expires_at__lte=now).order_by("expires_at", "pk")
    subscription, checkout = ends.first(), late.first()
    if subscription and subscription.due_at and not (checkout and checkout.expires_at < subscription.due_at):
        subscriptions.happen(pk=subscription.pk, now=now)
    elif checkout:
        books.expire(pk=checkout.pk, now=now)
    return bool(subscription or checkout)


def next_trial_end() -> datetime | None:
    """The soonest one."""
    found = SandboxSubscription.objects.filter(state="trialing").aggregate(soonest=Min("trial_ends_at"))
    soonest: datetime | None = found["soonest"]
    return soonest
