"""What Stripe has told us, kept in dj-stripe's tables for pages and the staff to read. Nothing is decided by it.

`keep` is given objects that were fetched for something else, and asks Stripe for nothing: docs/adr/0012.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog
from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from billing.gateway.stripe_shapes import Shown, as_shown
from core.locks import take_turns

log = structlog.get_logger(__name__)

# dj-stripe writes the key that it works with into a table and asks Stripe with it for what it misses. This one is
# public by its kind and nobody's: there is nothing to read off the table, and no question would be answered.
NO_KEY = "pk_test_000000000000000000000000"
# In this order each finds those that it refers to. Our names of Stripe's kinds, and dj-stripe's of its models.
KINDS = {
    "product": "Product",
    "price": "Price",
    "customer": "Customer",
    "subscription": "Subscription",
    "subscription_item": "SubscriptionItem",
    "payment_intent": "PaymentIntent",
    "charge": "Charge",
    "invoice": "Invoice",
    "refund": "Refund",
    "checkout.session": "Session",
}
ORDER = tuple(KINDS)
LONG_AGO = datetime.fromtimestamp(0, tz=UTC)


class _Known(NamedTuple):
    """A row that is there: as of when it is, and what it says."""

    as_of: datetime
    told: dict[str, Any]


def keep(objects: Iterable[Any], *, asked_at: datetime | None = None) -> int:
    """How many rows are as these objects are now; whatever they contain is kept too.

    `asked_at` is when Stripe was asked (now, if it is not said): a row that is as of a later question stays. To be
    called outside of a transaction, after what matters; an object that cannot be kept is logged, and no reason to fail.
    """
    as_of = asked_at or timezone.now()
    shown = sorted(as_shown(objects, KINDS), key=lambda one: (ORDER.index(one.kind), one.id))
    if not shown:
        return 0
    with transaction.atomic():
        take_turns("stripe_mirror", {one.id for one in shown} | {ref for one in shown for ref in one.named.values()})
        known = _known(shown)
        fresh = [one for one in shown if one.id not in known or known[one.id].as_of <= as_of]
        changed = [one for one in fresh if one.id not in known or known[one.id].told != one.told]
        kept = [one for one in changed if _is_kept(one)]
        same = [one for one in fresh if one.id in known and known[one.id].told == one.told]
        _stamp([*kept, *same], as_of)
    return len(kept) + len(same)


def without_charge(intents: list[str]) -> list[str]:
    """Those payment intents of which no charge is kept."""
    charges = _model("charge").objects.filter(payment_intent_id__in=intents)
    kept = set(charges.values_list("payment_intent_id", flat=True))
    return [ref for ref in intents if ref not in kept]


def _known(shown: list[Shown]) -> dict[str, _Known]:
    """One question per kind."""
    found: dict[str, _Known] = {}
    for kind in {one.kind for one in shown}:
        rows = _model(kind).objects.filter(id__in=[one.id for one in shown if one.kind == kind])
        for ref, as_of, told in rows.values_list("id", "djstripe_updated", "stripe_data"):
            found[ref] = _Known(as_of, told)
    return found


def _is_kept(one: Shown) -> bool:
    try:
        with transaction.atomic():
            _write(one)
    except Exception:  # Stripe's shapes and dj-stripe's code change; what is only shown must not stop what is real
        log.warning("not_mirrored", kind=one.kind, id=one.id, exc_info=True)
        return False
    return True


def _write(one: Shown) -> None:
    model = _model(one.kind)
    data = _with_relations(model, one)
    if one.kind == "product":  # its sync asks for the product's features each time
        record = model._stripe_object_to_record(data, api_key=NO_KEY)
        model.objects.update_or_create(id=one.id, defaults=record)
    else:
        model.sync_from_stripe_data(data, api_key=NO_KEY)
    model.objects.filter(id=one.id).update(stripe_data=one.told)


def _with_relations(model: Any, one: Shown) -> dict[str, Any]:
    """What it refers to is there, at least by its name, or is left out: dj-stripe would ask Stripe for it."""
    data, named = dict(one.flat), dict(one.named)
    if one.kind == "refund" and "charge" not in named:
        named["charge"] = _charge_of(named.get("payment_intent", ""))
    for field in model._meta.get_fields():
        if isinstance(field, models.OneToOneRel):
            data.pop(field.name, None)
        elif isinstance(field, models.ForeignKey) and not field.name.startswith("djstripe_"):
            ref = named.get(field.name)
            data[field.name] = ref if ref and _is_there(field.related_model, ref, named) else None
    return data


def _charge_of(intent: str) -> str:
    """A refund may name no more than what was refunded; dj-stripe's has to have a charge."""
    paid = _model("charge").objects.filter(payment_intent=intent, status="succeeded")
    return str(paid.values_list("id", flat=True).first() or "")


def _is_there(model: Any, ref: str, named: dict[str, str]) -> bool:
    """Customers, subscriptions and products of which only the name is known get a row that says no more, as of long
    ago: whatever is told of them fills it."""
    if not ref or not hasattr(model, "stripe_class"):
        return False
    if model.objects.filter(id=ref).exists():
        return True
    if model in (_model("customer"), _model("product")):
        model.objects.create(id=ref)
    elif model is _model("subscription") and _is_there(_model("customer"), named.get("customer", ""), named):
        model.objects.create(id=ref, customer_id=named["customer"])
    else:
        return False
    model.objects.filter(id=ref).update(djstripe_updated=LONG_AGO)
    return True


def _stamp(kept: list[Shown], as_of: datetime) -> None:
    """`djstripe_updated` is as of when a row is, which is not when it was written."""
    for kind in {one.kind for one in kept}:
        refs = [one.id for one in kept if one.kind == kind]
        _model(kind).objects.filter(id__in=refs).update(djstripe_updated=as_of)


def _model(kind: str) -> Any:
    return apps.get_model("djstripe", KINDS[kind])
