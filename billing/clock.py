"""The time by which memberships run. Every question of whether a period has begun or ended asks here, so that all of
them go by one clock; with the sandbox the staff can move it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from billing.models import SandboxClock


def now() -> datetime:
    return timezone.now() + offset()


def offset() -> timedelta:
    """How far the sandbox's clock is ahead; never back."""
    if not settings.PLAZA_SANDBOX:
        return timedelta()
    return SandboxClock.objects.values_list("offset", flat=True).first() or timedelta()


def now_in_query() -> Any:
    """The same for a condition on rows, so that asking for the offset takes no query of its own."""
    if not settings.PLAZA_SANDBOX:
        return timezone.now()
    moved = Coalesce(Subquery(SandboxClock.objects.values("offset")[:1]), timedelta(), output_field=DurationField())
    return ExpressionWrapper(Value(timezone.now()) + moved, output_field=DateTimeField())
