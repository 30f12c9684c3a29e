"""A WebSocket client that costs little: it counts events in frames instead of parsing them.

Frames of servers are not masked and, as both servers here send them, not split over several; ours are masked with
zeros, which the protocol allows.
"""

import asyncio
import base64
import os
import struct
import time
from collections.abc import Callable
from typing import Any, Protocol

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
STAMP = b"t="  # begins a time in a body: seconds of the monotonic clock


class Taker(Protocol):
    """What is done with what comes."""

    def opened(self, wire: "Wire") -> None: ...
    def text(self, wire: "Wire", data: bytes, start: int, stop: int) -> None: ...
    def lost(self, wire: "Wire") -> None: ...


class Wire(asyncio.Protocol):
    __slots__ = ("_carry", "_is_upgraded", "_path", "_protocols", "number", "taker", "transport")

    def __init__(self, number: int, path: str, protocols: str, taker: Taker) -> None:
        self.number = number
        self.taker = taker
        self.transport: Any = None
        self._path, self._protocols = path, protocols
        self._carry = b""
        self._is_upgraded = False

    def connection_made(self, transport: Any) -> None:  # uvloop's is no asyncio.Transport
        self.transport = transport
        lines = [
            f"GET {self._path} HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", "Sec-WebSocket-Version: 13",
        ]  # fmt: skip
        if self._protocols:
            lines.append(f"Sec-WebSocket-Protocol: {self._protocols}")
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        if self._carry:
            data = self._carry + data
            self._carry = b""
        position = 0 if self._is_upgraded else self._upgrade(data)
        end = len(data)
        while self._is_upgraded and end - position >= 2:
            start, length = position + 2, data[position + 1]
            if length == 126:
                start += 2
                length = int.from_bytes(data[position + 2 : start], "big")
            elif length == 127:
                start += 8
                length = int.from_bytes(data[position + 2 : start], "big")
            if start + length > end:
                break
            kind, position = data[position], start + length
            if kind == TEXT:
                self.taker.text(self, data, start, position)
            elif kind == PING:
                self._write(PONG, data[start:position])
            elif kind == CLOSE and self.transport is not None:
                self.transport.close()
        if position < end:
            self._carry = data[position:]

    def _upgrade(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        if not data.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(data[:200])
        self._is_upgraded = True
        self.taker.opened(self)
        return end + 4

    def connection_lost(self, _exc: Exception | None) -> None:
        self.transport = None
        self.taker.lost(self)

    def say(self, text: bytes) -> None:
        self._write(TEXT, text)

    def _write(self, kind: int, payload: bytes) -> None:
        if self.transport is None:
            return
        length = len(payload)
        head = bytes([kind, 0x80 | length]) if length < 126 else bytes([kind, 0xFE]) + struct.pack("!H", length)
        self.transport.write(head + b"\0\0\0\0" + payload)

    def close(self) -> None:
        """As a page that is left does."""
        if self.transport is not None:
            self._write(CLOSE, b"\x03\xe9")
            self.transport.close()


Ready = Callable[[Wire], None]


def body_of(sender: int, due: float, size: int) -> str:
    """Carries who sent it (so that a sender knows its own again) and when, filled up to a size."""
    return f"s={sender};{STAMP.decode()}{due:.6f};".ljust(size, "x")


def now() -> float:
    return time.monotonic()
