"""The one JSON shape of a room and of a member, for the API, the gateway and the pages."""

from collections.abc import Sequence
from typing import Any

from core.times import iso
from rooms.models import Channel, Member, Space
from rooms.presence import statuses
from rooms.speakers import Speaker


def room(space: Space, channel: Channel, members: int) -> dict[str, Any]:
    return {
        "id": str(space.pk),
        "slug": space.slug,
        "name": space.name,
        "private": space.private,
        "channel": str(channel.pk),
        "expires_at": iso(space.expires_at),
        "members": members,
    }


def closed_room(space: Space) -> dict[str, Any]:
    """What a stranger sees of a private room."""
    return {"name": space.name, "slug": space.slug, "private": True, "expires_at": iso(space.expires_at)}


def member(seat: Member, status: str) -> dict[str, Any]:
    return {
        "id": str(seat.pk),
        "nickname": seat.nickname,
        "name": seat.nickname,
        "avatar": avatar(seat),
        "kind": seat.kind,
        "status": status,
        "role": seat.role,
        "state": seat.state,
        "joined_at": iso(seat.joined_at),
    }


def members(seats: Sequence[Member], *, here: int | None = None) -> list[dict[str, Any]]:
    """One query, for what all of them are shown as; the seats come with their users. `here` is whose page this is."""
    found = statuses(seats, here=here)
    return [member(seat, found[seat.pk]) for seat in seats]


def author(seat: Member | Speaker) -> dict[str, Any]:
    """A member as the author of a message."""
    return {"id": str(seat.pk), "name": seat.nickname, "avatar": avatar(seat), "kind": seat.kind}


def avatar(seat: Member | Speaker) -> str | None:
    if isinstance(seat, Speaker):
        return seat.avatar_url
    return seat.user.avatar_url if seat.user else None
