"""People who pay: a checkout, a card, and the events that tell of it, as a provider sends them."""

import json
import time
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import actions
from billing.models import InboundEvent, Offer, Payment, SandboxCheckout, SandboxWebhook, Subscription
from billing.sandbox import books, webhooks

GOOD, DECLINED, NO_FUNDS, SECURE, FAILS_LATER = (
    "4242424242424242",
    "4000000000000002",
    "4000000000009995",
    "4000002500003155",
    "4000000000000341",
)
MONTHLY, YEARLY, LEVEL1, LIFETIME = (
    "plaza_premium_monthly",
    "plaza_premium_yearly",
    "level1",
    "plaza_premium_lifetime",
)


def offer(code: str) -> Offer:
    return Offer.objects.select_related("plan").get(code=code)


def checkout(user: User, code: str = LEVEL1, *, currency: str = "EGP", key: str = "") -> Payment:
    return actions.open_checkout(user=user, offer=offer(code), currency=currency, provider="sandbox", key=key)


def pay_at_provider(payment: Payment, card: str = GOOD) -> SandboxCheckout:
    """Nobody has told us of it yet."""
    return books.pay(ref=payment.provider_ref, number=card)


def buy(user: User, code: str = LEVEL1, card: str = GOOD, *, currency: str = "EGP") -> Payment:
    payment = checkout(user, code, currency=currency)
    pay_at_provider(payment, card)
    tell_all()
    payment.refresh_from_db()
    return payment


def subscription_of(user: User) -> Subscription:
    return Subscription.objects.get(user=user)


def unsent() -> list[SandboxWebhook]:
    return list(SandboxWebhook.objects.filter(due_at__isnull=False).order_by("pk"))


def tell_all(*, copies: int = 1, reverse: bool = False) -> None:
    """All that the sandbox has to tell arrives, and is looked into."""
    rows = unsent()
    for row in reversed(rows) if reverse else rows:
        for _ in range(copies):
            assert arrive(row.body.encode()).status_code == 200
        SandboxWebhook.objects.filter(pk=row.pk).update(due_at=None, state="done")
    process_all()


def arrive(body: bytes, *, signed: bytes | None = None, at: int | None = None, **headers: str) -> Any:
    signature = webhooks.sign(body if signed is None else signed, int(time.time()) if at is None else at)
    extra = {"Plaza-Signature": signature, **headers}
    return Client().post("/webhooks/sandbox/", body, content_type="application/json", headers=extra)


def process_all() -> None:
    """As a worker does."""
    while InboundEvent.objects.filter(due_at__lte=timezone.now()).exists():
        actions.process_events()


def body(kind: str, ref: str, event_id: str = "evt_1") -> bytes:
    return json.dumps({"id": event_id, "type": kind, "created": int(time.time()), "data": {"ref": ref}}).encode()
