"""What sockets hear of money."""

from accounts.models import User
from billing import memberships
from billing.models import Grant, Payment, Subscription
from core.realtime import Event, publish


def payment_changed(payment: Payment, *, given: Grant | None = None) -> None:
    """To all of its person's sockets: pages that show it ask for it anew. `given` is what they have just got for it."""
    _tell(payment.user, {"id": payment.ref, "status": payment.state}, given)


def membership_changed(subscription: Subscription) -> None:
    _tell(subscription.user, None)


def _tell(user: User | None, payment: dict[str, str] | None, given: Grant | None = None) -> None:
    if user is None:  # the account was deleted
        return
    membership = {"status": memberships.status_of(user, grant=given)}
    publish(f"person:{user.pk}", Event.of("notify", kind="payment", payment=payment, membership=membership))
