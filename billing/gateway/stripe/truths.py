"""Stripe's objects, as they come over the wire, in the words of billing.gateway."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from billing.gateway import CheckoutTruth, InvoiceTruth, RefundTruth, SubscriptionTruth
from billing.gateway.stripe.amounts import from_stripe

Object = Mapping[str, Any]

OFFER, PAYMENT, REFUND = "plaza_offer", "plaza_payment", "plaza_refund"  # keys of our metadata

# https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses. What waits for money in whatever way is
# past due here: it lasts for DUNNING_GRACE and no longer.
_STATES = {"trialing": "trialing", "active": "active", "canceled": "ended", "incomplete_expired": "ended"}
_REFUNDS = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
_BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}
MOST_OF_A_CODE = 40


def checkout(session: Object) -> CheckoutTruth:
    """With `payment_intent` and `invoice.payments` expanded. The charge is named by its PaymentIntent."""
    state, failure = _checkout_state(session)
    return CheckoutTruth(
        state=state,
        amount=from_stripe(session["amount_total"] or 0, session["currency"]),
        currency=session["currency"].upper(),
        charge=_ref(session.get("payment_intent")) or charge_of(session.get("invoice")),
        subscription=_ref(session.get("subscription")),
        failure=failure,
        receipt=_receipt(session) if state == "paid" else "",
        objects=(session,),
    )


def _checkout_state(session: Object) -> tuple[str, str]:
    if session["status"] == "expired":
        return "expired", ""
    failure = failure_of(session.get("payment_intent"))
    if session["status"] == "open":
        return ("failed", failure) if failure else ("open", "")
    if session["payment_status"] in ("paid", "no_payment_required"):
        return "paid", ""
    return ("failed", failure) if failure else ("processing", "")  # paid in a way that takes days


def _receipt(session: Object) -> str:
    """The invoice's own page, which a subscription has; else the receipt of what was charged. Both are expanded."""
    invoice, intent = session.get("invoice"), session.get("payment_intent")
    if isinstance(invoice, Mapping):
        return _page(invoice.get("hosted_invoice_url"))
    charge = intent.get("latest_charge") if isinstance(intent, Mapping) else None
    return _page(charge.get("receipt_url")) if isinstance(charge, Mapping) else ""


def _page(address: Any) -> str:
    """What a page may link to, or nothing."""
    return address if isinstance(address, str) and address.startswith("https://") else ""


def failure_of(intent: Any) -> str:
    """Why the last try to pay it failed, if it did. Of one that is only named by its id nothing is known."""
    if not isinstance(intent, Mapping) or intent["status"] not in ("requires_payment_method", "canceled"):
        return ""
    error = intent.get("last_payment_error") or {}
    return str(error.get("decline_code") or error.get("code") or "")[:MOST_OF_A_CODE]


def subscription(
    found: Object, invoices: list[Object], failures: Mapping[str, str], for_the_mirror: list[Object]
) -> SubscriptionTruth:
    """`invoices` the newest first; `failures` says by the id of an invoice why paying it failed."""
    items = found["items"]["data"]
    price = items[0]["price"]
    shown = [_invoice(one, failures.get(one["id"], "")) for one in reversed(invoices) if _is_told(one)]
    return SubscriptionTruth(
        ref=found["id"],
        state=_STATES.get(found["status"], "past_due"),
        offer=price["metadata"].get(OFFER) or found["metadata"].get(OFFER, ""),
        amount=from_stripe(price["unit_amount"] or 0, price["currency"]),
        currency=price["currency"].upper(),
        period_start=moment(min(item["current_period_start"] for item in items)),
        period_end=moment(min(item["current_period_end"] for item in items)),
        trial_ends_at=moment(found["trial_end"]) if found["trial_end"] else None,
        cancels=found["status"] != "canceled" and bool(found["cancel_at_period_end"] or found["cancel_at"]),
        ended_at=moment(found["ended_at"]) if found["ended_at"] else None,
        card=_card(found),
        invoices=shown,
        objects=(found, *invoices, *for_the_mirror),
    )


def _is_told(invoice: Object) -> bool:
    """Not the first one, which is its checkout's; not one for which no money was asked, or that was taken back."""
    if invoice["billing_reason"] == "subscription_create" or invoice["status"] == "void":
        return False
    return bool(invoice["amount_paid"] if invoice["status"] == "paid" else invoice["amount_due"])


def _invoice(invoice: Object, failure: str) -> InvoiceTruth:
    """One that will be tried again is open, with why it failed so far."""
    state = {"paid": "paid", "uncollectible": "failed"}.get(invoice["status"], "open")
    currency = invoice["currency"]
    paid_at = invoice["status_transitions"]["paid_at"]
    return InvoiceTruth(
        ref=invoice["id"],
        state=state,
        amount=from_stripe(invoice["amount_paid"] if state == "paid" else invoice["amount_due"], currency),
        currency=currency.upper(),
        at=moment(paid_at or invoice["created"]),
        charge=charge_of(invoice),
        failure="" if state == "paid" else failure,
        receipt=_page(invoice.get("hosted_invoice_url")) if state == "paid" else "",
    )


def charge_of(invoice: Any) -> str:
    """What a refund of it names. Nothing was charged for a free time."""
    if not isinstance(invoice, Mapping):
        return ""
    payments = (invoice.get("payments") or {}).get("data", [])
    paid = [one["payment"] for one in payments if one["status"] == "paid"]
    return _ref(paid[0].get("payment_intent")) or _ref(paid[0].get("charge")) if paid else ""


def unpaid_intent(invoice: Object) -> str:
    """The PaymentIntent that says why an invoice could not be paid, if that was tried."""
    if invoice["status"] != "open" or not invoice["attempt_count"]:
        return ""
    payments = (invoice.get("payments") or {}).get("data", [])
    intents = [_ref(one["payment"].get("payment_intent")) for one in payments if one["status"] == "open"]
    return intents[0] if intents else ""


def _card(found: Object) -> str:
    """Of the subscription, else what its customer pays with; `Visa 4242`. Other ways to pay go by their kind."""
    customer = found["customer"] if isinstance(found["customer"], Mapping) else {}
    kept = (customer.get("invoice_settings") or {}).get("default_payment_method")
    method = next((one for one in (found.get("default_payment_method"), kept) if isinstance(one, Mapping)), None)
    if method is None:
        return ""
    card = method.get("card")
    if not card:
        return str(method["type"])
    brand = card["brand"]
    return f"{_BRANDS.get(brand, brand.title())} {card['last4']}"


def refund(found: Object) -> RefundTruth:
    amount, key = from_stripe(found["amount"], found["currency"]), (found["metadata"] or {}).get(REFUND, "")
    return RefundTruth(found["id"], _REFUNDS.get(found["status"], "pending"), amount, key, (found,))


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _ref(thing: Any) -> str:
    """Its id, expanded or not."""
    return str(thing["id"]) if isinstance(thing, Mapping) else thing or ""
