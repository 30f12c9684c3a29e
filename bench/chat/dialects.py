"""How one talks to each: what to say to get in and to send, and what an event looks like on the wire."""

import json
import re
from collections.abc import Sequence

from wire import Wire


class Plaza:
    """`python3 run.py web`, and the hub alone, which understands the same."""

    path = "/ws/"
    event = b'"op":"message"'  # one in each event, and in nothing else
    _acknowledged = re.compile(rb'"op":"ok","id":(\d+)')
    refused = b'"op":"err"'

    def protocols(self, token: str) -> str:
        return f"plaza.v1, bearer.{token}" if token else "plaza.v1"

    def opened(self, wire: Wire, rooms: Sequence[str]) -> None:
        for number, room in enumerate(rooms):
            wire.say(json.dumps({"op": "sub", "id": number, "channel": room}).encode())

    def is_ready(self, _wire: Wire, text: bytes, rooms: Sequence[str]) -> bool:
        """Called with each frame until it says yes."""
        if self.refused in text:
            raise ConnectionError(text)
        return bool(not rooms or f'"op":"ok","id":{len(rooms) - 1},'.encode() in text)

    def say(self, room: str, body: str, number: int, *, answer: bool) -> bytes:
        """`number` is nobody else's, whether or not an answer is wanted: a nonce that came before is no new message."""
        return b'{"op":"send","id":%d,"channel":"%s","nonce":"%d","body":"%s"}' % (
            number if answer else 0, room.encode(), number, body.encode(),
        )  # fmt: skip

    def acknowledged(self, data: bytes, start: int, stop: int) -> list[bytes]:
        """The numbers of what was sent."""
        return self._acknowledged.findall(data, start, stop)

    def answer(self, _wire: Wire, _text: bytes) -> None:
        """Nothing in the stream asks for an answer."""


class SocketIo:
    path = "/socket.io/?EIO=4&transport=websocket"
    event = b'42["message"'
    refused = b"44{"
    _acknowledged = re.compile(rb"43(\d+)\[")

    def protocols(self, _token: str) -> str:
        return ""

    def opened(self, _wire: Wire, _rooms: Sequence[str]) -> None:
        """The server speaks first."""

    def is_ready(self, wire: Wire, text: bytes, rooms: Sequence[str]) -> bool:
        if text.startswith(b"0{"):
            wire.say(b"40")
        elif text.startswith(b"40"):
            wire.say(b'420["join",%s]' % json.dumps(list(rooms)).encode())
        return text.startswith(b"430[")

    def say(self, room: str, body: str, number: int, *, answer: bool) -> bytes:
        return b'42%s["say","%s","%s"]' % (str(number if answer else "").encode(), room.encode(), body.encode())

    def acknowledged(self, data: bytes, start: int, stop: int) -> list[bytes]:
        found = self._acknowledged.match(data, start, stop)
        return [found[1]] if found else []

    def answer(self, wire: Wire, text: bytes) -> None:
        if text == b"2":  # engine.io's ping
            wire.say(b"3")


DIALECTS = {"plaza": Plaza(), "socket.io": SocketIo()}
