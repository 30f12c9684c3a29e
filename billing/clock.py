"""The time by which memberships run. Every question of whether a period has begun or ended asks here, so that all of
them go by one clock; with the sandbox the staff can move it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from billing.models import SandboxClock

_held: ContextVar[list[SandboxClock] | None] = ContextVar("held", default=None)


def now() -> datetime:
    return timezone.now() + offset()


def offset() -> timedelta:
    """How far the sandbox's clock is ahead; never back."""
    return sandbox().offset if settings.PLAZA_SANDBOX else timedelta()


def sandbox() -> SandboxClock:
    """Its row, or as if there were one."""
    held = _held.get()
    if held:
        return held[0]
    row = SandboxClock.objects.first() or SandboxClock()
    if held is not None:
        held.append(row)
    return row


@contextmanager
def held() -> Iterator[None]:
    """For a moment, as to settle a payment takes: the staff's clock is read once in it."""
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def now_in_query() -> Any:
    """The same for a condition on rows, so that asking for the offset takes no query of its own."""
    if not settings.PLAZA_SANDBOX:
        return timezone.now()
    moved = Coalesce(Subquery(SandboxClock.objects.values("offset")[:1]), timedelta(), output_field=DurationField())
    return ExpressionWrapper(Value(timezone.now()) + moved, output_field=DateTimeField())
