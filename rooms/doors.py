"""What the doors of a room share: pages and API alike."""

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Invalid, NotFound
from core.ids import parse_id
from rooms import policies
from rooms.callers import Caller, cookie_name
from rooms.errors import RoomGone
from rooms.models import Member, MemberQuerySet, Space


def visible_room(caller: Caller, slug: str) -> Space:
    """Raises NotFound for the banned and after the sweep, RoomGone in between."""
    space = visible_place(caller, slug)
    if space.kind != Space.Kind.FLYAWAY:
        raise NotFound
    return space


def visible_place(caller: Caller, slug: str) -> Space:
    """A room, or a conversation that the caller is in. Raises NotFound, RoomGone."""
    space = Space.objects.visible_to(caller).with_member_count().prefetch_related("channels").filter(slug=slug).first()
    if space is None:
        raise NotFound
    if not space.is_living():
        raise RoomGone
    return space


def own_room(caller: Caller, slug: str) -> Space:
    """One that the caller looks after. Raises NotFound, RoomGone."""
    space = visible_room(caller, slug)
    if not policies.can_moderate(caller, Member.objects.of(caller).filter(space=space).first()):
        raise NotFound
    return space


def member_of_own_room(caller: Caller, slug: str, member_id: str) -> Member:
    """Whoever has or had a seat there. Raises NotFound, RoomGone."""
    people = Member.objects.filter(space=own_room(caller, slug)).exclude(kind=Member.Kind.SYSTEM)
    member = people.filter(pk=parse_id(member_id)).select_related("user").first()
    if member is None:
        raise NotFound
    return member


def person_behind(caller: Caller, slug: str, member_id: str) -> User:
    """Whose seat it is, in a room or a conversation that the caller is in. Raises NotFound, RoomGone."""
    seats = Member.objects.visible_to(caller).filter(space=visible_place(caller, slug), pk=parse_id(member_id))
    seat = seats.filter(user__in=User.objects.with_public_page()).select_related("user").first()
    if seat is None or seat.user is None:
        raise NotFound
    return seat.user


def listed_members(caller: Caller, slug: str, state: str | None) -> MemberQuerySet:
    """Who is in, for those who are in; who looks after the room sees the banned too, or with `state` them alone.

    Raises NotFound, RoomGone, Invalid.
    """
    space = visible_place(caller, slug)
    seat = Member.objects.of(caller).filter(space=space).first()
    looks_after = policies.can_moderate(caller, seat)
    if not looks_after and (seat is None or not seat.is_present or state == Member.State.BANNED):
        raise NotFound
    if state not in (None, Member.State.BANNED):
        raise Invalid(fields={"state": _("This can only be “banned”.")})
    people = Member.objects.filter(space=space).select_related("user").order_by("-pk")
    banned = people.filter(state=Member.State.BANNED)
    if state is not None:
        return banned
    return people.present() | banned if looks_after else people.present()


def person_named(username: str, *, closed: bool = False) -> User:
    """Raises NotFound, for a closed account only unless `closed`."""
    people = User.objects.named(username).filter(erased_at=None)
    person: User | None = people.first() if closed else people.filter(is_active=True).first()
    if person is None:
        raise NotFound
    return person


def with_guest_cookie(response: HttpResponse, space: Space, token: str) -> HttpResponse:
    lifetime = settings.ROOM_LIFETIME + settings.ROOM_SWEEP_AFTER
    response.set_cookie(
        cookie_name(space), token, max_age=lifetime, httponly=True, samesite="Lax", secure=settings.SECURE
    )
    return response
