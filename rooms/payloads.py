"""The one JSON shape of a room and of a member, for the API, the gateway and the pages."""

from typing import Any

from core.times import iso
from rooms.models import Channel, Member, Space


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


def member(seat: Member) -> dict[str, Any]:
    """`status` is null until presence is built."""
    return {
        "id": str(seat.pk),
        "nickname": seat.nickname,
        "name": seat.nickname,
        "avatar": None,
        "kind": seat.kind,
        "status": None,
        "role": seat.role,
        "state": seat.state,
        "joined_at": iso(seat.joined_at),
    }


def author(seat: Member) -> dict[str, Any]:
    """A member as the author of a message."""
    return {"id": str(seat.pk), "name": seat.nickname, "avatar": None, "kind": seat.kind}
