"""One connection: the handshake by `websockets`, the frames by us, and ASGI towards the application.

What is not ASGI is in `scope["extensions"][LINE]`: the connection itself, whose `write` needs no task and no await.
"""

import asyncio
import logging
from typing import Any, cast
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from core.realtime.lines import DIED, LINE
from core.websocket.frames import (
    NO_CODE,
    NORMAL,
    NOT_UTF8,
    BrokenFrame,
    FrameReader,
    Opcode,
    close_code,
    close_frame,
    frame,
    text_frame,
)  # fmt: skip
from core.websocket.keepalive import PING, KeepAlive

log = logging.getLogger("uvicorn.error")

ABNORMAL, GOING_RESTART, FAULT = 1006, 1012, 1011
CLOSE_SECONDS = 10.0  # for the peer's answer to a close
LINGER_SECONDS = 1.0  # for the close of a peer that answers no more; it would wait for what that one does not read
_MOST_UNREAD = 16  # messages the application has not taken, from which on the peer is not read from
_LARGE = 64 * 1024  # bytes of one message, which alone is enough for that
_NO_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

Event = dict[str, Any]


class _Server:
    """What all connections of a server share."""

    def __init__(self, config: Config, state: ServerState) -> None:
        self.loop = asyncio.get_running_loop()
        self.application = config.loaded_app
        self.root_path, self.asgi_version = config.root_path, config.asgi_version
        self.largest = config.ws_max_size
        self.connections, self.tasks = state.connections, state.tasks
        self.keepalive = KeepAlive(self.loop, config.ws_ping_interval or 20, config.ws_ping_timeout or 20)
        self._text, self._frame = "", b""

    def frame_of(self, text: str) -> bytes:
        """Listeners of one room get the same text one after another: it is encoded once."""
        if text is not self._text:
            self._text, self._frame = text, text_frame(text)
        return self._frame


_servers: WeakKeyDictionary[ServerState, _Server] = WeakKeyDictionary()


class WebSocketProtocol(asyncio.Protocol):
    """`close_timeout`: seconds until a connection that was closed is cut."""

    __slots__ = (
        "__weakref__", "_arrived", "_close_sent", "_cutting", "_drained", "_gone", "_handshake", "_is_paused",
        "_on_writable", "_reader", "_server", "_state", "_waiter", "is_full", "transport",
    )  # fmt: skip
    close_timeout = CLOSE_SECONDS

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        server = _servers.get(server_state)
        if server is None:
            server = _servers[server_state] = _Server(config, server_state)
        self._server = server
        self._state: dict[str, Any] | None = app_state
        self._handshake: tuple[ServerProtocol, Response] | None = None
        self._reader: FrameReader | None = None  # there is one from the handshake's end on
        self._arrived: list[Event] = []  # for the application
        self._waiter: asyncio.Future[None] | None = None
        self._is_paused = False
        self.is_full = False  # the transport takes no more
        self._drained: asyncio.Event | None = None  # there is one meanwhile
        self._on_writable: Any = None
        self._close_sent = False
        self._cutting: asyncio.TimerHandle | None = None
        self._gone: Event | None = None  # what the application is told of the end, again and again
        self.transport: asyncio.Transport = None  # type: ignore[assignment]  # comes with the connection

    # --- From the transport -----------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._server.connections.add(self)  # type: ignore[arg-type]  # the union of uvicorn's own protocols

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._server.keepalive.drop(self)
        if isinstance(exc, TimeoutError):  # nobody acknowledges our bytes
            self._end(DIED, "no answer")
        self._end(NO_CODE if self._reader else ABNORMAL)
        if self._cutting is not None:
            self._cutting.cancel()
        self.resume_writing()  # who waits to write: it will fail now, instead of waiting for ever
        self._on_writable = None  # what waits there holds this connection

    def pause_writing(self) -> None:
        self.is_full = True
        self._drained = self._drained or asyncio.Event()

    def resume_writing(self) -> None:
        self.is_full = False
        if self._drained is not None:
            self._drained.set()
            self._drained = None
        if self._on_writable is not None:
            self._on_writable()

    def data_received(self, data: bytes) -> None:
        if self._gone and not self._close_sent:
            return
        if self._reader is None:
            if self._state is None:  # it goes on before it has been let in
                self._refuse(400)
            else:
                self._shake_hands(data)
            return
        try:
            for opcode, payload in self._reader.feed(data):
                self._take(opcode, payload)
        except BrokenFrame as broken:
            self._fail(broken.code)

    def shutdown(self) -> None:
        """uvicorn asks for it when the server ends."""
        if self._reader is not None:
            if not self._close_sent:
                self._write_close(GOING_RESTART)
                self._end(GOING_RESTART)
        else:
            self._refuse(500)
        self._hang_up()

    # --- Frames from the peer ---------------------------------------------------------------------------------------
    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == Opcode.PONG:
            self._server.keepalive.answered(self)
        elif opcode == Opcode.CLOSE:
            self._take_close(payload)
        elif self._close_sent or self._gone:
            pass  # it had not read our close when it said that
        elif opcode == Opcode.PING:
            self.transport.write(frame(Opcode.PONG, payload))
        elif opcode == Opcode.TEXT:
            self._arrive({"type": "websocket.receive", "text": _decoded(payload)}, len(payload))
        else:
            self._arrive({"type": "websocket.receive", "bytes": payload}, len(payload))

    def _take_close(self, payload: bytes) -> None:
        code = close_code(payload)
        if not self._close_sent:
            self._end(code)
            self._write_close(NORMAL if code == NO_CODE else code)
        self._hang_up()  # both have said it

    def _fail(self, code: int) -> None:
        """The peer broke the protocol."""
        if not self._close_sent:
            self._end(code)
            self._write_close(code)
        self._hang_up()

    # --- Whether it lives -------------------------------------------------------------------------------------------
    def ask(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(PING)

    def die(self) -> None:
        """At once, and as such: whoever was in a room with it sees it go."""
        self._end(DIED, "no answer")
        if not self._close_sent:
            self._write_close(FAULT, "no answer to a ping")
        self._cut_in(LINGER_SECONDS)
        self.transport.close()

    # --- The handshake ----------------------------------------------------------------------------------------------
    def _shake_hands(self, data: bytes) -> None:
        """`data` is the whole head of the request: the HTTP protocol has read it, and hands over."""
        shaking = ServerProtocol(max_size=None, logger=log)
        shaking.receive_data(data)
        request = next((one for one in shaking.events_received() if isinstance(one, Request)), None)
        if request is None:
            self._gone = {"type": "websocket.disconnect", "code": ABNORMAL, "reason": ""}
            self.transport.write(_NO_REQUEST)
            self.transport.close()
            return
        response = shaking.accept(request)
        if response.status_code != 101:
            self._gone = {"type": "websocket.disconnect", "code": ABNORMAL, "reason": ""}
            shaking.send_response(response)
            self.transport.write(b"".join(shaking.data_to_send()))
            self.transport.close()
            return
        self._handshake = shaking, response
        self._arrive({"type": "websocket.connect"})
        task = self._server.loop.create_task(self._run(self._scope(request)))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def _scope(self, request: Request) -> Event:
        path, _, query = request.path.partition("?")
        root = self._server.root_path
        offered = [one.strip() for line in request.headers.get_all("Sec-WebSocket-Protocol") for one in line.split(",")]
        state, self._state = dict(self._state or {}), None
        return {
            "type": "websocket",
            "asgi": {"version": self._server.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if is_ssl(self.transport) else "ws",
            "server": get_local_addr(self.transport),
            "client": get_remote_addr(self.transport),
            "root_path": root,
            "path": root + unquote(path),
            "raw_path": (root + path).encode("ascii", "surrogateescape"),
            "query_string": query.encode("ascii", "surrogateescape"),
            "headers": [
                (name.lower().encode("ascii"), value.encode("ascii", "surrogateescape"))
                for name, value in request.headers.raw_items()
            ],
            "subprotocols": offered,
            "state": state,
            "extensions": {LINE: self},
        }

    async def _run(self, scope: Event) -> None:
        code = NORMAL
        try:
            await self._server.application(scope, self.receive, self.send)
        except Exception:  # whatever the application did, the peer hears of it
            log.exception("A socket's application failed")
            code = FAULT
        if self._reader is None:
            self._refuse(500)
        elif not self._close_sent and self._gone is None:
            self._write_close(code)
            self._end(code)
        if self._cutting is None:
            self._hang_up()

    def _accept(self, subprotocol: str | None, headers: list[tuple[bytes, bytes]]) -> None:
        if self._handshake is None:
            return
        shaking, response = self._handshake
        self._handshake = None
        for name, value in headers:
            response.headers[name.decode("latin-1")] = value.decode("latin-1")
        if subprotocol:
            response.headers["Sec-WebSocket-Protocol"] = subprotocol
        shaking.send_response(response)
        self._reader = FrameReader(self._server.largest)
        self.transport.write(b"".join(shaking.data_to_send()))
        self._server.keepalive.add(self)

    def _refuse(self, status: int) -> None:
        """Before the handshake's end: with a status of HTTP."""
        if self._handshake is None:
            return
        shaking, _response = self._handshake
        self._handshake = None
        shaking.send_response(shaking.reject(status, ""))
        self.transport.write(b"".join(shaking.data_to_send()))
        self._end(ABNORMAL)
        self.transport.close()

    # --- Towards the application: ASGI ------------------------------------------------------------------------------
    async def receive(self) -> Event:
        while not self._arrived:
            if self._gone is not None:
                return self._gone
            self._waiter = self._server.loop.create_future()
            await self._waiter
        event = self._arrived.pop(0)
        if self._is_paused and not self._arrived and not self.transport.is_closing():
            self._is_paused = False
            self.transport.resume_reading()
        return event

    async def send(self, event: Event) -> None:
        """Raises OSError once the connection is gone."""
        kind = event["type"]
        if kind == "websocket.send":
            if self._drained is not None:
                await self._drained.wait()
            if self._gone is not None:
                raise ConnectionResetError("The peer has gone.")
            text = event.get("text")
            self.transport.write(frame(Opcode.BINARY, event["bytes"]) if text is None else text_frame(text))
        elif kind == "websocket.accept":
            self._accept(event.get("subprotocol"), event.get("headers") or [])
        elif kind == "websocket.close" and self._reader is None:
            self._refuse(403)
        elif kind == "websocket.close":
            self.close(event.get("code", NORMAL), event.get("reason") or "")
        else:
            raise ValueError(f"not an event of ASGI's websockets: {kind}")

    def _arrive(self, event: Event, size: int = 0) -> None:
        self._arrived.append(event)
        self._wake()
        if (size > _LARGE or len(self._arrived) >= _MOST_UNREAD) and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()

    def _end(self, code: int, reason: str = "") -> None:
        """The application hears of the first end only."""
        if self._gone is None:
            self._gone = {"type": "websocket.disconnect", "code": code, "reason": reason}
            self._server.keepalive.drop(self)
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None:
            if not self._waiter.done():
                self._waiter.set_result(None)
            self._waiter = None

    # --- Towards the application: without a task (core.realtime.lines.Line) -------------------------------------------
    def on_writable(self, callback: Any) -> None:
        self._on_writable = callback

    def write(self, text: str) -> None:
        if self._gone is None and not self._close_sent:
            self.transport.write(self._server.frame_of(text))

    def close(self, code: int, reason: str = "") -> None:
        """A close does not wait until its peer reads: whoever is too slow would be closed when slow no more. The frame
        stands behind what has been written, and the peer has a while to come to it."""
        if self._close_sent or self._gone is not None:
            return
        self._write_close(code, reason)
        self._end(code, reason)
        if self._is_paused:
            self._is_paused = False
            self.transport.resume_reading()  # its answer may stand behind what nobody will take any more
        self._cut_in(self.close_timeout)

    def _hang_up(self) -> None:
        """When what has been written is read, or in a while."""
        self._cut_in(self.close_timeout)
        self.transport.close()

    def _cut_in(self, seconds: float) -> None:
        if self._cutting is not None:
            self._cutting.cancel()
        self._cutting = self._server.loop.call_later(seconds, self.transport.abort)

    def _write_close(self, code: int, reason: str = "") -> None:
        self._close_sent = True
        if not self.transport.is_closing():
            self.transport.write(close_frame(code, reason))


def _decoded(payload: bytes) -> str:
    """Raises BrokenFrame: text that is no UTF-8 ends the connection (RFC 6455, 8.1)."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise BrokenFrame(NOT_UTF8) from None
