"""A message that was just written, as a plain row: nobody needs the model's instance to tell of it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chat.log import Entry, Place
from chat.models import Mention, Message
from rooms.models import Member
from rooms.speakers import Speaker


class Said(NamedTuple):
    """Has the names of `Message`, for `payloads.message` and `events`; nothing here is a question to the database."""

    pk: int
    channel_id: int
    seq: int
    rev: int
    author_id: int
    author: Member | Speaker
    nonce: str
    body: str
    created_at: datetime
    mentioned: Sequence[Mention]
    notice: Any = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


Row = Message | Said


def said(entry: Entry, place: Place, author: Member | Speaker, named: Sequence[Member] = ()) -> Said:
    mentioned = mention_rows(place.id, entry.channel, place.seq, named) if named else ()
    notice = json.loads(entry.notice) if entry.notice else None
    return Said(
        place.id, entry.channel, place.seq, place.rev, entry.author, author, entry.nonce, entry.body,
        entry.created_at, mentioned, notice,
    )  # fmt: skip


def mention_rows(message: int, channel: int, seq: int, named: Sequence[Member]) -> list[Mention]:
    return [Mention(message_id=message, channel_id=channel, member=row, seq=seq) for row in named]
