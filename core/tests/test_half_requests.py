"""Who opens a connection and never says what for: their place is wanted by others."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from core import server
from core.tests.servers import free_port

HEAD = 0.5
WHOLE = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Quick(server.HttpProtocol):
    head_seconds = HEAD


async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Says how much there was, when all of it is there."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message["more_body"]
    body = str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def port() -> Iterator[int]:
    config = server._config()
    assert config.http is server.HttpProtocol
    config.app, config.interface, config.lifespan, config.http, config.port = answer, "asgi3", "off", Quick, free_port()
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield config.port
    running.should_exit = True
    thread.join(10)


def lasts(line: socket.socket) -> float:
    """Seconds until the server ends it."""
    began = time.monotonic()
    line.settimeout(HEAD + 5)
    assert line.recv(1000) == b""
    return time.monotonic() - began


def answered(line: socket.socket) -> str:
    """The body of the answer, one digit."""
    line.settimeout(10)
    found = b""
    while b"\r\n\r\n" not in found[:-1]:
        more = line.recv(1000)
        assert more, found
        found += more
    return found[-1:].decode()


@pytest.mark.parametrize("said", [b"", b"G", WHOLE[:-2]], ids=["nothing", "a letter", "all but the end"])
def test_half_a_request_does_not_keep_its_place(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(said)
        assert HEAD - 0.1 < lasts(line) < HEAD + 3


def test_the_second_request_on_a_connection_is_waited_for_no_longer(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(WHOLE)
        assert answered(line) == "0"
        time.sleep(HEAD + 0.3)
        line.sendall(WHOLE)
        assert answered(line) == "0", "it may be silent between two requests"
        line.sendall(WHOLE[:-2])
        assert HEAD - 0.1 < lasts(line) < HEAD + 3


def test_a_body_may_take_its_time(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(HEAD + 0.5)
        line.sendall(b"cd")
        assert answered(line) == "4"
