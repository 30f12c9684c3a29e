"""What `check_payments` says about Stripe."""

from typing import Any

import stripe
from django.conf import settings

from billing.gateway import Fact, ProviderDown, ProviderRefused
from billing.gateway.stripe import client, webhooks

DASHBOARD = "https://dashboard.stripe.com"


def all_of_them(webhook_address: str) -> list[Fact]:
    found = [
        Fact(
            bool(settings.STRIPE_WEBHOOK_SECRET),
            "stripe: STRIPE_WEBHOOK_SECRET",
            "not set: every event of Stripe's is refused, and payments are found by asking, up to hours late. Take the "
            "signing secret of the endpoint, or what `stripe listen` prints",
        ),
        Fact(
            bool(settings.STRIPE_PUBLISHABLE_KEY),
            "stripe: STRIPE_PUBLISHABLE_KEY",
            "not set: Checkout works without it; pages that embed Stripe's fields will need it",
            is_note=True,
        ),
    ]
    try:
        return found + _asked(webhook_address)
    except ProviderDown as down:
        return [*found, Fact(False, f"stripe: {settings.STRIPE_API_HOST}", _why(down))]


def _why(down: ProviderDown) -> str:
    cause = down.__cause__
    if isinstance(cause, stripe.AuthenticationError | stripe.PermissionError):
        return f"does not know STRIPE_SECRET_KEY: take it from {DASHBOARD}/apikeys"
    return "no answer: see whether this machine may reach it, and https://status.stripe.com"


def _asked(webhook_address: str) -> list[Fact]:
    with client.asked() as api:
        account = client.plain(api.v1.accounts.retrieve_current())
    name = f"stripe: {settings.STRIPE_API_HOST} answers for {account['id']}"
    ready = Fact(
        bool(account["charges_enabled"]), name, f"charges are not enabled: finish the account at {DASHBOARD}/account"
    )
    return [ready, _endpoint(webhook_address), _portal()]


def _endpoint(webhook_address: str) -> Fact:
    """With `stripe listen` there is none, and a restricted key may not ask: then nothing is wrong."""
    what = f"stripe: an endpoint for {webhook_address}"
    try:
        with client.asked() as api:
            listed: Any = [client.plain(one) for one in api.v1.webhook_endpoints.list({"limit": 100}).data]
    except (ProviderRefused, ProviderDown):
        return Fact(False, what, "this key may not look: see for yourself", is_note=True)
    ours = [one for one in listed if one["url"] == webhook_address and one["status"] == "enabled"]
    if not ours:
        return Fact(False, what, f"none: add it at {DASHBOARD}/webhooks, unless `stripe listen` runs", is_note=True)
    told = {name for one in ours for name in one["enabled_events"]}
    missing = [] if "*" in told else sorted(set(webhooks.EVENTS) - told)
    return Fact(not missing, what, f"is not told of {', '.join(missing)}: add these events to it")


def _portal() -> Fact:
    what = "stripe: the customer portal"
    try:
        with client.asked() as api:
            found = api.v1.billing_portal.configurations.list({"is_default": True, "active": True, "limit": 1}).data
    except (ProviderRefused, ProviderDown):
        return Fact(False, what, "this key may not look: see for yourself", is_note=True)
    return Fact(bool(found), what, f"has no settings yet: save them once at {DASHBOARD}/settings/billing/portal")
