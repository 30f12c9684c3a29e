"""uvicorn as Plaza runs it: an own listening socket, websockets with limits, and an end that leaves nothing behind."""

import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SEND_BUFFER = 128 * 1024  # bytes the kernel keeps for a reader that has stopped; its own guess hides 2 MB each
USER_TIMEOUT = 20_000  # milliseconds until bytes that nobody acknowledges end the connection
GRACE_SECONDS = 5
OPEN_FILES = 65_536


class Server(uvicorn.Server):
    """Calls `on_open` when the first request can be answered."""

    def __init__(self, config: uvicorn.Config, on_open: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_open = on_open

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_open()


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


def serve(listener: socket.socket, on_open: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, then close all sockets with 1012. Returns normally."""
    _allow_many_files()
    server = Server(_config(), on_open)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn sends itself the signal again when it has ended; its own handler then only takes note.
        signal.signal(number, server.handle_exit)
    server.run(sockets=[listener])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C would cut the end short


def _config() -> uvicorn.Config:
    return uvicorn.Config(
        "config.asgi:application",
        interface="asgi3",
        loop="auto",  # uvloop, where it exists
        http="httptools",
        ws="websockets-sansio",
        ws_ping_interval=13,  # with the timeout, a page's time to come back and a busy second: gone within 40 seconds
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
