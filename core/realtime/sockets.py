"""One client's socket, as the hub sees it: what waits for it, and how it goes out."""

import asyncio
from collections.abc import Iterable, Set
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from core.realtime.events import Event
from core.realtime.lines import Line

TOO_SLOW = 4503
_MUCH = 256 * 1024  # characters waiting, from which on a client is not read from before it has read
_NONE: frozenset[Any] = frozenset()  # of what most sockets have none: an empty set for each would be 216 bytes


class Seat:
    """A socket's place in a channel. `held` collects events until the answer to `sub` has gone out, then is None; until
    then nobody knows which `member` sits there."""

    __slots__ = ("after", "channel", "from_seq", "held", "member", "socket")

    def __init__(self, socket: "Socket", channel: int) -> None:
        self.socket = socket
        self.channel = channel
        self.member = 0
        self.from_seq = 0
        self.after = 0
        self.held: list[Any] | None = []


class Outbox:
    """Sockets of one event loop that have something to say. All of them say it in the loop's next turn, each in one
    frame, however many channels have told them something in this one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._sockets: list[Socket] = []

    @classmethod
    def here(cls) -> "Outbox":
        loop = asyncio.get_running_loop()
        return _outboxes.get(loop) or _outboxes.setdefault(loop, cls(loop))

    def add(self, socket: "Socket") -> None:
        if not self._sockets:
            self._loop.call_soon(self._empty)
        self._sockets.append(socket)

    def _empty(self) -> None:
        sockets, self._sockets = self._sockets, []
        for socket in sockets:
            socket.write_out()


_outboxes: WeakKeyDictionary[asyncio.AbstractEventLoop, Outbox] = WeakKeyDictionary()


class Socket:
    """Frames wait in `_pending` and leave joined by newlines, as one text frame, whenever the line takes one."""

    __slots__ = (
        "_close_code", "_line", "_outbox", "_pending", "_pending_size", "_postponed", "_read", "auth_rev", "closed",
        "credential", "heard_at", "idle", "news", "outs", "person", "pinged", "seats", "slot", "topics", "watched",
    )  # fmt: skip

    def __init__(self, line: Line) -> None:
        self._line = line
        self._outbox = Outbox.here()
        self._pending: list[str] = []
        self._pending_size = 0
        self._postponed: dict[str, str] | None = None  # light events while it is behind: the newest of each
        self._read: asyncio.Future[None] | None = None  # somebody waits until it has read
        self._close_code = 0
        self.closed = False
        self.seats: dict[int, Seat] = {}
        # Channels the database put it out of; the event that says so may still come.
        self.outs: frozenset[int] = _NONE
        # Topics of the people whom its page shows (core.realtime.watches).
        self.watched: Set[str] = _NONE
        self.topics: tuple[str, ...] = ()
        self.news: dict[str, Event] | None = None  # of them, the newest, while they are being asked for
        self.person = 0  # user id; 0 for guests and strangers
        self.auth_rev = -1  # as last found sound; at first unknown, so that the next look checks the sign-in
        self.credential: Any = None
        self.idle = False  # its client says that nobody looks
        self.pinged = False  # has ever sent `ping`: then its silence means death
        self.heard_at = 0.0
        self.slot = 0  # which second of the heartbeat is its own
        line.on_writable(self.write_out)

    @property
    def is_closing(self) -> bool:
        """From here on nothing it says counts, even if the close itself waits behind what it does not read."""
        return self.closed or bool(self._close_code)

    def push(self, chunk: str) -> None:
        """One frame, or several joined by newlines. Too slow is who lets much wait, not who gets one long answer."""
        if self.closed or self._close_code:
            return
        if self._pending_size and self._pending_size > settings.SOCKET_PENDING_BYTES:
            self.close(TOO_SLOW)
            return
        if not self._pending:
            self._outbox.add(self)
        self._pending.append(chunk)
        self._pending_size += len(chunk)

    def say(self, chunk: str) -> None:
        """Now, if nothing waits: for who knows that no more comes in this turn."""
        if self._pending or self._line.is_full or self.closed or self._close_code:
            self.push(chunk)
        else:
            self._line.write(chunk)

    @property
    def is_behind(self) -> bool:
        """From here on light events wait, and only their newest: the room that is left is for what may not be lost."""
        return self._pending_size > _MUCH

    def postpone(self, light: Iterable[Event]) -> None:
        """For when it has read what waits: this one is behind, so something does."""
        if self._postponed is None:
            self._postponed = {}
        for event in light:
            self._postponed[event.light] = event.frame

    def push_event(self, event: Event) -> None:
        """To a person's own topic."""
        if event.light and self.is_behind:
            self.postpone([event])
        else:
            self.push(event.frame)

    async def has_read(self) -> None:
        """Until little waits. Answers asked for faster than they are read would look like a slow reader."""
        while self.is_behind and not self.closed:
            self._read = self._read or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._read)

    def close(self, code: int) -> None:
        """Say what waits (unless it does not read), then close with `code`."""
        if self.is_closing:
            return
        self._close_code = code
        if code == TOO_SLOW or not self._pending:
            self._close_line()

    def forget(self) -> None:
        """The connection is gone."""
        self.closed = True
        self._let_go()

    def write_out(self) -> None:
        """What waits, if the line takes it; else this is called again when it does."""
        while self._pending and not self._line.is_full and not self.closed:
            text = "\n".join(self._pending) if len(self._pending) > 1 else self._pending[0]
            self._pending.clear()
            self._pending_size = 0
            self._line.write(text)
            if self._postponed:
                self._pending, self._postponed = list(self._postponed.values()), None
                self._pending_size = sum(map(len, self._pending))
        if self._read is not None and not self.is_behind:
            self._wake()
        if self._close_code and not self._pending and not self.closed:
            self._close_line()

    def _close_line(self) -> None:
        self.closed = True
        self._line.close(self._close_code)
        self._let_go()

    def _let_go(self) -> None:
        self._pending.clear()
        self._pending_size = 0
        self._wake()

    def _wake(self) -> None:
        if self._read is not None:
            self._read.set_result(None)
            self._read = None
