"""People who pay with Stripe: the fake one, asked over HTTP, and what it tells."""

import json
from datetime import timedelta
from typing import Any

from django.test import Client

from accounts.models import User
from billing import actions, schedule
from billing.models import Payment, SandboxClock, Subscription
from billing.tests.fake_stripe import DAY, GOOD, PUBLISHABLE, SECRET, FakeStripe, body_of, signature
from billing.tests.money import LEVEL1, offer, process_all

Event = dict[str, Any]
DOOR = Client()  # one for all: each new one looks through the static files first


def use(fake: FakeStripe, settings: Any) -> None:
    """From now on people pay there."""
    settings.STRIPE_API_HOST = fake.url
    settings.STRIPE_SECRET_KEY = fake.key
    settings.STRIPE_PUBLISHABLE_KEY = PUBLISHABLE
    settings.STRIPE_WEBHOOK_SECRET = SECRET


def checkout(user: User, code: str = LEVEL1, *, currency: str = "EGP", key: str = "") -> Payment:
    return actions.open_checkout(user=user, offer=offer(code), currency=currency, provider="stripe", key=key)


def buy(fake: FakeStripe, user: User, code: str = LEVEL1, card: str = GOOD, *, currency: str = "EGP") -> Payment:
    payment = checkout(user, code, currency=currency)
    fake.pay(payment.provider_ref, card)
    tell_all(fake)
    payment.refresh_from_db()
    return payment


def subscription_of(user: User) -> Subscription:
    return Subscription.objects.get(user=user)


def arrive(event: Event, *, secret: str = SECRET, at: int | None = None, body: bytes | None = None) -> Any:
    """By the door that Stripe uses. `body` is sent in place of what was signed."""
    signed = body_of(event)
    return DOOR.post(
        "/webhooks/stripe/",
        signed if body is None else body,
        content_type="application/json",
        headers={"Stripe-Signature": signature(signed, secret, at)},
    )


def take_events(fake: FakeStripe) -> list[Event]:
    """What was told since the last time."""
    taken, fake.sender.events = fake.sender.events, []
    return taken


def tell_all(fake: FakeStripe, *, copies: int = 1, reverse: bool = False) -> None:
    """All of it arrives, and is looked into."""
    events = take_events(fake)
    for event in reversed(events) if reverse else events:
        for _copy in range(copies):
            assert arrive(event).status_code == 200
    process_all()


def pass_days(fake: FakeStripe, days: float) -> None:
    """Stripe's clock and ours; then our schedule runs."""
    fake.pass_days(days)
    SandboxClock.objects.get_or_create(pk=1)
    row = SandboxClock.objects.get(pk=1)
    row.offset += timedelta(seconds=int(days * DAY))
    row.save()
    tell_all(fake)
    schedule.ask_providers()


def tampered(event: Event) -> bytes:
    return body_of(json.loads(json.dumps(event).replace("completed", "expired")))
