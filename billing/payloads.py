"""The one JSON shape of an offer, a payment, a refund and a membership."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from billing import gateway, usage
from billing.memberships import Membership
from billing.models import Grant, Offer, Payment, Plan, Refund
from billing.policies import Limit
from core.models import Work
from core.times import iso

LIMITS: tuple[Limit, ...] = ("rooms_per_12h", "characters_per_month", "ai_messages_per_month", "file_bytes")
_REFUND_STATES = {Work.State.DONE: "succeeded", Work.State.FAILED: "failed"}


def money(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def limits(plan: Plan) -> dict[str, int | None]:
    """None is unlimited."""
    return {name: getattr(plan, name) for name in LIMITS}


def offers(plans: list[Plan], on_sale: list[Offer]) -> list[dict[str, Any]]:
    """What can be had, the free plan first; offers have their plan and prices loaded."""
    free = [_free(plan) for plan in plans if plan.is_free]
    providers = [module.CODE for module in gateway.all_there()]
    return free + [_offer(offer, providers) for offer in on_sale]


def _free(plan: Plan) -> dict[str, Any]:
    nothing = {"prices": [], "interval": "lifetime", "trial_days": 0, "providers": []}
    return {"code": plan.code, "name": plan.name, "plan": plan.code, **nothing, **_what(plan)}


def _offer(offer: Offer, providers: list[str]) -> dict[str, Any]:
    prices = sorted((price.currency, price.amount) for price in offer.prices.all())
    return {
        "code": offer.code,
        "name": offer.plan.name,
        "plan": offer.plan.code,
        "prices": [money(amount, currency) for currency, amount in prices],
        "interval": offer.interval,
        "trial_days": offer.trial_days,
        "providers": providers,
        **_what(offer.plan),
    }


def _what(plan: Plan) -> dict[str, Any]:
    return {"limits": limits(plan), "features": plan.features}


def payment(row: Payment) -> dict[str, Any]:
    shown = {
        "id": row.ref,
        "status": row.state,
        "amount": money(row.amount, row.currency),
        "refunded": money(row.refunded, row.currency),
        "provider": row.provider,
        "plan": row.offer.code if row.offer else None,
        "created_at": iso(row.created_at),
        "paid_at": iso(row.paid_at),
        "expires_at": iso(row.expires_at),
    }
    if row.state == Payment.State.PENDING and row.checkout_url:
        shown["checkout_url"] = row.checkout_url
    if row.failure:
        shown["failure"] = row.failure
    if row.receipt_url:
        shown["receipt_url"] = row.receipt_url
    return shown


def refund(row: Refund) -> dict[str, Any]:
    return {
        "id": row.ref,
        "payment": row.payment.ref,
        "status": _REFUND_STATES.get(Work.State(row.state), "pending"),
        "amount": money(row.amount, row.payment.currency),
        "reason": row.reason,
        "effect": row.effect,
    }


def membership(user: User, now: Membership, allowed: Mapping[Limit, int | None]) -> dict[str, Any]:
    """`allowed` is what counts, over all that they have; `used` what of it they have used."""
    row = now.subscription if now.subscription and now.subscription.is_living else None
    return {
        "plan": now.plan.code,
        "status": now.status,
        "ends_at": iso(now.ends_at),
        "limits": allowed,
        "used": usage.used_by(user),
        "features": now.plan.features,
        "subscription": row and {"plan": row.offer.code, "amount": money(row.amount, row.currency), "card": row.card},
        "grants": [_grant(one) for one in now.grants],
    }


def _grant(row: Grant) -> dict[str, Any]:
    return {"plan": row.plan.code, "source": row.source, "starts_at": iso(row.starts_at), "ends_at": iso(row.ends_at)}
