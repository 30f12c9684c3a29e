"""What the clock starts."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from rooms import actions
from rooms.models import Space

log = structlog.get_logger(__name__)


@shared_task
def sweep_rooms() -> int:
    """Delete what was in rooms that ended a while ago. Nobody could read it any more since they ended."""
    before = timezone.now() - timedelta(seconds=settings.ROOM_SWEEP_AFTER)
    ended = Space.objects.unswept().filter(expires_at__lte=before).order_by("expires_at")[:100]
    return sum(_sweep(space) for space in ended)


def _sweep(space: Space) -> bool:
    try:
        actions.sweep_room(space)
    except Exception:  # whatever is wrong with one room must not keep the others from being swept, now or next time
        log.exception("sweep_failed", space=space.pk)
        return False
    return True


SCHEDULE = {"rooms.sweep_rooms": {"task": "rooms.schedule.sweep_rooms", "schedule": 60.0}}
