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


_registered: list[Truth] = []


def register(truth: Truth) -> None:
    _registered[:] = [truth]


def truth() -> Truth:
    return _registered[0]
