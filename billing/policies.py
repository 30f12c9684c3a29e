"""What somebody's plan allows. Questions without effects."""

import time
from typing import Literal

from django.db.models import Q

from accounts.models import User
from billing import clock
from billing.models import Grant, Plan, Trial

Limit = Literal["rooms_per_12h", "characters_per_month", "ai_messages_per_month", "file_bytes"]

# What a socket knows of a person may be as old as the socket: a new plan counts as soon as a ban would.
HELD_SECONDS = 2
_HELD = "_plans_held"


def plan_of(user: User) -> Plan:
    """The best that they have; the free plan if they have none."""
    return plans_of(user)[0]


def is_free(user: User) -> bool:
    return plan_of(user).is_free


def limit(user: User, what: Limit) -> int | None:
    """The most that any of their plans allows; None is unlimited. The free plan counts for who has no other."""
    allowed: list[int | None] = [getattr(plan, what) for plan in plans_of(user)]
    return None if None in allowed else max(number for number in allowed if number is not None)


def plans_of(user: User) -> list[Plan]:
    """Those of their living grants, the best first; without any, the free one. One query for a request: what it
    answered is held on this very object, which the next request does not have."""
    held: tuple[float, list[Plan]] | None = getattr(user, _HELD, None)
    if held is None or time.monotonic() - held[0] > HELD_SECONDS:
        held = time.monotonic(), _ask(user)
        setattr(user, _HELD, held)
    return held[1]


def may_have_trial(user: User) -> bool:
    """Free days are had once; who subscribes already, or did, has had theirs."""
    return not Trial.objects.filter(user=user).exists()


def forget_plans_of(user: User) -> None:
    """What this object holds: its plans have just changed."""
    if hasattr(user, _HELD):
        delattr(user, _HELD)


def _ask(user: User) -> list[Plan]:
    granted = Grant.objects.living(clock.now_in_query()).filter(user=user).values("plan")
    plans = list(Plan.objects.filter(Q(is_free=True) | Q(pk__in=granted)).order_by("-rank"))
    return [plan for plan in plans if not plan.is_free] or plans
