"""A merchant of the sandbox's: orders, and what it was told. The tests of the sandbox know nothing else of Plaza."""

import json
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core import signing
from django.urls import reverse

from billing import clock, gateway
from billing.gateway import Order, SubscriptionTruth, sandbox
from billing.models import SandboxWebhook
from billing.sandbox import books
from billing.sandbox.clock import advance

GOOD, DECLINED, POOR, SECURE, ONCE = (
    "4242424242424242",
    "4000000000000002",
    "4000000000009995",
    "4000002500003155",
    "4000000000000341",
)
STRANGE = "5555555555554444"  # a right number that the sandbox does not know
DAY = 86400
ORDER = Order(
    ref="order-1",
    title="Plaza: Level1",
    amount=100_000,
    currency="EGP",
    offer="level1",
    interval="",
    trial_days=0,
    customer="7",
    email="alice@plaza.example",
    language="en",
    return_url="http://127.0.0.1:8000/membership/back/",
    cancel_url="http://127.0.0.1:8000/membership/",
)
MONTHLY = replace(ORDER, title="Plaza: Plaza Premium", amount=15_000, offer="plaza_premium_monthly", interval="month")
TRIAL = replace(MONTHLY, trial_days=30)
YEARLY = replace(MONTHLY, amount=150_000, offer="plaza_premium_yearly", interval="year")


def open_one(order: Order = ORDER, **changes: Any) -> str:
    """The checkout's ref."""
    return sandbox.open_checkout(replace(order, **changes)).ref


def page(name: str, ref: str) -> str:
    return reverse(f"sandbox:{name}", args=[ref])


def bought(order: Order = ORDER, card: str = GOOD, **changes: Any) -> gateway.CheckoutTruth:
    ref = open_one(order, **changes)
    books.pay(ref=ref, number=card)
    return sandbox.fetch_checkout(ref)


def capability(ref: str, *, language: str = "", age: float = 0) -> str:
    """What stands in the address of a portal that was opened `age` seconds ago."""

    class Signer(signing.TimestampSigner):
        def timestamp(self) -> str:
            return signing.b62_encode(int(time.time() - age))

    return Signer(salt=sandbox.PORTAL_SALT).sign_object([ref, ORDER.cancel_url, language])


def subscribed(order: Order = MONTHLY, card: str = GOOD) -> str:
    """The subscription's ref; its events are forgotten."""
    ref = bought(order, card).subscription
    SandboxWebhook.objects.all().delete()
    return ref


def truth(ref: str) -> SubscriptionTruth:
    return sandbox.fetch_subscription(ref)


def pass_days(days: float) -> int:
    return advance(seconds=int(days * DAY))


def days_from(start: datetime) -> float:
    return round((clock.now() - start).total_seconds() / DAY, 2)


def told() -> list[tuple[str, str]]:
    """Type and ref of each event since the last call, in order."""
    rows = list(SandboxWebhook.objects.order_by("pk"))
    SandboxWebhook.objects.all().delete()
    bodies = [json.loads(row.body) for row in rows]
    return [(body["type"], body["data"]["ref"]) for body in bodies]
