"""The mirror as pages read it: Stripe's invoices of a person, and the rows that a payment or subscription goes with.

The one place where it is asked. Nothing that decides asks it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps

from accounts.models import User
from billing.gateway.stripe.amounts import from_stripe
from billing.models import Payment, Subscription

PROVIDER = "stripe"
ROWS = ("customer", "subscription", "invoice", "charge")  # that the staff has pages of
_STATES = frozenset({"draft", "open", "paid", "uncollectible", "void"})


@dataclass(frozen=True)
class StripeInvoice:
    """`amount` is in our minor unit. An address is empty where Stripe has none, or none on its own hosts."""

    number: str
    at: datetime | None
    amount: int
    currency: str
    state: str
    page: str
    pdf: str


def invoices_visible_to(user: User, most: int = 24) -> list[StripeInvoice]:
    """Those of one's own subscriptions, the newest first; drafts are not shown to anybody. One question, and none
    where nothing was ever paid with Stripe."""
    own = Subscription.objects.filter(user=user, provider=PROVIDER).values("provider_ref")
    rows = _rows("invoice").filter(subscription_id__in=own).order_by("-created", "-djstripe_id")[:most]
    return [_invoice(told) for told in rows.values_list("stripe_data", flat=True) if told.get("status") != "draft"]


def _invoice(told: dict[str, Any]) -> StripeInvoice:
    state, created, currency = told.get("status"), told.get("created"), str(told.get("currency") or "").upper()
    return StripeInvoice(
        number=str(told.get("number") or ""),
        at=datetime.fromtimestamp(created, tz=UTC) if isinstance(created, int) else None,
        amount=from_stripe(told["total"], currency) if isinstance(told.get("total"), int) else 0,
        currency=currency,
        state=state if state in _STATES else "open",
        page=_on_stripe(told.get("hosted_invoice_url")),
        pdf=_on_stripe(told.get("invoice_pdf")),
    )


def _on_stripe(address: Any) -> str:
    """What a provider says is followed by people only where it leads to the provider."""
    parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    host = parts.hostname or ""
    return str(address) if parts.scheme == "https" and (host == "stripe.com" or host.endswith(".stripe.com")) else ""


def of_subscription(subscription: Subscription) -> list[Any]:
    """Its row, its customer's, and the newest of its invoices."""
    if subscription.provider != PROVIDER:
        return []
    found = list(_rows("subscription").filter(id=subscription.provider_ref).select_related("customer"))
    customers = [row.customer for row in found]
    invoices = _rows("invoice").filter(subscription_id=subscription.provider_ref).order_by("-created")[:12]
    return [*found, *customers, *invoices]


def of_payment(payment: Payment) -> list[Any]:
    """What was charged for it, if that was fetched, and the invoice that it renewed by. `charge_ref` names a charge or
    a payment intent."""
    if payment.provider != PROVIDER:
        return []
    by = {"payment_intent_id" if payment.charge_ref.startswith("pi_") else "id": payment.charge_ref}
    charges = _rows("charge").filter(**by) if payment.charge_ref else []
    return [*charges, *_rows("invoice").filter(id=payment.provider_ref)]


def model(kind: str) -> Any:
    return apps.get_model("djstripe", kind)


def _rows(kind: str) -> Any:
    return model(kind).objects
