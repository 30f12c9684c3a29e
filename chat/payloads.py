"""The one JSON shape of a message, for the gateway, the API and the pages."""

from typing import Any

from chat.models import Message
from core.markup import render
from core.times import iso
from rooms import payloads as room_payloads


def message(row: Message, *, reader: int | None = None) -> dict[str, Any]:
    """`reader` is a member id: the nonce is for the message's author alone. It stands last (see `events`)."""
    shown = {
        "id": str(row.pk),
        "channel": str(row.channel_id),
        "seq": row.seq,
        "rev": row.rev,
        "author": room_payloads.author(row.author),
        "body": row.body,
        "html": render(row.body),
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
