"""Plans, and people who have them."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ADDRESS, make_person
from billing import actions
from billing.models import Grant, Plan


def plan(code: str) -> Plan:
    return Plan.objects.get(code=code)


def staff() -> User:
    """dana, if the test has her."""
    return User.objects.filter(is_superuser=True).first() or make_person("sue", is_staff=True, is_superuser=True)


def give(user: User, code: str, until: datetime | None = None, reason: str = "") -> Grant:
    """By the staff."""
    return actions.give_plan(user=user, plan=plan(code), until=until, by=staff(), address=ADDRESS, reason=reason)


def in_days(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def end(grant: Grant) -> None:
    """It began two days ago and ended a moment ago."""
    Grant.objects.filter(pk=grant.pk).update(starts_at=in_days(-2), ends_at=timezone.now())
