"""When somebody may open their next fly-away room. Questions only: `actions.opening` holds the locks."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from billing import policies
from core.network import NOWHERE, address_key
from rooms.errors import RoomCooldown
from rooms.models import RoomOpening


class Allowance(NamedTuple):
    rooms: int | None  # in ROOM_COOLDOWN seconds; None: as many as they like
    is_free: bool  # the address counts too


def allowance(user: User) -> Allowance:
    """At most one query: `billing.policies` says how often."""
    if user.is_staff:
        return Allowance(None, is_free=False)
    return Allowance(policies.limit(user, "rooms_per_12h"), policies.is_free(user))


def counted_key(address: str) -> str:
    """Of the address that rooms are counted by; "" if it is not known, for then it may be anybody's."""
    return "" if address == NOWHERE else address_key(address)


def cooldown(user: User, address: str) -> RoomCooldown | None:
    """What opening a room now would be refused with. At most two queries."""
    rooms, is_free = allowance(user)
    if rooms is None:
        return None
    own, here = _counted(user, counted_key(address) if is_free else "")
    by_account, by_address = _next(own, rooms), _next(here, rooms)
    latest = max((at for at in (by_account, by_address) if at is not None), default=None)
    return None if latest is None else RoomCooldown(at=latest, by_address=latest != by_account)


def _counted(user: User, key: str) -> tuple[list[datetime], list[datetime]]:
    """When rooms that count were opened, the newest first: this person's, and those of free people at this address."""
    since = timezone.now() - timedelta(seconds=settings.ROOM_COOLDOWN)
    whose = Q(user=user)
    if key:
        whose |= Q(address_key=key, is_free=True)
    rows = list(RoomOpening.objects.filter(whose, opened_at__gt=since).order_by("-opened_at"))
    own = [row.opened_at for row in rows if row.user_id == user.pk]
    return own, [row.opened_at for row in rows if key and row.is_free and row.address_key == key]


def _next(opened: list[datetime], rooms: int) -> datetime | None:
    """None if there is room for one more."""
    return opened[rooms - 1] + timedelta(seconds=settings.ROOM_COOLDOWN) if len(opened) >= rooms else None
