"""The staff asks a provider again, instead of waiting for the schedule."""

from accounts import audit
from accounts.models import User
from billing import gateway
from billing.actions.settling import settle_payment
from billing.actions.subscriptions import hear_subscription
from billing.errors import ProviderAway, ProviderRefuses
from billing.models import Payment, Subscription


def ask_again(*, row: Payment | Subscription, by: User, address: str) -> None:
    """What is true now, as a webhook would have it asked. Raises ProviderAway, ProviderRefuses, NotFound for a provider
    that this Plaza has given up."""
    audit.record("provider_asked", actor=by, target=row, address=address)
    try:
        if isinstance(row, Subscription):
            hear_subscription(subscription=row)
            return
        settle_payment(payment=row)
        if row.subscription is not None:
            hear_subscription(subscription=row.subscription)
    except gateway.ProviderDown as down:
        raise ProviderAway(retry_after=5) from down
    except gateway.ProviderRefused as refused:
        raise ProviderRefuses from refused
