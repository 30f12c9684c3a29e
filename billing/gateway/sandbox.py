"""The sandbox as a provider: its words for what billing.gateway asks. There is one only where no money can be taken."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.gateway import (
    BadSignature,
    CheckoutTruth,
    Event,
    InvoiceTruth,
    Opened,
    Order,
    ProviderDown,
    ProviderRefused,
    RefundTruth,
    SubscriptionTruth,
    header,
)
from billing.models import SandboxInvoice
from billing.models.sandbox import event_ref
from billing.sandbox import Refused, books, cards, outage, subscriptions, webhooks

CODE = "sandbox"
NAME = _("Sandbox")
NEWEST = 12  # invoices that a subscription tells of
PAYS, DECLINES = "4242424242424242", "4000000000000002"
PORTAL_SALT = "billing.sandbox.portal"
PORTAL_SECONDS = 1800  # of real time
_SUBJECTS = {"cs": "checkout", "sub": "subscription", "re": "refund"}
_REF = re.compile(r"(cs|sub|re)_[0-9a-f]{24}")
_WORD = re.compile(r"[!-~]{1,80}")  # without spaces and signs that a database or a log would stumble over


def is_there() -> bool:
    """Beside the keys of a real provider there is no sandbox: nobody shall take the one for the other."""
    return bool(settings.PLAZA_SANDBOX) and not settings.STRIPE_SECRET_KEY


@contextmanager
def _in_our_words() -> Iterator[None]:
    if outage.seconds_left():
        raise ProviderDown
    try:
        yield
    except Refused as refused:
        raise ProviderRefused(refused.code) from refused


def open_checkout(order: Order) -> Opened:
    with _in_our_words():
        checkout = books.open_checkout(order)
    return Opened(checkout.ref, checkout_address(checkout.ref), checkout.expires_at)


def checkout_address(ref: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('sandbox:checkout', args=[ref])}"


def close_checkout(ref: str) -> None:
    with _in_our_words():
        books.close(ref=ref)


def fetch_checkout(ref: str) -> CheckoutTruth:
    """`failed` is not for good: it can be paid with another card until it expires."""
    with _in_our_words():
        checkout = books.find_checkout(ref)
    return CheckoutTruth(
        state="open" if checkout.state == "confirming" else checkout.state,
        amount=checkout.due_now,
        currency=checkout.currency,
        charge=checkout.charge.ref if checkout.charge else "",
        subscription=checkout.subscription.ref if checkout.subscription else "",
        failure=checkout.failure,
        receipt=receipt_address(checkout.charge.ref) if checkout.charge else "",
    )


def receipt_address(charge: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('sandbox:receipt', args=[charge])}"


def fetch_subscription(ref: str) -> SubscriptionTruth:
    """Its invoices are those that the card was charged for by itself: the first payment is its checkout's."""
    with _in_our_words():
        subscription = subscriptions.find(ref)
    by_itself = subscription.invoices.exclude(charge__checkout__isnull=False).select_related("charge")
    newest = list(by_itself.order_by("-created_at", "-pk")[:NEWEST])
    return SubscriptionTruth(
        ref=subscription.ref,
        state=subscription.state,
        offer=subscription.offer,
        amount=subscription.amount,
        currency=subscription.currency,
        period_start=subscription.period_start,
        period_end=subscription.period_end,
        trial_ends_at=subscription.trial_ends_at,
        cancels=subscription.cancels,
        ended_at=subscription.ended_at,
        card=cards.as_kept(subscription.card_number),
        invoices=[_invoice_truth(invoice) for invoice in reversed(newest)],
    )


def _invoice_truth(invoice: SandboxInvoice) -> InvoiceTruth:
    """One that will be tried again is open, with why it failed so far."""
    return InvoiceTruth(
        ref=invoice.ref,
        state=invoice.state,
        amount=invoice.amount,
        currency=invoice.currency,
        at=invoice.paid_at or invoice.created_at,
        charge=invoice.charge.ref if invoice.charge else "",
        failure=invoice.failure,
        receipt=receipt_address(invoice.charge.ref) if invoice.charge else "",
    )


def refund(charge: str, amount: int, currency: str, key: str) -> RefundTruth:
    with _in_our_words():
        made = books.refund(charge=charge, amount=amount, currency=currency, key=key)
    return RefundTruth(made.ref, made.state)


def fetch_refund(ref: str) -> RefundTruth:
    with _in_our_words():
        found = books.find_refund(ref)
    return RefundTruth(found.ref, found.state)


def cancel(ref: str, at_period_end: bool) -> None:
    with _in_our_words():
        subscriptions.cancel(ref=ref, at_period_end=at_period_end)


def resume(ref: str) -> None:
    with _in_our_words():
        subscriptions.resume(ref=ref)


def change(ref: str, order: Order) -> None:
    plan = subscriptions.Plan(order.offer, order.title[:120], order.amount, order.currency, order.interval)
    with _in_our_words():
        subscriptions.change(ref=ref, plan=plan)


def open_portal(ref: str, return_url: str, language: str) -> str:
    """Whoever has the address may do there what a customer may; it is of no use after PORTAL_SECONDS."""
    with _in_our_words():
        subscriptions.find(ref)
    capability = signing.dumps([ref, return_url, language], salt=PORTAL_SALT)
    return f"{settings.PUBLIC_URL}{reverse('sandbox:portal', args=[capability])}"


def read_webhook(raw: bytes, headers: Mapping[str, str]) -> Event:
    if not webhooks.is_signed(raw, header(headers, webhooks.SIGNATURE)):
        raise BadSignature
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError) as unreadable:
        raise BadSignature from unreadable
    data = told.get("data") if isinstance(told, dict) else None
    if not isinstance(data, dict):
        raise BadSignature
    ref = _word(data.get("ref"))
    event_id, kind = _word(told.get("id")), _word(told.get("type"))
    known = _REF.fullmatch(ref)
    return Event(event_id, kind, _SUBJECTS[known[1]], ref) if known else Event(event_id, kind, "", "")


def _word(value: Any) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise BadSignature
    return value


# --- For manage.py simulate_webhook


def simulate(ref: str, success: bool) -> bytes:
    """Have the checkout paid, or declined, and the body of the event that tells of it. Raises ProviderRefused."""
    try:
        books.pay(ref=ref, number=PAYS if success else DECLINES)
    except Refused as refused:
        raise ProviderRefused(refused.code) from refused
    told = {"id": event_ref(), "type": f"payment.{'succeeded' if success else 'failed'}", "created": int(time.time())}
    return json.dumps({**told, "data": {"ref": ref}}).encode()


def sign(body: bytes, at: int) -> dict[str, str]:
    """The headers that go with it, as if it was sent `at` that second."""
    return {"Content-Type": "application/json", webhooks.SIGNATURE: webhooks.sign(body, at)}


def webhook_address() -> str:
    return webhooks.address()
