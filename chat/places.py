"""The addresses of places, and those beside the talk, as the page lists them."""

from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.dateparse import parse_datetime

from chat import conversations, unread
from rooms.callers import Caller
from rooms.models import Space

MOST_LISTED = 50  # of each kind; static/js/places.js has the same


class Place(NamedTuple):
    channel: str
    name: str
    address: str
    expires_at: datetime | None
    waiting: int  # messages; of a muted place only those that name one
    mentions: int


class Places(NamedTuple):
    rooms: list[Place]
    direct: list[Place]


def beside(caller: Caller) -> Places:
    """The latest first. As many queries as `unread.places`, however many places there are."""
    found = unread.places(caller)
    rooms = [row for row in found if row["space"]["kind"] != Space.Kind.DIRECT]
    direct = [row for row in found if row["space"]["kind"] == Space.Kind.DIRECT]
    return Places([_place(row) for row in rooms[:MOST_LISTED]], [_place(row) for row in direct[:MOST_LISTED]])


def _place(row: dict[str, Any]) -> Place:
    space, end = row["space"], row["space"]["expires_at"]
    return Place(
        channel=row["channel"],
        name=space["name"] or conversations.title(row["people"]),
        address=place_path(space["kind"], space["slug"]),
        expires_at=parse_datetime(end) if end else None,
        waiting=row["mentions"] if row["muted"] else row["unread"],
        mentions=row["mentions"],
    )


def place_path(kind: str, slug: str) -> str:
    """The page of a place: `kind` as in `Space.Kind`."""
    return reverse("conversations:talk" if kind == Space.Kind.DIRECT else "rooms:room", args=[slug])
