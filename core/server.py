"""uvicorn as Plaza runs it: an own listening socket, websockets with limits, and an end that leaves nothing behind."""

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.collecting import Collector
from core.websocket import WebSocketProtocol

SEND_BUFFER = 128 * 1024  # bytes the kernel keeps for a reader that has stopped; its own guess hides 2 MB each
USER_TIMEOUT = 20_000  # milliseconds until bytes that nobody acknowledges end the connection
GRACE_SECONDS = 5
HEAD_SECONDS = 20  # in which the first lines of a request must have come; bodies may take their time
OPEN_FILES = 65_536

Application = Callable[..., Coroutine[Any, Any, None]]


class Server(uvicorn.Server):
    """Calls `on_open` when the first request can be answered. A second signal changes nothing: uvicorn would skip the
    end of the application, and the end is short.
    """

    def __init__(self, config: uvicorn.Config, on_open: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_open = on_open
        self._collector: Collector | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._collector = Collector(asyncio.get_running_loop())
            self._collector.start()
            self._on_open()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._collector is not None:
            self._collector.stop()
        await super().shutdown(sockets=sockets)

    def handle_exit(self, _sig: int, _frame: FrameType | None) -> None:
        self.should_exit = True


class HttpProtocol(HttpToolsProtocol):
    """Waits for a request's head only so long: who opens connections and says half a sentence would keep them all."""

    head_seconds: float = HEAD_SECONDS
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait_for_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        # It and this protocol hold each other, and the socket lives for hours.
        self.parser = None  # type: ignore[assignment]  # nothing comes here any more

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def open_port() -> socket.socket:
    """Listen on HOST and PORT. Raises ImproperlyConfigured with a sentence if that cannot be."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":  # there it would let two servers share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT)
    try:
        listener.bind((settings.HOST, settings.PORT))
        listener.listen(2048)  # now, not later: only a listening socket keeps a second Plaza away
    except OSError as wrong:
        listener.close()
        raise ImproperlyConfigured(_why_not(wrong)) from None
    return listener


def _why_not(wrong: OSError) -> str:
    if wrong.errno == errno.EADDRINUSE:
        return (
            f"PORT {settings.PORT} is taken: something listens there already. Stop it, or choose another port, "
            f"as PORT={settings.PORT % 65535 + 1} python3 run.py."
        )
    if wrong.errno == errno.EACCES:
        return f"PORT {settings.PORT} may only be used by the administrator. Choose one above 1023."
    return f"HOST {settings.HOST} and PORT {settings.PORT} cannot be listened on: {wrong.strerror or wrong}."


def end_on_signals() -> None:
    """Until the server runs, Ctrl-C and SIGTERM end the start: at once, and as asked for, so with exit code 0."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def serve(
    listener: socket.socket, on_open: Callable[[], None], application: str | Application = "config.asgi:application"
) -> None:
    """Serve until SIGINT or SIGTERM, then close all sockets with 1012. Returns normally."""
    _allow_many_files()
    server = Server(_config(application), on_open)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    server.run(sockets=[listener])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C would cut the end short


def _config(application: str | Application = "config.asgi:application") -> uvicorn.Config:
    return uvicorn.Config(
        application,
        interface="asgi3",
        loop="auto",  # uvloop, where it exists
        http=HttpProtocol,
        ws=WebSocketProtocol,
        ws_ping_interval=15,  # with the timeout and two seconds until everybody is told: gone within 40 seconds
        ws_ping_timeout=22,
        ws_max_size=1024 * 1024,  # up to here the gateway itself closes with 4413
        ws_per_message_deflate=False,
        lifespan="on",
        proxy_headers=False,  # it would believe the left-most address; core.network counts from the right
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=75,  # longer than proxies keep their side, so that they never write into a closing one
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _allow_many_files() -> None:
    """Every socket is an open file, and many systems allow 1,024 unless asked."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
