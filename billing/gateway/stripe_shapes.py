"""Stripe's objects as the mirror keeps them, with what dj-stripe does not find in today's shapes put where it looks."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Who somebody is stands with us; the mirror needs no second place for it. Nor does it need what opens a door.
LEFT_OUT = frozenset(
    {
        *("name", "email", "phone", "address", "shipping", "billing_details", "receipt_email"),
        *("customer_name", "customer_email", "customer_phone", "customer_address", "customer_shipping"),
        *("customer_details", "customer_tax_ids", "collected_information", "shipping_details", "owner"),
        "client_secret",
    }
)
# What dj-stripe's hooks would go through and ask Stripe about: it is in `told`, and what is kept of it comes by itself.
LISTS = frozenset(
    {
        *("items", "lines", "refunds", "payments", "discount", "discounts", "sources", "tax_rates"),
        *("default_tax_rates", "invoice_settings"),
    }
)
RELATIONS = ("customer", "subscription", "invoice", "charge", "payment_intent", "price", "product")


@dataclass(frozen=True)
class Shown:
    """`told`: all that is kept of it, in Stripe's shape. `flat`: for dj-stripe, without what hangs on to it.
    `named`: the ids that it refers to, by the names that dj-stripe has for them."""

    kind: str
    id: str
    told: dict[str, Any]
    flat: dict[str, Any]
    named: dict[str, str]


def as_shown(objects: Iterable[Any], kinds: Collection[str]) -> list[Shown]:
    """These and what they contain of those kinds, each once: whoever says most about one is heard."""
    found: dict[str, Shown] = {}
    for thing in objects:
        for one in _inside(_plain(thing), kinds):
            if one.id not in found or len(one.told) > len(found[one.id].told):
                found[one.id] = one
    return list(found.values())


def _plain(thing: Any) -> Any:
    """A copy of nothing but what JSON knows. The SDK makes objects, and numbers of what Stripe writes as text
    (`unit_amount_decimal`)."""
    return json.loads(json.dumps(thing, default=_said))


def _said(value: Any) -> Any:
    return value.to_dict() if hasattr(value, "to_dict") else str(value)


def _inside(value: Any, kinds: Collection[str]) -> Iterator[Shown]:
    if isinstance(value, list):
        for each in value:
            yield from _inside(each, kinds)
    elif isinstance(value, dict):
        if value.get("object") in kinds and isinstance(value.get("id"), str):
            yield _shown(value)
        for each in value.values():
            yield from _inside(each, kinds)


def _shown(thing: dict[str, Any]) -> Shown:
    kind = thing["object"]
    told = _without_people(thing, kind)
    named = {name: ref for name in RELATIONS if (ref := id_of(thing.get(name)))}
    named |= {name: ref for name, ref in _elsewhere_today(thing).items() if ref and name not in named}
    flat = {name: value for name, value in told.items() if name not in LISTS and name not in RELATIONS}
    return Shown(kind, thing["id"], told, flat, named)


def _elsewhere_today(thing: Mapping[str, Any]) -> dict[str, str]:
    """Where an invoice's subscription and payment went in 2025: https://docs.stripe.com/changelog/basil."""
    if thing["object"] != "invoice":
        return {}
    parent = (thing.get("parent") or {}).get("subscription_details") or {}
    payments = [one.get("payment") or {} for one in (thing.get("payments") or {}).get("data") or []]
    paid: dict[str, str] = {"subscription": id_of(parent.get("subscription"))}
    for payment in payments:
        intent = payment.get("payment_intent")
        paid["payment_intent"] = paid.get("payment_intent") or id_of(intent)
        latest = intent.get("latest_charge") if isinstance(intent, dict) else None
        paid["charge"] = paid.get("charge") or id_of(payment.get("charge") or latest)
    return paid


def id_of(value: Any) -> str:
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""


def _without_people(value: Any, kind: str) -> Any:
    if isinstance(value, list):
        return [_without_people(each, kind) for each in value]
    if not isinstance(value, dict):
        return value.replace("\0", "") if isinstance(value, str) else value
    kind = str(value.get("object") or kind)
    return {name: _without_people(each, kind) for name, each in value.items() if not _is_left_out(name, kind)}


def _is_left_out(name: str, kind: str) -> bool:
    if kind == "customer" and name == "description":
        return True
    return name in LEFT_OUT and not (kind == "product" and name == "name")  # what is sold is nobody
