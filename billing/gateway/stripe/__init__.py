"""Stripe as a provider: Checkout, subscriptions, the customer portal, refunds.

Every POST carries an idempotency key: ours where something is made of which there must be one, else one of the SDK's
for its own second try. Nothing here decides anything; objects that were fetched go along with what they were read as,
so that the mirror is given the same ones (`keep`).
"""

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from billing.gateway import (
    CheckoutTruth,
    Event,
    Fact,
    Opened,
    Order,
    ProviderRefused,
    RefundTruth,
    SubscriptionTruth,
    header,
    own_webhook_address,
)
from billing.gateway.stripe import truths, webhooks
from billing.gateway.stripe.amounts import to_stripe

CODE, NAME = "stripe", "Stripe"
NEWEST = 12  # invoices that a subscription tells of
NEWEST_CHARGES = 2  # of them whose charges are asked for
MIRROR = "billing.gateway.stripe_mirror"
PUBLIC_HOST = "https://api.stripe.com"
PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com")
# https://docs.stripe.com/js/appendix/supported_locales, as the SDK lists them for both pages. There is no Arabic.
LOCALES = frozenset(
    "bg cs da de el en es et fi fil fr hr hu id it ja ko lt lv ms mt nb nl pl pt ro ru sk sl sv th tr vi zh".split()  # noqa: SIM905 - a list of words
)
EXPAND_CHECKOUT = ["payment_intent.latest_charge", "invoice.payments"]
EXPAND_SUBSCRIPTION = ["default_payment_method", "customer.invoice_settings.default_payment_method"]

log = structlog.get_logger(__name__)


def is_there() -> bool:
    return bool(settings.STRIPE_SECRET_KEY)


def page_origins() -> tuple[str, ...]:
    """Where its own pages are: a form of ours may lead there."""
    return PAGES if settings.STRIPE_API_HOST == PUBLIC_HOST else (*PAGES, settings.STRIPE_API_HOST)


def _client() -> Any:
    """Late: the SDK takes a second to load, and most processes never ask Stripe."""
    return import_module("billing.gateway.stripe.client")


# --- Checkout -------------------------------------------------------------------------------------------------------
def open_checkout(order: Order) -> Opened:
    from billing.gateway.stripe import checkout

    return checkout.open_one(order)


def fetch_checkout(ref: str) -> CheckoutTruth:
    client = _client()
    with client.asked() as api:
        session = api.v1.checkout.sessions.retrieve(ref, {"expand": EXPAND_CHECKOUT})
    return truths.checkout(client.plain(session))


def close_checkout(ref: str) -> None:
    """One that is not open any more is left as it is: Stripe refuses it, and what came of it is asked anyway."""
    with _client().asked() as api:
        if api.v1.checkout.sessions.retrieve(ref).status == "open":
            api.v1.checkout.sessions.expire(ref)


# --- Subscriptions --------------------------------------------------------------------------------------------------
def fetch_subscription(ref: str) -> SubscriptionTruth:
    """Two questions; one more where a payment has failed, for why, and for each new charge."""
    client = _client()
    with client.asked() as api:
        found = client.plain(api.v1.subscriptions.retrieve(ref, {"expand": EXPAND_SUBSCRIPTION}))
        listed = api.v1.invoices.list({"subscription": ref, "limit": NEWEST, "expand": ["data.payments"]})
        invoices = [client.plain(one) for one in listed.data]
        failures = {one["id"]: _why(api, truths.unpaid_intent(one)) for one in invoices if truths.unpaid_intent(one)}
    return truths.subscription(found, invoices, failures, _new_charges(invoices))


def _new_charges(invoices: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """What the newest invoices were paid with, as far as the mirror lacks it: so it is asked for once. An invoice only
    names it. Where it cannot be asked, nothing but the mirror is without it."""
    if find_spec(MIRROR) is None:
        return []
    paid = [truths.charge_of(one) for one in invoices[:NEWEST_CHARGES]]
    client, expand = _client(), {"expand": ["latest_charge"]}
    try:
        missing = import_module(MIRROR).without_charge([ref for ref in paid if ref.startswith("pi_")])
        with client.asked() as api:
            return [client.plain(api.v1.payment_intents.retrieve(ref, expand)) for ref in missing]
    except Exception:  # as `keep` of billing.gateway: what is only shown must not stop what is real
        log.exception("charges_not_fetched")
        return []


def _why(api: Any, intent: str) -> str:
    """Also where Stripe does not say why, it is something: without a word an open invoice is one that was not tried."""
    return truths.failure_of(_client().plain(api.v1.payment_intents.retrieve(intent))) or "payment_failed"


def cancel(ref: str, at_period_end: bool) -> None:
    """At the end of what is paid, or now. Where nothing is paid for any more, the one is the other."""
    with _client().asked() as api:
        found = api.v1.subscriptions.retrieve(ref)
        if found.status in ("canceled", "incomplete_expired"):
            return
        if at_period_end and found.status in ("active", "trialing"):
            if not found.cancel_at_period_end:
                api.v1.subscriptions.update(ref, {"cancel_at_period_end": True})
        else:
            api.v1.subscriptions.cancel(ref)


def resume(ref: str) -> None:
    """The portal may have set a date (`cancel_at`) where we say `cancel_at_period_end`; only what is set is taken back,
    since Stripe takes one of the two at a time."""
    with _client().asked() as api:
        found = api.v1.subscriptions.retrieve(ref)
        if found.status in ("canceled", "incomplete_expired"):
            raise ProviderRefused("ended")
        if found.cancel_at_period_end:
            api.v1.subscriptions.update(ref, {"cancel_at_period_end": False})
        elif found.cancel_at:
            api.v1.subscriptions.update(ref, {"cancel_at": ""})


def change(ref: str, order: Order) -> None:
    """Dearer, or another interval: what is due is charged at once, or it stays as it was. Cheaper: from the next period
    on. From a year to months what is left of the year is credited, and the months are paid out of that."""
    from billing.gateway.stripe import catalogue

    with _client().asked() as api:
        found = _client().plain(api.v1.subscriptions.retrieve(ref))
        item = found["items"]["data"][0]
        wanted = catalogue.price(api, order)
        if item["price"]["id"] == wanted:
            return
        is_longer = item["price"]["recurring"]["interval"] != order.interval
        is_dearer = to_stripe(order.amount, order.currency) > (item["price"]["unit_amount"] or 0)
        asked = {
            "items": [{"id": item["id"], "price": wanted}],
            "metadata": {truths.OFFER: order.offer},
            "proration_behavior": "always_invoice" if is_longer or is_dearer else "none",
            "payment_behavior": "error_if_incomplete",
        }
        # The same wish about what was seen in the same state is one change, however often it is sent.
        seen = (ref, item["price"]["id"], wanted, str(item["current_period_start"]), str(found["latest_invoice"]))
        api.v1.subscriptions.update(ref, asked, {"idempotency_key": "-".join(("change", *seen))})


def open_portal(ref: str, return_url: str, language: str) -> str:
    with _client().asked() as api:
        customer = api.v1.subscriptions.retrieve(ref).customer
        asked = {"customer": customer, "return_url": return_url, "locale": locale(language)}
        address: str = api.v1.billing_portal.sessions.create(asked).url
    return address


def locale(language: str) -> str:
    """What both pages speak; in others they go by the browser."""
    code = language.partition("-")[0]
    return code if code in LOCALES else "auto"


# --- Refunds --------------------------------------------------------------------------------------------------------
def refund(charge: str, amount: int, currency: str, key: str) -> RefundTruth:
    """Stripe forgets idempotency keys after a day: whether it was made before is looked up first."""
    client = _client()
    known = next((one for one in fetch_refunds(charge) if one.key == key), None)
    if known is not None:
        return known
    asked = {**_which(charge), "amount": to_stripe(amount, currency), "metadata": {truths.REFUND: key}}
    with client.asked() as api:
        made = api.v1.refunds.create(asked, {"idempotency_key": f"refund-{key}"})
    return truths.refund(client.plain(made))


def _which(charge: str) -> dict[str, str]:
    return {"payment_intent" if charge.startswith("pi_") else "charge": charge}


def fetch_refunds(charge: str) -> list[RefundTruth]:
    client = _client()
    with client.asked() as api:
        made = api.v1.refunds.list({**_which(charge), "limit": 100}).data
    return [truths.refund(client.plain(one)) for one in made]


def fetch_refund(ref: str) -> RefundTruth:
    client = _client()
    with client.asked() as api:
        found = api.v1.refunds.retrieve(ref)
    return truths.refund(client.plain(found))


# --- Webhooks and the mirror ----------------------------------------------------------------------------------------
def read_webhook(raw: bytes, headers: Mapping[str, str]) -> Event:
    """`Stripe-Signature: t=…,v1=…` over the raw body: https://docs.stripe.com/webhooks/signature."""
    _client().check_signature(raw, header(headers, webhooks.SIGNATURE))
    return webhooks.read(raw)


def keep(objects: list[Mapping[str, Any]], asked_at: datetime) -> None:
    """For the mirror, which pages and staff read and nothing decides by; where there is none, nothing."""
    if find_spec(MIRROR) is not None:
        import_module(MIRROR).keep(objects, asked_at=asked_at)


# --- For the commands -----------------------------------------------------------------------------------------------
def account() -> str:
    """Whose keys these are, and whether for real money: `acct_… live`."""
    client = _client()
    with client.asked() as api:
        return f"{client.account(api)} {'live' if is_live() else 'test'}"


def is_live() -> bool:
    return "_live_" in settings.STRIPE_SECRET_KEY[:8]


def checks() -> list[Fact]:
    from billing.gateway.stripe import readiness

    return readiness.all_of_them(webhook_address=f"{settings.PUBLIC_URL}{urlsplit(webhook_address()).path}")


def simulate(ref: str, success: bool) -> bytes:
    """The body of an event about that checkout. What has become of it is asked of Stripe all the same: nothing is paid
    by this."""
    from billing.gateway.stripe import checkout

    return checkout.event_about(ref, success)


def sign(body: bytes, at: int) -> dict[str, str]:
    """The headers that go with it, as if it was sent `at` that second."""
    return {"Content-Type": "application/json", webhooks.SIGNATURE: _client().sign(body, at)}


def webhook_address() -> str:
    return own_webhook_address(CODE)
