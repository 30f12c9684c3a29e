"""What travels to sockets: encoded once, by whoever publishes it."""

from typing import Any, NamedTuple, Self

import orjson


def encode(fields: dict[str, Any] | str) -> str:
    """One frame, or a text in it. JSON escapes every line break, so frames can be joined by newlines."""
    return orjson.dumps(fields).decode()


class Event(NamedTuple):
    """`frame` is what goes out; the rest says to whom, and in which order.

    rev     position in the channel's log; 0 for what is not in a log (joins, typing, …)
    floor   `seq` of the message changed: seats whose `from_seq` is not below it get `veiled` instead
    author  member id: that member's sockets get `own` instead
    skips   member id: that member's sockets get nothing
    expels  channel id: who receives this loses the seat there (`out` frames, to a person's own topic)
    recheck nothing goes out: ask the database whether this person's sockets may stay
    light   what it is about, if only the newest of that matters: a reader who is behind gets that one, later
    """

    frame: str = ""
    rev: int = 0
    floor: int = 0
    veiled: str = ""
    author: int = 0
    own: str = ""
    expels: int = 0
    recheck: bool = False
    light: str = ""
    skips: int = 0

    @classmethod
    def of(cls, op: str, *, expels: int = 0, light: str = "", skips: int = 0, **fields: Any) -> Self:
        return cls(encode({"op": op, **fields}), expels=expels, light=light, skips=skips)

    def frame_for(self, *, member: int, from_seq: int) -> str:
        """Empty for whom it skips."""
        if self.skips and self.skips == member:
            return ""
        if self.floor and from_seq >= self.floor:
            return self.veiled
        return self.own if self.own and self.author == member else self.frame


RECHECK = Event(recheck=True)


def pack(origin: str, topic: str, events: tuple[Event, ...]) -> bytes:
    """For the bus between processes."""
    return orjson.dumps([origin, topic, [tuple(event) for event in events]])


def unpack(payload: bytes) -> tuple[str, str, tuple[Event, ...]]:
    origin, topic, events = orjson.loads(payload)
    return origin, topic, tuple(Event(*parts) for parts in events)
