"""What sockets hear of money."""

from accounts.models import User
from billing import memberships
from billing.models import Payment, Subscription
from core.realtime import Event, publish


def payment_changed(payment: Payment) -> None:
    """To all of its person's sockets: pages that show it ask for it anew."""
    _tell(payment.user, {"id": payment.ref, "status": payment.state})


def membership_changed(subscription: Subscription) -> None:
    _tell(subscription.user, None)


def _tell(user: User | None, payment: dict[str, str] | None) -> None:
    if user is None:  # the account was deleted
        return
    membership = {"status": memberships.status_of(user)}
    publish(f"person:{user.pk}", Event.of("notify", kind="payment", payment=payment, membership=membership))
