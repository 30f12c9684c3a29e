"""What sockets hear of messages: the callers of the realtime door."""

from collections.abc import Sequence
from operator import attrgetter

from chat import payloads
from chat.said import Row, Said
from chat.unread import Standing
from core.realtime import Event, publish, publish_each
from core.realtime.events import encode
from rooms.models import Member


def message_changed(messages: Sequence[Row]) -> list[str]:
    """New, edited, deleted: one event a message, in the order of `rev`, one publication a channel. Returns what each
    is as JSON for its author."""
    shown = [payloads.encoded(row) for row in messages]
    own = [_with_nonce(text, row.nonce) for text, row in zip(shown, messages, strict=True)]
    waiting: dict[int, list[Event]] = {}
    for made in zip(messages, shown, own, strict=True):
        waiting.setdefault(made[0].channel_id, []).append(_message_event(*made))
    in_order = attrgetter("rev")
    publish_each([(f"channel:{one}", tuple(sorted(events, key=in_order))) for one, events in waiting.items()])
    return own


def message_event(row: Row) -> Event:
    shown = payloads.encoded(row)
    return _message_event(row, shown, _with_nonce(shown, row.nonce))


def _message_event(row: Row, shown: str, own: str) -> Event:
    """The author's copy differs by the nonce; who joined after the message was written is told that something changed,
    not what."""
    head = f'{{"op":"message","channel":"{row.channel_id}","rev":{row.rev},"message":'
    return Event(
        frame=f"{head}{shown}}}", rev=row.rev, floor=row.seq, veiled=f"{head}null}}",
        author=row.author_id, own=f"{head}{own}}}",
    )  # fmt: skip


def _with_nonce(shown: str, nonce: str) -> str:
    return f'{shown[:-1]},"nonce":{encode(nonce)}}}'


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


def notified(hearer: Member, kind: str, message: Said, now: Standing) -> None:
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
