"""What Stripe tells: which of our things an event is about. What else happens in its account is left alone."""

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from billing.gateway import BadSignature, Event
from billing.gateway.stripe.truths import PAYMENT, REFUND

SIGNATURE = "Stripe-Signature"
# What an endpoint has to be told; docs/payments.md lists it for whoever makes one.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.marked_uncollectible",
    "invoice.voided",
    "refund.created",
    "refund.updated",
    "refund.failed",
)


def read(raw: bytes) -> Event:
    """Of a body whose signature is right. Raises BadSignature for what is no event all the same."""
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError) as unreadable:
        raise BadSignature from unreadable
    if not isinstance(told, dict) or not _is_word(told.get("id")) or not _is_word(told.get("type")):
        raise BadSignature
    data = told.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    subject, ref = _about(told["type"], about) if isinstance(about, dict) else ("", "")
    return Event(told["id"], told["type"], subject, ref)


def _about(kind: str, about: Mapping[str, Any]) -> tuple[str, str]:
    """Other things than ours may live in the same account: ours say so in their metadata."""
    if kind not in EVENTS:
        return "", ""
    if kind.startswith("invoice."):
        return _of_invoice(about)
    if kind.startswith("refund.") and not _has(about.get("metadata"), REFUND):  # made in the dashboard
        return ("charge", about["payment_intent"]) if _is_word(about.get("payment_intent")) else ("", "")
    subject, key = {
        "checkout": ("checkout", PAYMENT),
        "customer": ("subscription", PAYMENT),
        "refund": ("refund", REFUND),
    }[kind.partition(".")[0]]
    ref = about.get("id")
    return (subject, ref) if _is_word(ref) and _has(about.get("metadata"), key) else ("", "")


def _of_invoice(invoice: Mapping[str, Any]) -> tuple[str, str]:
    parent = invoice.get("parent")
    details = parent.get("subscription_details") if isinstance(parent, dict) else None
    if not isinstance(details, dict) or not _has(details.get("metadata"), PAYMENT):
        return "", ""
    ref = details.get("subscription")
    ref = ref.get("id") if isinstance(ref, dict) else ref
    return ("subscription", ref) if _is_word(ref) else ("", "")


def _has(metadata: Any, key: str) -> bool:
    return isinstance(metadata, dict) and bool(metadata.get(key))


def _is_word(value: Any) -> TypeGuard[str]:
    """Short, and without signs that a database or a log would stumble over."""
    return isinstance(value, str) and 0 < len(value) <= 80 and value.isascii() and value.isprintable()
