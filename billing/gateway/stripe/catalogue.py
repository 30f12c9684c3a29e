"""What checkouts name at Stripe and is made once: prices, and the customer that somebody is there."""

import hashlib
from typing import Any

from django.db import IntegrityError, transaction

from billing.gateway import Order, ProviderRefused
from billing.gateway.stripe import client
from billing.gateway.stripe.amounts import to_stripe
from billing.gateway.stripe.truths import OFFER
from billing.models import ProviderCustomer

PERSON = "plaza_person"


def price(api: Any, order: Order) -> str:
    """The id of the one price for that offer, amount and interval, found by its lookup key and made if it is missing.

    So it is the same in Stripe's dashboard, on invoices and after a change made in the portal.
    """
    amount, currency = to_stripe(order.amount, order.currency), order.currency.lower()
    key = "-".join(("plaza", order.offer, currency, str(amount), order.interval or "once"))
    found = api.v1.prices.list({"lookup_keys": [key], "limit": 1}).data
    if found and found[0].active:
        return str(found[0].id)
    asked = {
        "currency": currency,
        "unit_amount": amount,
        "lookup_key": key,
        "transfer_lookup_key": True,
        "metadata": {OFFER: order.offer},
        "product_data": {"name": order.title, "metadata": {OFFER: order.offer}},
        **({"recurring": {"interval": order.interval}} if order.interval else {}),
    }
    # Another language names it otherwise; that is another wish, and the later one takes over the lookup key.
    seen = (key, found[0].id if found else "new", _short(order.title))
    made = api.v1.prices.create(asked, {"idempotency_key": "-".join(("price", *seen))})
    return str(made.id)


def customer(api: Any, order: Order) -> str:
    """Who this person is in this account of Stripe's: made at their first checkout, and kept."""
    which = {"user_id": int(order.customer), "provider": "stripe", "account": client.account(api)}
    known = ProviderCustomer.objects.filter(**which).first()
    return known.ref if known else _make(api, order, which, "new")


def another_customer(api: Any, order: Order, gone: str) -> str:
    """The one that we knew was deleted in Stripe's dashboard."""
    which = {"user_id": int(order.customer), "provider": "stripe", "account": client.account(api)}
    ProviderCustomer.objects.filter(**which, ref=gone).delete()
    return _make(api, order, which, gone)


def _make(api: Any, order: Order, which: dict[str, Any], instead_of: str) -> str:
    asked = {"email": order.email, "metadata": {PERSON: order.customer}}
    key = "-".join(("customer", order.customer, instead_of, _short(order.email)))
    made = api.v1.customers.create(asked, {"idempotency_key": key})
    try:
        with transaction.atomic():
            return ProviderCustomer.objects.create(**which, ref=made.id).ref
    except IntegrityError:  # another checkout of theirs was quicker, or they have just gone
        known = ProviderCustomer.objects.filter(**which).first()
        if known is None:
            raise ProviderRefused("nobody") from None
        return known.ref


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
