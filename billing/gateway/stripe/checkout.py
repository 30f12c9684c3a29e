"""Checkout Sessions: https://docs.stripe.com/api/checkout/sessions."""

import json
import secrets
import time
from datetime import datetime, timedelta
from typing import Any

import stripe
from django.conf import settings

from billing.gateway import Opened, Order
from billing.gateway.stripe import catalogue, client, locale
from billing.gateway.stripe.truths import OFFER, PAYMENT, moment

SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)  # that Stripe keeps one open
ASKED_AGAIN_FOR = timedelta(minutes=10)  # after an outage; the time is sent the same, or the key would not fit


def open_one(order: Order) -> Opened:
    """The same `order` again is the same session: nobody can pay twice for what was asked once."""
    with client.asked() as api:
        price, customer = catalogue.price(api, order), catalogue.customer(api, order)
        try:
            session = _create(api, order, price, customer)
        except stripe.InvalidRequestError as refused:
            if refused.code != "resource_missing" or refused.param != "customer":
                raise
            session = _create(api, order, price, catalogue.another_customer(api, order, customer))
    return Opened(session.id, session.url, moment(session.expires_at))


def _create(api: Any, order: Order, price: str, customer: str) -> Any:
    asked = _asked(order, price, customer)
    key = f"checkout-{order.ref}-{customer}"
    until = _until(order)
    if until is None:
        return api.v1.checkout.sessions.create(asked, {"idempotency_key": key})
    try:
        timed = {**asked, "expires_at": int(until.timestamp())}
        return api.v1.checkout.sessions.create(timed, {"idempotency_key": key})
    except stripe.InvalidRequestError as refused:
        if refused.param != "expires_at":
            raise
        # It is asked so long after the first time that what is left is less than Stripe allows; nothing was made then.
        return api.v1.checkout.sessions.create(asked, {"idempotency_key": f"{key}-late"})


def _until(order: Order) -> datetime | None:
    """Always the same for the same order. Without a time Stripe keeps it open for a day."""
    if order.asked_at is None:
        return None
    wished = max(timedelta(seconds=settings.CHECKOUT_LIFETIME), SHORTEST) + ASKED_AGAIN_FOR
    return order.asked_at + min(wished, LONGEST - timedelta(minutes=1))


def _asked(order: Order, price: str, customer: str) -> dict[str, Any]:
    ours = {PAYMENT: order.ref, OFFER: order.offer}
    asked: dict[str, Any] = {
        "client_reference_id": order.ref,
        "customer": customer,
        "line_items": [{"price": price, "quantity": 1}],
        "metadata": ours,
        "success_url": order.return_url,
        "cancel_url": order.cancel_url,
        "locale": locale(order.language),
        "adaptive_pricing": {"enabled": False},  # what is paid is what the plans page says, in that currency
    }
    if not order.interval:
        return {**asked, "mode": "payment", "payment_intent_data": {"metadata": ours, "description": order.title}}
    subscription: dict[str, Any] = {"metadata": ours}
    if order.trial_days:
        subscription |= {
            "trial_period_days": order.trial_days,
            "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        }
    return {
        **asked,
        "mode": "subscription",
        "subscription_data": subscription,
        "payment_method_collection": "always",  # a free time needs a card too
    }


def event_about(ref: str, success: bool) -> bytes:
    with client.asked() as api:
        session = client.plain(api.v1.checkout.sessions.retrieve(ref))
    told = {
        "id": f"evt_simulated_{secrets.token_hex(8)}",
        "object": "event",
        "api_version": client.API_VERSION,
        "created": int(time.time()),
        "type": "checkout.session.completed" if success else "checkout.session.async_payment_failed",
        "livemode": session["livemode"],
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "data": {"object": session},
    }
    return json.dumps(told).encode()
