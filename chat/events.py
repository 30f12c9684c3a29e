"""What sockets hear of messages: the callers of the realtime door."""

from collections.abc import Iterable
from itertools import groupby

from chat import payloads
from chat.models import Message
from chat.unread import Standing
from core.realtime import Event, publish
from core.realtime.events import encode
from rooms.models import Member


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


def typing(channel: int, member: int, name: str) -> None:
    """To everybody else in the channel. Kept nowhere; of a slow reader's, the newest of each is enough."""
    event = Event.of(
        "typing", light=f"typing:{channel}:{member}", skips=member,
        channel=str(channel), member=str(member), name=name,
    )  # fmt: skip
    publish(f"channel:{channel}", event)


def was_read(seat: Member, channel: int, now: Standing) -> None:
    """To all of one's own devices."""
    publish(_topic(seat), Event.of("read", light=f"read:{channel}", channel=str(channel), **now.shown()))


def notified(hearer: Member, kind: str, message: Message, now: Standing) -> None:
    """To whoever is named, or written to in a conversation, on whatever page they are."""
    channel = str(message.channel_id)
    event = Event.of(
        "notify",
        kind=kind,
        channel=channel,
        space=payloads.space(message.author.space),
        message={"id": str(message.pk), "seq": message.seq, "author": message.author.nickname},
        unread=now.unread,
        mentions=now.mentions,
    )
    publish(_topic(hearer), event)


def _topic(seat: Member) -> str:
    return f"person:{seat.user_id}" if seat.user_id else f"member:{seat.pk}"
