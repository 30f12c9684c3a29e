"""The one JSON shape of a message and of what is told about it, for the gateway, the API and the pages."""

from typing import Any

from chat.mentions import Naming
from chat.models import Message
from chat.said import Row
from core.markup import render
from core.realtime.events import encode
from core.times import iso
from rooms import payloads as room_payloads
from rooms.models import Member, Space
from rooms.speakers import SpokenIn

LONGEST_EXCERPT = 200  # characters


def message(row: Row, *, reader: int | None = None) -> dict[str, Any]:
    """`reader` is a member id: the nonce is for the message's author alone. It stands last (see `events`)."""
    shown: dict[str, Any] = {
        "id": str(row.pk),
        "channel": str(row.channel_id),
        "seq": row.seq,
        "rev": row.rev,
        "author": room_payloads.author(row.author),
        "body": row.body,
        "html": render(row.body, Naming.of([one.member for one in row.mentioned])),
        "notice": row.notice,
        "mentions": [{"id": str(one.member_id), "name": one.member.nickname} for one in row.mentioned],
        "reply_to": None,
        "attachments": [],
        "reactions": [],
        "embeds": [],
        "created_at": iso(row.created_at),
        "edited_at": iso(row.edited_at),
        "deleted_at": iso(row.deleted_at),
    }
    if reader == row.author_id:
        shown["nonce"] = row.nonce
    return shown


def encoded(row: Row, *, reader: int | None = None) -> str:
    """As JSON."""
    return encode(message(row, reader=reader))


def short_message(row: Message) -> dict[str, Any]:
    """For lists of places: enough to say what was said last."""
    return {
        "id": str(row.pk),
        "seq": row.seq,
        "author": room_payloads.author(row.author),
        "body": row.body[:LONGEST_EXCERPT],
        "notice": row.notice,
        "created_at": iso(row.created_at),
        "deleted_at": iso(row.deleted_at),
    }


def space(row: Space | SpokenIn) -> dict[str, Any]:
    return {"slug": row.slug, "name": row.name, "kind": row.kind}


def person(seat: Member) -> dict[str, Any]:
    """Somebody in a conversation. `username` names their profile."""
    return {**room_payloads.author(seat), "username": seat.user.username if seat.user else None}
