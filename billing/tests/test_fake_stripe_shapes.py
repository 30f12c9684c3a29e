"""Every object that the fake Stripe sends has the shape of Stripe's own example of it.

The examples are `data/stripe-fixtures3.json`: Stripe's `openapi/fixtures3.json` of 2026-08-21 (stripe/openapi, commit
f6c2a48f, MIT). They have a value in most fields that may be null, so a null fits anything.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from billing import gateway
from billing.tests.fake_stripe import FAILS_LATER, FakeStripe
from billing.tests.money import LEVEL1, MONTHLY, YEARLY, offer
from billing.tests.stripe_money import buy, checkout

pytestmark = pytest.mark.django_db
EXAMPLES = json.loads((Path(__file__).parent / "data" / "stripe-fixtures3.json").read_text())["resources"]
# Where the examples are behind the API's present version.
GONE = {"invoice": {"subscription"}}  # since 2025-03-31 in `parent`
# What depends on something else, so that the example is one of many.
FREE = {
    "metadata",
    "account.settings",
    "account.capabilities",
    "balance_transaction.fee_details",
    "checkout.session.payment_method_options",
    "event.data.object",
    "invoice.payment_settings",
    "invoice_payment.payment",
    "line_item.pricing",
    "payment_intent.last_payment_error",
    "payment_intent.payment_method_options",
    "subscription.billing_mode.flexible",
}
KINDS = (
    "account",
    "balance_transaction",
    "billing_portal.configuration",
    "billing_portal.session",
    "charge",
    "checkout.session",
    "customer",
    "event",
    "invoice",
    "invoice_payment",
    "line_item",
    "payment_intent",
    "payment_method",
    "plan",
    "price",
    "product",
    "refund",
    "subscription",
    "subscription_item",
    "webhook_endpoint",
)


_lived: dict[str, list[dict[str, Any]]] = {}


@pytest.fixture
def lived(request) -> dict[str, list[dict[str, Any]]]:
    """Every object after a life in which each kind of it came about, by kind. One life is enough for all of them."""
    if not _lived:
        _live(*(request.getfixturevalue(name) for name in ("stripe", "alice", "bob")))
    return _lived


def _live(stripe: FakeStripe, alice: User, bob: User) -> None:
    module = gateway.named("stripe")
    buy(stripe, alice, MONTHLY)
    stripe.pass_days(31)
    ref = stripe.books.all("subscription")[0]["id"]
    module.change(ref, _order(alice, YEARLY, ref))
    module.cancel(ref, at_period_end=True)
    module.open_portal(ref, "http://127.0.0.1/", "en")
    stripe.change_card(stripe.books.all("customer")[0]["id"], FAILS_LATER)
    once = buy(stripe, bob, LEVEL1)
    module.refund(once.charge_ref, 500, "EGP", "key")
    checkout(bob, LEVEL1)
    stripe.serve_endpoint("https://plaza.example/webhooks/stripe/")
    for thing in [*stripe.books.things.values(), *stripe.api.endpoints]:
        for one in (thing, *_within(thing)):
            _lived.setdefault(one["object"], []).append(one)


def _order(user, code: str, ref: str) -> gateway.Order:
    wished = offer(code)
    price = wished.prices.get(currency="EGP")
    return gateway.Order(ref, "Plaza", price.amount, "EGP", code, wished.interval, 0, str(user.pk), "", "", "", "")


def _within(thing: dict[str, Any]) -> list[dict[str, Any]]:
    if thing["object"] == "invoice":
        return thing["lines"]["data"]
    return [thing["plan"]] if thing["object"] == "subscription_item" else []


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_the_shape_of_stripes_example(lived, kind):
    example = {name: value for name, value in EXAMPLES[kind].items() if name not in GONE.get(kind, ())}

    assert lived[kind], "the life above makes one of each"
    for one in lived[kind]:
        assert list(_differences(one, example, kind)) == []


def test_nothing_is_sent_that_is_not_compared(lived):
    assert set(lived) == set(KINDS)


def _differences(ours: Any, example: Any, path: str):
    if ours is None or example is None or path in FREE or path.rpartition(".")[2] in FREE:
        return
    if type(ours) is not type(example):
        yield f"{path} is {type(ours).__name__}, there {type(example).__name__}"
    elif isinstance(ours, dict) and example:
        if ours.keys() != example.keys() and ours:
            yield f"{path} has {ours.keys() ^ example.keys()}"
        for name in ours.keys() & example.keys():
            yield from _differences(ours[name], example[name], f"{path}.{name}")
    elif isinstance(ours, list) and example:
        for one in ours:
            kind = one.get("object", path) if isinstance(one, dict) else path
            yield from _differences(one, example[0], kind)
