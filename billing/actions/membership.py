"""What a paid membership gives, and what a refund of it takes back: billing's own purpose of payments."""

from datetime import datetime, timedelta

from django.db.models import Q

from billing import clock, mails, policies, purposes
from billing.actions import subscriptions
from billing.models import Grant, Payment, Refund


def fulfil(payment: Payment) -> None:
    if payment.subscription is not None:
        subscriptions.give(payment.subscription)
    else:
        _grant(payment)
    mails.send_welcome(payment)


def _grant(payment: Payment) -> None:
    """Once, and after what was bought of the same plan before, so that nobody pays for the same days twice."""
    user, offer = payment.user, payment.offer
    if user is None or offer is None:  # such a payment is flagged, and does not come here
        return
    bought = Q(user=user, plan=offer.plan, source=Grant.Source.PAYMENT)
    ends = dict(Grant.objects.filter(bought | Q(payment=payment)).values_list("payment", "ends_at"))
    if payment.pk in ends:
        return
    now = clock.now()
    starts_at = max([now, *(end for end in ends.values() if end is not None)]) if payment.days else now
    Grant.objects.create(
        user=user,
        plan=offer.plan,
        source=Grant.Source.PAYMENT,
        payment=payment,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=payment.days) if payment.days else None,
    )
    policies.forget_plans_of(user)


def undo(refund: Refund) -> None:
    """Of a subscription the end was asked of its provider, who tells of it; the grant follows at once all the same."""
    payment, now = refund.payment, clock.now()
    grant = Grant.objects.select_for_update().filter(payment=payment).first()
    if grant is None and payment.subscription_id:
        grant = Grant.objects.select_for_update().filter(subscription=payment.subscription).first()
    if grant is None or refund.effect == Refund.Effect.KEEP:
        return
    grant.ends_at = _end(grant, refund, now)
    grant.save(update_fields=["ends_at"])
    policies.forget_plans_of(grant.user)


def _end(grant: Grant, refund: Refund, now: datetime) -> datetime:
    if refund.effect == Refund.Effect.END or grant.ends_at is None:
        return max(min(now, grant.ends_at or now), grant.starts_at)
    share = timedelta(days=refund.payment.days or 0) * refund.amount // refund.payment.amount
    return max(grant.ends_at - share, grant.starts_at)


def register() -> None:
    purposes.register(purposes.Purpose(name="membership", fulfil=fulfil, undo=undo))
