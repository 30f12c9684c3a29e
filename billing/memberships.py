"""What somebody has: the one answer for pages, the API and what sockets are told."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, QuerySet, When

from accounts.models import User
from billing import clock
from billing.models import Grant, Plan, Subscription


@dataclass(frozen=True)
class Membership:
    """status   free, trialing, active, past_due, cancelling, ended
    ends_at  when it ends unless something happens; of an active subscription the next date; None: never
    """

    plan: Plan
    status: str
    ends_at: datetime | None
    subscription: Subscription | None
    grants: list[Grant]


def membership_of(user: User) -> Membership:
    """Three queries: what they were given, their latest subscription, the free plan."""
    now = clock.now_in_query()
    living = Grant.objects.living(now).filter(user=user).select_related("plan", "subscription", "payment")
    grants = list(living.order_by("-plan__rank", "pk"))
    subscription = _subscriptions(user).select_related("offer__plan").first()
    plan = grants[0].plan if grants else Plan.objects.get(is_free=True)
    status = _status(grants, subscription)
    return Membership(plan, status, _ends_at(grants, subscription), subscription, grants)


def status_of(user: User, *, grant: Grant | None = None) -> str:
    """Of their membership: a query, and another unless they have a subscription that lives, or `grant`, one of theirs
    that is at hand, does."""
    subscription = next(iter(_subscriptions(user).only("state", "cancels")[:1]), None)
    if subscription is not None and subscription.is_living:
        return _status([], subscription)
    if grant is not None and (grant.ends_at is None or grant.ends_at > clock.now()):
        return _status([grant], subscription)
    return _status(list(Grant.objects.living(clock.now_in_query()).filter(user=user).only("pk")[:1]), subscription)


def _subscriptions(user: User) -> QuerySet[Subscription]:
    """The one that counts is the first: the newest of those that live, else the newest."""
    is_living = Case(When(state__in=Subscription.LIVING, then=1), default=0)
    return Subscription.objects.filter(user=user).order_by(is_living.desc(), "-pk")


def _status(grants: list[Grant], subscription: Subscription | None) -> str:
    if subscription is not None and subscription.is_living:
        if subscription.state == Subscription.State.PAST_DUE:
            return "past_due"
        return "cancelling" if subscription.cancels else subscription.state
    if grants:
        return "active"
    return "ended" if subscription is not None else "free"


def _ends_at(grants: list[Grant], subscription: Subscription | None) -> datetime | None:
    if subscription is not None and subscription.is_living:
        return subscription.period_end
    ends = [grant.ends_at for grant in grants]
    if ends:
        return None if None in ends else max(end for end in ends if end is not None)
    return subscription.ended_at if subscription is not None else None
