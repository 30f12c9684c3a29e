"""The hub's view of one channel's log: events put in order of `rev`, each at most once."""

import asyncio
from datetime import datetime

from core.realtime.events import Event
from core.realtime.sockets import Seat

UNKNOWN = -1  # no access revision seen yet
DOUBTFUL = -2  # differs from every revision: the next look checks the seats


class ChannelLog:
    """`head` is the last rev handed on. It starts at what the database said before the first seat was taken: then no
    seat's own answer can be older than that, and what a seat misses by its answer comes by the log."""

    __slots__ = (
        "acl_rev",
        "ending",
        "expires_at",
        "head",
        "known",
        "ready",
        "ready_at",
        "repairing",
        "seats",
        "waiting",
    )

    def __init__(self, head: int) -> None:
        self.head = head
        self.known = head  # the greatest head heard of; above `head` something is missing
        self.waiting: dict[int, Event] = {}
        self.ready: list[Event] = []
        self.ready_at = 0.0  # event loop's time since when the first of them waits
        self.seats: set[Seat] = set()
        self.repairing = False
        self.acl_rev = UNKNOWN
        self.expires_at: datetime | None = None
        self.ending: asyncio.TimerHandle | None = None

    def forget(self) -> None:
        """No timer outlives the seats: rooms are left and entered all the time, and each would wait for hours."""
        if self.ending is not None:
            self.ending.cancel()
            self.ending = None

    def told(self, head: int) -> None:
        """A seat's answer told of this head. If it is the only seat, nobody misses what came before."""
        self.known = max(self.known, head)
        if len(self.seats) == 1 and head > self.head:
            self.head = head
            self._take_waiting()

    def accept(self, event: Event) -> None:
        """Ready now if it is the next one, kept if it is early, dropped if it has been."""
        if not event.rev:
            self.ready.append(event)
            return
        self.known = max(self.known, event.rev)
        if event.rev > self.head:
            self.waiting[event.rev] = event
            self._take_waiting()

    def jump(self, events: list[Event], head: int) -> None:
        """What the database said was missing, in order; revs may be absent where a later change replaced them."""
        for event in events:
            if event.rev > self.head:
                self.ready.append(event)
                self.head = event.rev
        self.head = max(self.head, head)
        self.known = max(self.known, self.head)
        self._take_waiting()

    @property
    def has_gap(self) -> bool:
        return self.known > self.head

    def _take_waiting(self) -> None:
        while (event := self.waiting.pop(self.head + 1, None)) is not None:
            self.ready.append(event)
            self.head += 1
        if self.waiting:
            self.waiting = {rev: event for rev, event in self.waiting.items() if rev > self.head}


def chunks(events: list[Event], seats: set[Seat]) -> list[tuple[Seat, str]]:
    """What each seat gets of these events: the same joined text for nearly all, an own one where something differs."""
    frames = [event.frame for event in events]
    shared = "\n".join(frames)
    light = [event for event in events if event.light]
    skipped = {event.skips for event in events if event.skips}
    own: dict[int, list[int]] = {}  # author -> which of the events
    for index, event in enumerate(events):
        if event.own:
            own.setdefault(event.author, []).append(index)
    floor = min((event.floor for event in events if event.floor), default=2**63)
    first = min((event.rev for event in events if event.rev), default=2**63)
    given = []
    for seat in seats:
        if seat.held is not None:
            seat.held.extend(events)
        elif light and seat.socket.is_behind:
            seat.socket.postpone(event for event in light if event.skips != seat.member)
            text = own_chunk([event for event in events if not event.light], seat)
            if text:
                given.append((seat, text))
        elif seat.member in skipped or seat.from_seq >= floor or seat.after >= first:
            text = own_chunk(events, seat)
            if text:
                given.append((seat, text))
        elif seat.member in own:
            given.append((seat, _with_own(frames, events, own[seat.member])))
        else:
            given.append((seat, shared))
    return given


def _with_own(frames: list[str], events: list[Event], indices: list[int]) -> str:
    """In a busy room everybody is an author of something: only their own events are looked at for each."""
    frames = frames.copy()
    for index in indices:
        frames[index] = events[index].own
    return "\n".join(frames)


def own_chunk(events: list[Event], seat: Seat) -> str:
    frames = (
        event.frame_for(member=seat.member, from_seq=seat.from_seq)
        for event in events
        if not event.rev or event.rev > seat.after
    )
    return "\n".join(frame for frame in frames if frame)
