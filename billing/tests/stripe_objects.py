"""Stripe's objects in the shapes that Stripe publishes (stripe/openapi, fixtures3.json, 2026-08-21), one life of them:
somebody who pays each month. Only what the mirror looks at differs from what is published."""

import copy
import json
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent / "data" / "stripe-fixtures3.json"
PUBLISHED = json.loads(EXAMPLES.read_text(encoding="utf-8"))["resources"]


def published(kind: str, **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(PUBLISHED[kind]), **changes}


def customer(**changes: Any) -> dict[str, Any]:
    known = {"id": "cus_1", "email": "alice@plaza.example", "name": "Alice", "description": "Alice, of Cairo"}
    return published("customer", **{**known, **changes})


def product(**changes: Any) -> dict[str, Any]:
    return published("product", **{"id": "prod_1", "name": "Plus", **changes})


def price(**changes: Any) -> dict[str, Any]:
    return published("price", **{"id": "price_1", "product": "prod_1", **changes})


def subscription(**changes: Any) -> dict[str, Any]:
    item = published("subscription_item", id="si_1", subscription="sub_1", price=price())
    listed = {"object": "list", "data": [item], "has_more": False, "url": "/v1/subscription_items"}
    return published("subscription", **{"id": "sub_1", "customer": "cus_1", "items": listed, **changes})


def charge(**changes: Any) -> dict[str, Any]:
    known = {"id": "ch_1", "customer": "cus_1", "payment_intent": "pi_1", "amount": 9900, "currency": "egp"}
    return published("charge", **{**known, **changes})


def payment_intent(**changes: Any) -> dict[str, Any]:
    known = {"id": "pi_1", "customer": "cus_1", "amount": 9900, "status": "succeeded", "latest_charge": "ch_1"}
    return published("payment_intent", **{**known, **changes})


def invoice(**changes: Any) -> dict[str, Any]:
    """As since 2025: its subscription and its payments are not where they were."""
    paid = {"type": "payment_intent", "payment_intent": "pi_1"}
    payments = {"object": "list", "data": [published("invoice_payment", invoice="in_1", payment=paid)]}
    known: dict[str, Any] = {
        "id": "in_1",
        "customer": "cus_1",
        "customer_email": "alice@plaza.example",
        "number": "PLZ-0001",
        "status": "paid",
        "amount_paid": 9900,
        "total": 9900,
        "currency": "egp",
        "hosted_invoice_url": "https://invoice.stripe.com/i/acct_1/test_1",
        "invoice_pdf": "https://pay.stripe.com/invoice/acct_1/test_1/pdf",
        "parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1", "metadata": {}}},
        "payments": payments,
    }
    without = published("invoice")
    without.pop("subscription", None)
    return {**without, **known, **changes}


def refund(**changes: Any) -> dict[str, Any]:
    return published("refund", **{"id": "re_1", "charge": "ch_1", "amount": 9900, "currency": "egp", **changes})


def session(**changes: Any) -> dict[str, Any]:
    known = {"id": "cs_test_1", "mode": "subscription", "customer": "cus_1", "subscription": "sub_1"}
    return published("checkout.session", **{**known, "payment_intent": None, "invoice": "in_1", **changes})


def a_life() -> list[dict[str, Any]]:
    """What settling one renewal fetches."""
    return [
        session(),
        subscription(customer=customer()),
        product(),
        invoice(),
        payment_intent(latest_charge=charge()),
        refund(),
    ]
