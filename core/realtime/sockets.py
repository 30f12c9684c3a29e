"""One client's socket, as the hub sees it: what waits for it, and how it goes out."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from django.conf import settings

from core.realtime.events import Event

TOO_SLOW = 4503
DIED = 0  # as the server tells it of a peer that answers no more (core.server); no peer can send it as a close code
_MUCH = 256 * 1024  # characters waiting, from which on a client is not read from before it has read


class Seat:
    """A socket's place in a channel. `held` collects events until the answer to `sub` has gone out, then is None."""

    __slots__ = ("after", "channel", "from_seq", "held", "member", "socket")

    def __init__(self, socket: "Socket", channel: int, member: int, from_seq: int) -> None:
        self.socket = socket
        self.channel = channel
        self.member = member
        self.from_seq = from_seq
        self.after = 0
        self.held: list[Any] | None = []


class Socket:
    """Frames wait in `_pending` and leave joined by newlines, as one text frame, whenever the transport takes one."""

    __slots__ = (
        "_close_code", "_draining", "_pending", "_pending_size", "_postponed", "_send", "auth_rev", "closed",
        "credential", "heard_at", "idle", "news", "outs", "person", "pinged", "seats", "slot", "topics", "watched",
    )  # fmt: skip

    def __init__(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._send = send
        self._pending: list[str] = []
        self._pending_size = 0
        self._postponed: dict[str, str] = {}  # light events while it is behind: the newest of each
        self._draining: asyncio.Task[None] | None = None
        self._close_code = 0
        self.closed = False
        self.seats: dict[int, Seat] = {}
        self.outs: set[int] = set()  # channels the database put it out of; the event that says so may still come
        self.topics: tuple[str, ...] = ()
        self.watched: set[str] = set()  # topics of the people whom its page shows (core.realtime.watches)
        self.news: dict[str, Event] | None = None  # of them, the newest, while they are being asked for
        self.person = 0  # user id; 0 for guests and strangers
        self.auth_rev = -1  # as last found sound; at first unknown, so that the next look checks the sign-in
        self.credential: Any = None
        self.idle = False  # its client says that nobody looks
        self.pinged = False  # has ever sent `ping`: then its silence means death
        self.heard_at = 0.0
        self.slot = 0  # which second of the heartbeat is its own

    @property
    def is_closing(self) -> bool:
        """From here on nothing it says counts, even if the close itself waits behind what it does not read."""
        return self.closed or bool(self._close_code)

    def push(self, chunk: str) -> None:
        """One frame, or several joined by newlines. Too slow is who lets much wait, not who gets one long answer."""
        if self.is_closing:
            return
        if self._pending_size > settings.SOCKET_PENDING_BYTES:
            self.close(TOO_SLOW)
            return
        self._pending.append(chunk)
        self._pending_size += len(chunk)
        if self._draining is None:
            self._draining = asyncio.get_running_loop().create_task(self._drain())

    @property
    def is_behind(self) -> bool:
        """From here on light events wait, and only their newest: the room that is left is for what may not be lost."""
        return self._pending_size > _MUCH

    def postpone(self, light: Iterable[Event]) -> None:
        """For when it has read what waits: this one is behind, so something does."""
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
        while self.is_behind and self._draining is not None:
            await asyncio.wait({self._draining})

    def close(self, code: int) -> None:
        """Say what waits (unless it does not read), then close with `code`."""
        if self.is_closing:
            return
        self._close_code = code
        if code == TOO_SLOW:
            self._pending.clear()
            self._pending_size = 0
            if self._draining is not None:
                self._draining.cancel()
                self._draining = None
        if self._draining is None:
            self._draining = asyncio.get_running_loop().create_task(self._drain())

    def forget(self) -> None:
        """The connection is gone."""
        self.closed = True
        self._pending.clear()
        if self._draining is not None:
            self._draining.cancel()

    async def _drain(self) -> None:
        try:
            while self._pending:
                text = "\n".join(self._pending) if len(self._pending) > 1 else self._pending[0]
                self._pending.clear()
                self._pending_size = 0
                await self._send({"type": "websocket.send", "text": text})
                if self._postponed and not self._pending:
                    self._pending, self._postponed = list(self._postponed.values()), {}
            if self._close_code:
                self.closed = True
                await self._send({"type": "websocket.close", "code": self._close_code})
        except (OSError, RuntimeError):  # the peer has gone; its receive loop hears of it too
            self.closed = True
        finally:
            if self._draining is asyncio.current_task():
                self._draining = None
