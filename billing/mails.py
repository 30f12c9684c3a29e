"""Every mail about a membership and its payments: in the person's language and time zone. Who is gone gets none."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from billing.models import Grant, Payment, Price, Refund, Subscription
from core.mails import public_link, queue_mail


def send_welcome(payment: Payment) -> None:
    """What was chosen has been paid, or its free time has begun."""
    subscription = payment.subscription
    later = _price_later(payment) if payment.trial_days else None
    context = {
        "payment": payment,
        "subscription": subscription,
        "grant": _grant(payment),
        "later": later,
        "plan": _plan_name(payment),
    }
    _send(payment.user, "welcome", context)


def send_trial_ending(subscription: Subscription) -> None:
    _send(subscription.user, "trial_ending", _about(subscription))


def send_renewed(payment: Payment) -> None:
    context = {"payment": payment, "subscription": payment.subscription, "plan": _plan_name(payment)}
    _send(payment.user, "renewed", context)


def send_failed(subscription: Subscription, payment: Payment) -> None:
    """A renewal did not go through. The plan is kept for a while all the same."""
    context = {
        **_about(subscription),
        "payment": payment,
        "until": payment.created_at + timedelta(seconds=settings.DUNNING_GRACE),
    }
    _send(subscription.user, "failed", context)


def send_cancelled(subscription: Subscription) -> None:
    """It ends with its period, or has just ended."""
    _send(subscription.user, "cancelled", _about(subscription))


def send_ended(subscription: Subscription) -> None:
    _send(subscription.user, "ended", _about(subscription), link=reverse("billing:plans"))


def send_refunded(refund: Refund) -> None:
    payment = refund.payment
    context = {"refund": refund, "payment": payment, "grant": _grant(payment), "plan": _plan_name(payment)}
    _send(payment.user, "refunded", context)


def _about(subscription: Subscription) -> dict[str, Any]:
    return {"subscription": subscription, "plan": subscription.offer.plan.name}


def _plan_name(payment: Payment) -> str:
    return payment.offer.plan.name if payment.offer else ""


def _grant(payment: Payment) -> Grant | None:
    return getattr(payment, "grant", None)


def _price_later(payment: Payment) -> Price | None:
    """After the free time; what was due for that itself is nothing."""
    return Price.objects.filter(offer=payment.offer, currency=payment.currency).first()


def _send(user: User | None, name: str, context: dict[str, Any], *, link: str = "") -> None:
    if user is None or user.erased_at is not None or not user.email:
        return
    queue_mail(
        to=user.email,
        name=f"billing/{name}",
        context={**context, "person": user},
        link=public_link(link or reverse("billing:membership")),
        language=user.language,
        time_zone=user.time_zone,
    )
