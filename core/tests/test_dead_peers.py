"""How the server tells of a peer that answers no more, and of one that went: real sockets, and a clock made quick."""

import base64
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from core import server
from core.realtime.lines import DIED
from core.realtime.sockets import TOO_SLOW
from core.tests.servers import free_port
from core.websocket import WebSocketProtocol

PING, TIMEOUT, CLOSE = 0.3, 0.5, 2.0
MUCH = 24_000_000  # bytes; two systems' buffers can grow to hold 10


class Recorder:
    """An ASGI application that accepts everybody and notes how they went."""

    def __init__(self) -> None:
        self.went: list[dict[str, Any]] = []
        self.port = 0
        self.open: Callable[[], int] = lambda: 0  # connections

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        message = await receive()
        while message["type"] != "websocket.disconnect":
            if message.get("text") == "much":
                await send({"type": "websocket.send", "text": "x" * MUCH})
            if message.get("text") == "close":
                await send({"type": "websocket.close", "code": TOO_SLOW})
            message = await receive()
        self.went.append(message)

    def last(self, within: float) -> dict[str, Any]:
        until = time.monotonic() + within
        while not self.went and time.monotonic() < until:
            time.sleep(0.02)
        assert self.went, "nobody told of it"
        return self.went.pop()


class Quick(WebSocketProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.close_timeout = CLOSE


@contextmanager
def served(ping: float) -> Iterator[Recorder]:
    """Served as Plaza is, but with times that do not take half a minute."""
    recorder = Recorder()
    config = server._config()
    config.app, config.interface, config.lifespan, config.ws = recorder, "asgi3", "off", Quick
    config.ws_ping_interval, config.ws_ping_timeout = ping, TIMEOUT
    recorder.port = config.port = free_port()
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    recorder.open = lambda: len(running.server_state.connections)
    yield recorder
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with served(PING) as recorder:
        yield recorder


@pytest.fixture
def patient() -> Iterator[Recorder]:
    """Asks nobody whether they live."""
    with served(60) as recorder:
        yield recorder


def peer(recorder: Recorder) -> socket.socket:
    """One that has said hello and from then on answers nothing: its system still acknowledges what comes."""
    line = socket.create_connection(("127.0.0.1", recorder.port))
    key = base64.b64encode(os.urandom(16)).decode()
    line.sendall(
        f"GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert b"101" in line.recv(64)
    return line


def frame(opcode: int, payload: bytes) -> bytes:
    """Masked with nothing, which is a mask as well."""
    return bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def test_who_answers_no_ping_has_died(recorder: Recorder) -> None:
    with peer(recorder):
        began = time.monotonic()
        assert recorder.last(5)["code"] == DIED
        assert PING + TIMEOUT - 0.1 <= time.monotonic() - began < PING + TIMEOUT + 1


def test_who_reads_nothing_either_has_died_as_quickly(recorder: Recorder) -> None:
    """What waits for them would keep the connection open."""
    with peer(recorder) as line:
        line.sendall(frame(1, b"much"))
        assert recorder.last(5)["code"] == DIED


@pytest.mark.parametrize(
    ("close", "code"),
    [((1000).to_bytes(2), 1000), ((1001).to_bytes(2), 1001), (b"", 1005), (None, 1005)],
    ids=["closed", "page left", "closed without a code", "connection cut"],
)
def test_who_closes_has_gone(recorder: Recorder, close: bytes | None, code: int) -> None:
    with peer(recorder) as line:
        if close is not None:
            line.sendall(frame(8, close))
        else:
            line.shutdown(socket.SHUT_RDWR)
        assert recorder.last(5)["code"] == code


def read_all(line: socket.socket) -> bytes:
    line.settimeout(10)
    found = b""
    try:
        while more := line.recv(1 << 20):
            found += more
    except ConnectionResetError:
        pass
    return found


def test_who_does_not_read_is_closed_all_the_same_and_can_read_why(patient: Recorder) -> None:
    with peer(patient) as line:
        line.sendall(frame(1, b"much") + frame(1, b"close"))
        assert patient.last(CLOSE)["code"] == TOO_SLOW
        assert read_all(line).endswith(bytes([0x88, 2]) + TOO_SLOW.to_bytes(2))


def test_who_never_reads_again_costs_nothing_soon_after_the_close(patient: Recorder) -> None:
    with peer(patient) as line:
        line.sendall(frame(1, b"much") + frame(1, b"close"))
        assert patient.last(CLOSE)["code"] == TOO_SLOW
        until = time.monotonic() + CLOSE + 10
        while patient.open() and time.monotonic() < until:
            time.sleep(0.1)
        assert patient.open() == 0
        assert len(read_all(line)) < MUCH


@pytest.mark.parametrize("text", [b"\xff\xfe", "é".encode()[:1]], ids=["no UTF-8", "half a letter"])
def test_text_that_is_no_utf8_ends_the_connection_without_a_traceback(
    recorder: Recorder, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with peer(recorder) as line:
        line.sendall(frame(1, text))
        assert recorder.last(5)["code"] == 1007
        assert read_all(line).endswith(bytes([0x88, 2]) + (1007).to_bytes(2))
    assert [record.message for record in caplog.records if record.exc_info] == []


def test_of_broken_text_and_a_close_in_one_go_the_first_counts(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    with peer(recorder) as line:
        line.sendall(frame(1, b"\xff") + frame(8, (1001).to_bytes(2)))
        assert recorder.last(5)["code"] == 1007
    assert [record.message for record in caplog.records if record.exc_info] == []


def test_the_pings_are_as_promised() -> None:
    """With them, what waits for everybody's next look and a busy second, who died is gone within 40 seconds."""
    config = server._config()

    assert (config.ws_ping_interval, config.ws_ping_timeout) == (15, 22)
