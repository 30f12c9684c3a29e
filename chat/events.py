"""What sockets hear of messages: the callers of the realtime door."""

from collections.abc import Iterable
from itertools import groupby

from chat import payloads
from chat.models import Message
from core.realtime import Event, publish
from core.realtime.events import encode


def message_changed(messages: Iterable[Message]) -> None:
    """New, edited, deleted: one event a message, in the order of `rev`, one publication a channel."""
    ordered = sorted(messages, key=lambda row: (row.channel_id, row.rev))
    for channel, rows in groupby(ordered, key=lambda row: row.channel_id):
        publish(f"channel:{channel}", *(message_event(row) for row in rows))


def message_event(row: Message) -> Event:
    """Encoded once. The author's copy differs by the nonce, put in before the two closing braces; who joined after the
    message was written is told that something changed, not what."""
    head = {"op": "message", "channel": str(row.channel_id), "rev": row.rev}
    frame = encode({**head, "message": payloads.message(row)})
    own = f'{frame[:-2]},"nonce":{encode_text(row.nonce)}}}}}'
    veiled = encode({**head, "message": None})
    return Event(frame=frame, rev=row.rev, floor=row.seq, veiled=veiled, author=row.author_id, own=own)


def encode_text(text: str) -> str:
    return encode({"": text})[4:-1]
