"""What the database knows and hubs ask it. The chat app fills this in at start (`register`)."""

import time
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from core.realtime.events import Event


class ChannelState(NamedTuple):
    head: int
    space: int
    acl_rev: int
    expires_at: datetime | None

    @property
    def has_ended(self) -> bool:
        return self.expires_at is not None and self.expires_at.timestamp() <= time.time()


@dataclass(frozen=True)
class Look:
    """One look: what is absent from a dict exists no longer."""

    channels: dict[int, ChannelState] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)  # user id -> auth_rev


class Attendance(NamedTuple):
    """What changed on one process's sockets. Keys are topics: `person:<id>`, `member:<id>`."""

    present: dict[str, bool]  # key -> whether all its sockets are idle
    gone: list[str]
    continues: bool = False  # there are others, of whom it was said before
    beat: bool = False  # it is time to say that the process lives

    def __bool__(self) -> bool:
        return bool(self.present or self.gone or self.beat)


class Noticed(NamedTuple):
    known: bool  # False: others took this process for dead, and it has to say everything again
    told: list[tuple[str, Event]]  # topic, event


class Register(Protocol):
    """Where it is written who is there. Synchronous; one thread at a time uses it."""

    def exchange(self, own: Attendance, channels: Collection[int]) -> Noticed:
        """Write what changed here; read what changed anywhere, as far as listeners of these channels are told of it."""

    def end(self) -> None:
        """The process stops."""


class Truth(Protocol):
    """All of it is synchronous and asks the database; the hub calls it from a thread."""

    def look(self, channels: Collection[int], people: Collection[int]) -> Look:
        """One query."""

    def changes(self, channel: int, after: int, limit: int) -> tuple[int, list[Event]]:
        """The channel's head, read first, and the events whose rev > after, by rev, at most `limit`."""

    def expelled(self, seats: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """Which of these (channel id, member id) may not stay, and why (the `reason` of `out`)."""

    def still_valid(self, credentials: Collection[Any]) -> set[Hashable]:
        """Which of these sign-ins still stand."""

    def register(self) -> Register:
        """This process's part in who is there."""


_registered: list[Truth] = []


def register(truth: Truth) -> None:
    _registered[:] = [truth]


def truth() -> Truth:
    return _registered[0]
