"""How many rooms somebody has opened lately, for their membership page."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from billing import usage
from rooms.models import RoomOpening


def _opened(user: User) -> int:
    since = timezone.now() - timedelta(seconds=settings.ROOM_COOLDOWN)
    return RoomOpening.objects.filter(user=user, opened_at__gt=since).count()


def register_all() -> None:
    usage.register("rooms_per_12h", _opened)
