"""The sandbox does not answer for a while, as real providers sometimes do not: for whoever wants to see what Plaza does
then. By the real time; its pages and its events go on, as most often with a provider whose API is down.
"""

from datetime import timedelta

from django.utils import timezone

from billing import clock
from billing.models import SandboxClock

LONGEST = 3600  # seconds


def begin(*, seconds: int) -> None:
    """Instead of the one that is on; 0 ends it."""
    until = timezone.now() + timedelta(seconds=min(seconds, LONGEST)) if seconds else None
    SandboxClock.objects.update_or_create(pk=1, defaults={"away_until": until})


def seconds_left() -> int:
    """0 while it answers."""
    until = clock.sandbox().away_until
    if until is None:
        return 0
    return max(0, int((until - timezone.now()).total_seconds() + 0.999))
