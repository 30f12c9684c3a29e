"""What a socket writes to: the server's own connection where it offers itself, else ASGI's `send`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

LINE = "plaza.line"  # its key in the scope's extensions (core.websocket)
DIED = 0  # the code of a peer that answers no more, as the server tells it; no peer can send it as a close code
_PATIENCE = 1.0  # seconds that a text on its way may hold up a close

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Line(Protocol):
    """Nothing here waits, or fails when the peer has gone: the receiving side hears of that."""

    @property
    def is_full(self) -> bool:
        """The peer does not read as fast as we write: what is written now waits in memory."""

    def on_writable(self, callback: Callable[[], None]) -> None:
        """Called whenever it is full no more."""

    def write(self, text: str) -> None: ...

    def close(self, code: int) -> None: ...


class AsgiLine:
    """For servers that know nothing of lines: one text at a time, and it is full while that one goes out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._sending: asyncio.Task[None] | None = None
        self._callback: Callable[[], None] = lambda: None

    @property
    def is_full(self) -> bool:
        return self._sending is not None

    def on_writable(self, callback: Callable[[], None]) -> None:
        self._callback = callback

    def write(self, text: str) -> None:
        self._start({"type": "websocket.send", "text": text})

    def close(self, code: int) -> None:
        self._start({"type": "websocket.close", "code": code})

    def _start(self, message: dict[str, Any]) -> None:
        self._sending = asyncio.get_running_loop().create_task(self._pass_on(message, self._sending))

    async def _pass_on(self, message: dict[str, Any], before: asyncio.Task[None] | None) -> None:
        if before is not None:  # a close, and it does not wait for ever until its peer reads
            await asyncio.wait({before}, timeout=_PATIENCE)
            before.cancel()
        try:
            await self._send(message)
        except (OSError, RuntimeError):  # the peer has gone
            return
        if self._sending is asyncio.current_task():
            self._sending = None
            self._callback()


def line_of(scope: dict[str, Any], send: Send) -> Line:
    """The connection of this scope."""
    line: Line | None = (scope.get("extensions") or {}).get(LINE)
    return line or AsgiLine(send)
