"""Our WebSocket in a real server, with the `websockets` library as the client, and with clients that break rules."""

import asyncio
import gc
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from core import server
from core.realtime.lines import LINE
from core.tests.servers import free_port
from core.tests.test_dead_peers import frame, peer, read_all
from core.websocket import WebSocketProtocol

HEAD = (
    b"GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Echo:
    """Says back what it is told, by ASGI or, where it is told so, past it; and what some words ask for."""

    def __init__(self) -> None:
        self.port = 0
        self.went: list[int] = []
        self.lag = threading.Event()
        self.seen: dict[str, Any] = {}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        self.seen = scope
        if scope["path"] == "/slow/":
            await asyncio.sleep(1)
        if scope["path"] == "/nowhere/":
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
        while (message := await receive())["type"] == "websocket.receive":
            if self.lag.is_set():
                await asyncio.sleep(0.01)
            await self._answer(message, scope["extensions"][LINE], send)
        self.went.append(message["code"])

    async def _answer(self, message: dict[str, Any], line: Any, send: Any) -> None:
        text = message.get("text")
        if text == "fail":
            raise RuntimeError("as told")
        if text == "close":
            await send({"type": "websocket.close", "code": 4001, "reason": "as told"})
        elif text is not None and text.startswith("line "):
            line.write(text)
        else:
            await send({"type": "websocket.send", **{key: message[key] for key in message if key != "type"}})

    @property
    def last(self) -> int:
        until = time.monotonic() + 5
        while not self.went and time.monotonic() < until:
            time.sleep(0.02)
        return self.went.pop()


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()
    config = server._config()
    config.app, config.interface, config.lifespan, config.port = echo, "asgi3", "off", free_port()
    echo.port = config.port
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield echo
    running.should_exit = True
    thread.join(10)


def to(echo: Echo, path: str = "/ws/", **options: Any) -> connect:
    return connect(f"ws://127.0.0.1:{echo.port}{path}", proxy=None, **options)


@pytest.mark.parametrize("said", ["", "مرحبا 👋", "x" * 125, "x" * 126, "x" * 70_000, b"", b"\xff\x00" * 50, "line y"])
async def test_what_is_said_comes_back(echo: Echo, said: str | bytes) -> None:
    async with to(echo) as client:
        await client.send(said)
        assert await client.recv() == said
    assert echo.last == 1000


async def test_a_message_in_pieces_and_a_ping_between(echo: Echo) -> None:
    async with to(echo) as client:

        async def pieces() -> Any:
            yield "one, "
            await (await client.ping("still there?"))
            yield "two"

        await client.send(pieces())
        assert await client.recv() == "one, two"


async def test_many_at_once_to_one_who_is_slow_come_in_order_and_all(echo: Echo) -> None:
    """It is not read from while too many wait."""
    echo.lag.set()
    async with to(echo) as client:
        for number in range(60):
            await client.send(str(number))
        assert [await client.recv() for _ in range(60)] == [str(number) for number in range(60)]


async def test_the_first_offered_protocol_and_what_the_scope_says(echo: Echo) -> None:
    async with to(echo, "/ws/caf%C3%A9/?a=1", subprotocols=[Subprotocol("one"), Subprotocol("two")]) as client:
        assert client.subprotocol == "one"
    seen = echo.seen
    assert (seen["type"], seen["path"], seen["query_string"]) == ("websocket", "/ws/café/", b"a=1")
    assert (seen["raw_path"], seen["client"][0]) == (b"/ws/caf%C3%A9/", "127.0.0.1")
    assert seen["subprotocols"] == ["one", "two"]
    assert dict(seen["headers"])[b"host"] == f"127.0.0.1:{echo.port}".encode()


async def test_a_refusal_before_the_handshake_is_403(echo: Echo) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await to(echo, "/nowhere/").__aenter__()
    assert refused.value.response.status_code == 403


async def test_a_handshake_that_is_none_is_told_so(echo: Echo) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await to(echo, additional_headers={"Sec-WebSocket-Version": "8"}).__aenter__()
    assert refused.value.response.status_code in (400, 426)


async def test_closing_by_the_application(echo: Echo) -> None:
    async with to(echo) as client:
        await client.send("close")
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert (client.close_code, client.close_reason) == (4001, "as told")
    assert echo.last == 4001


async def test_an_application_that_fails_closes_with_1011(echo: Echo, caplog: pytest.LogCaptureFixture) -> None:
    async with to(echo) as client:
        await client.send("fail")
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 1011
    assert [record.exc_info is not None for record in caplog.records if record.name == "uvicorn.error"] == [True]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"\x81\x01x", 1002),
        (Frame(Opcode.CONT, b"x").serialize(mask=True), 1002),
        (b"\x81\xff" + (1 << 21).to_bytes(8), 1009),
        (frame(8, b"\x03"), 1002),
        (frame(8, (1005).to_bytes(2)), 1002),
        (frame(1, b"\xff"), 1007),
    ],
    ids=["not masked", "a piece of nothing", "too big", "half a code", "a code nobody says", "no UTF-8"],
)
def test_rules_that_are_broken(echo: Echo, said: bytes, code: int) -> None:
    with peer(echo) as line:  # type: ignore[arg-type]  # it asks for the port alone
        line.sendall(said)
        assert read_all(line).endswith(bytes([0x88, 2]) + code.to_bytes(2))
    assert echo.last == code


def test_a_peer_that_goes_on_before_it_is_let_in_is_refused(echo: Echo) -> None:
    echo.lag.set()
    with socket.create_connection(("127.0.0.1", echo.port)) as line:
        line.sendall(HEAD.replace(b"/ws/", b"/slow/"))
        time.sleep(0.1)
        line.sendall(frame(1, b"already"))
        assert read_all(line).startswith(b"HTTP/1.1 400")


def test_sockets_that_have_gone_leave_nothing_for_the_collector(echo: Echo) -> None:
    """Garbage is collected by the clock: what only it can free would wait, and there are many sockets."""
    for _ in range(3):
        with peer(echo) as line:  # type: ignore[arg-type]  # the same
            line.sendall(frame(1, b"line x") + frame(8, b""))
            read_all(line)
        assert echo.last == 1005
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            with peer(echo) as line:  # type: ignore[arg-type]  # the same
                line.sendall(frame(1, b"line x") + frame(8, b""))
                read_all(line)
            assert echo.last == 1005
        time.sleep(0.2)
        alive = [one for one in gc.get_objects() if type(one) in (WebSocketProtocol, server.HttpProtocol)]
        assert len(alive) <= 2
    finally:
        gc.enable()


def test_a_peer_that_is_cut_off_in_the_middle_of_a_frame(echo: Echo) -> None:
    with peer(echo) as line:  # type: ignore[arg-type]  # the same
        line.sendall(frame(1, b"whole")[:4])
    assert echo.last == 1005
