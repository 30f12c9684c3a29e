"""What the doors of a room share: pages and API alike."""

from django.conf import settings
from django.http import HttpResponse

from core.errors import NotFound
from rooms.callers import Caller, cookie_name
from rooms.errors import RoomGone
from rooms.models import Space


def visible_room(caller: Caller, slug: str) -> Space:
    """Raises NotFound for the banned and after the sweep, RoomGone in between."""
    space = Space.objects.visible_to(caller).with_member_count().prefetch_related("channels").filter(slug=slug).first()
    if space is None:
        raise NotFound
    if not space.is_living():
        raise RoomGone
    return space


def with_guest_cookie(response: HttpResponse, space: Space, token: str) -> HttpResponse:
    lifetime = settings.ROOM_LIFETIME + settings.ROOM_SWEEP_AFTER
    response.set_cookie(
        cookie_name(space), token, max_age=lifetime, httponly=True, samesite="Lax", secure=settings.SECURE
    )
    return response
