"""What the clock starts."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from rooms import actions
from rooms.models import RoomOpening, Space

ADDRESSES_KEPT = timedelta(days=30)

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


@shared_task
def forget_openings() -> int:
    """Rows that no limit counts any more. Where somebody came from is kept for 30 days at most."""
    now = timezone.now()
    RoomOpening.objects.filter(opened_at__lt=now - ADDRESSES_KEPT).exclude(address_key="").update(address_key="")
    return RoomOpening.objects.filter(opened_at__lt=now - timedelta(seconds=settings.ROOM_COOLDOWN)).delete()[0]


SCHEDULE = {
    "rooms.sweep_rooms": {"task": "rooms.schedule.sweep_rooms", "schedule": 60.0},
    "rooms.forget_openings": {"task": "rooms.schedule.forget_openings", "schedule": timedelta(hours=1)},
}
