"""Every change to plans and to who has one. `by` is who does it, `address` where from; it is all in the audit log."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.actions.staff import looked_after
from accounts.errors import NothingToDo, StaffAccount
from accounts.models import User
from accounts.policies import may_look_after
from billing import clock, policies
from billing.errors import PaidFor
from billing.models import Feature, Grant, Interval, Offer, Plan, Price
from core.errors import Invalid
from core.times import iso

LIMITS = ("rooms_per_12h", "characters_per_month", "ai_messages_per_month", "file_bytes", "features")


@transaction.atomic
def give_plan(*, user: User, plan: Plan, until: datetime | None, by: User, address: str, reason: str = "") -> Grant:
    """From now `until` then, or for good. Raises OwnAccount, StaffAccount, NothingToDo for an account that was deleted,
    Invalid that names `plan` (everybody has the free one) or `until`."""
    person, now = looked_after(user, by), clock.now()
    if person.erased_at is not None:
        raise NothingToDo
    if plan.is_free:
        raise Invalid(fields={"plan": _("Everybody has this plan already.")})
    if until is not None and until <= now:
        raise Invalid(fields={"until": _("This must be in the future.")})
    grant = Grant.objects.create(
        user=person, plan=plan, source=Grant.Source.STAFF, starts_at=now, ends_at=until, given_by=by, reason=reason
    )
    after = {"plan": plan.code, "until": iso(until), "reason": reason}
    audit.record("plan_given", actor=by, target=person, address=address, after=after)
    policies.forget_plans_of(user)
    return grant


@transaction.atomic
def take_back(*, grant: Grant, by: User, address: str) -> None:
    """It ends now. Raises StaffAccount, NothingToDo for one that has ended or has not begun."""
    given_to, now = grant.user, clock.now()
    grant = Grant.objects.select_for_update().select_related("plan").get(pk=grant.pk)
    if grant.source != Grant.Source.STAFF:
        raise PaidFor
    if given_to.pk != by.pk and not may_look_after(by, given_to):
        raise StaffAccount
    if not grant.is_living(now) or grant.starts_at == now:
        raise NothingToDo
    before = {"plan": grant.plan.code, "until": iso(grant.ends_at)}
    grant.ends_at = now
    grant.save(update_fields=["ends_at"])
    audit.record("plan_taken_back", actor=by, target=given_to, address=address, before=before)
    policies.forget_plans_of(given_to)


@transaction.atomic
def change_plan(*, plan: Plan, limits: dict[str, Any], by: User, address: str) -> None:
    """What it allows from now on: `limits` has all of LIMITS, None for unlimited.

    Raises Invalid that names the wrong ones, NothingToDo if nothing differs.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    _refuse_wrong_limits(limits)
    changed = {name: limits[name] for name in LIMITS if getattr(plan, name) != limits[name]}
    if not changed:
        raise NothingToDo
    before = {name: getattr(plan, name) for name in changed}
    for name, value in changed.items():
        setattr(plan, name, value)
    plan.save(update_fields=list(changed))
    audit.record("plan_changed", actor=by, target=plan, address=address, before=before, after=changed)


def _refuse_wrong_limits(limits: dict[str, Any]) -> None:
    wrong = {}
    if limits["rooms_per_12h"] == 0:
        wrong["rooms_per_12h"] = _("One at least.")
    if limits["file_bytes"] is None:
        wrong["file_bytes"] = _("Files have a limit in every plan.")
    if not set(limits["features"]) <= set(Feature.values):
        wrong["features"] = _("There is no such feature.")
    if wrong:
        raise Invalid(fields=wrong)


@transaction.atomic
def change_offer(*, offer: Offer, changes: dict[str, Any], by: User, address: str) -> None:
    """What it costs and for how long it lasts from now on; who has bought it already keeps what they bought.

    changes  any of is_on_sale, days (None: for good), trial_days, prices ({currency: amount}, all of them)

    Raises Invalid that names the wrong ones, NothingToDo.
    """
    offer = Offer.objects.select_for_update().get(pk=offer.pk)
    _refuse_wrong_offer(offer, changes)
    before = _as_it_is(offer)
    for name in {"is_on_sale", "days", "trial_days"} & changes.keys():
        setattr(offer, name, changes[name])
    offer.save()
    if "prices" in changes:
        offer.prices.exclude(currency__in=changes["prices"]).delete()
        for currency, amount in changes["prices"].items():
            Price.objects.update_or_create(offer=offer, currency=currency, defaults={"amount": amount})
    after = _as_it_is(offer)
    changed = {name for name in after if after[name] != before[name]}
    if not changed:
        raise NothingToDo
    audit.record(
        "offer_changed",
        actor=by,
        target=offer,
        address=address,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def _as_it_is(offer: Offer) -> dict[str, Any]:
    prices = dict(Price.objects.filter(offer=offer).values_list("currency", "amount"))
    return {"is_on_sale": offer.is_on_sale, "days": offer.days, "trial_days": offer.trial_days, "prices": prices}


def _refuse_wrong_offer(offer: Offer, changes: dict[str, Any]) -> None:
    wrong = {}
    if changes.get("trial_days") and not offer.renews:
        wrong["trial_days"] = _("Only a subscription can be free at first.")
    if changes.get("days", 1) is not None and changes.get("days", 1) < 1:
        wrong["days"] = _("One at least.")
    if changes.get("days") is not None and offer.interval != Interval.ONCE:
        wrong["days"] = _("Only what is paid once lasts for a number of days.")
    if any(amount < 1 for amount in changes.get("prices", {}).values()):
        wrong["prices"] = _("More than nothing.")
    if wrong:
        raise Invalid(fields=wrong)
