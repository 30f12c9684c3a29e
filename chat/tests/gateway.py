"""A client of the gateway, through the real ASGI application."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from channels.testing import WebsocketCommunicator
from django.conf import settings

from config.asgi import application
from core.realtime.threads import in_thread

P = ParamSpec("P")
T = TypeVar("T")
Frame = dict[str, Any]

PROTOCOL = "plaza.v1"
PATIENCE = 10  # seconds for what must come: the machine may be busy


async def db(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Database work of a test that runs on the event loop."""
    return await in_thread(work, None, *args, **kwargs)


def cookie_headers(cookie: str, *, origin: str | None = "http://testserver") -> list[tuple[bytes, bytes]]:
    headers = [(b"host", b"testserver"), (b"cookie", cookie.encode())]
    return headers + ([(b"origin", origin.encode())] if origin else [])


def session_headers(key: str, *, origin: str | None = "http://testserver") -> list[tuple[bytes, bytes]]:
    return cookie_headers(f"{settings.SESSION_COOKIE_NAME}={key}", origin=origin)


class Client:
    """Answers go to who asked, events wait in `events`. `closed` is the close code, once there is one."""

    def __init__(
        self, *offered: str, headers: list[tuple[bytes, bytes]] | None = None, gateway: Any = application
    ) -> None:
        self.gateway = gateway
        self._line = WebsocketCommunicator(gateway, "/ws/", headers=headers or [], subprotocols=list(offered))
        self._ids = itertools.count(1)
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.answers: dict[int | None, list[Frame]] = {}
        self.events: list[Frame] = []
        self.frames = 0  # text frames received, however many events were in them
        self.closed: int | None = None
        self.protocol: str | None = None

    async def connect(self) -> "Client":
        accepted, self.protocol = await self._line.connect(timeout=PATIENCE)
        assert accepted, "the upgrade is accepted always; a refusal is a close code"
        self._reader = asyncio.create_task(self._read())
        return self

    async def leave(self, code: int = 1001) -> None:
        """As if the tab were closed."""
        if self._reader is not None:
            self._reader.cancel()
        if not self._line.future.done():
            await self._line.send_input({"type": "websocket.disconnect", "code": code})
        await self._line.wait(timeout=PATIENCE)

    async def put(self, text: str) -> None:
        await self._line.send_input({"type": "websocket.receive", "text": text})

    async def put_bytes(self, data: bytes) -> None:
        await self._line.send_input({"type": "websocket.receive", "bytes": data})

    async def send(self, op: str, **fields: Any) -> int:
        """The id under which the answer will come."""
        number = next(self._ids)
        await self.put(json.dumps({"op": op, "id": number, **fields}))
        return number

    async def ask(self, op: str, **fields: Any) -> Frame:
        return await self.answer(await self.send(op, **fields))

    async def answer(self, number: int | None) -> Frame:
        await self._until(lambda: number in self.answers, f"the answer to {number}")
        (answer,) = self.answers[number]
        return answer

    async def event(self, op: str, **fields: Any) -> Frame:
        """The next event like this, taken out of `events` with all that came before it."""

        def fits(frame: Frame) -> bool:
            return frame["op"] == op and all(frame.get(name) == value for name, value in fields.items())

        await self._until(lambda: any(fits(frame) for frame in self.events), f"{op} {fields}")
        index = next(index for index, frame in enumerate(self.events) if fits(frame))
        found = self.events[index]
        del self.events[: index + 1]
        return found

    async def close_code(self) -> int:
        await self._until(lambda: self.closed is not None, "a close")
        assert self.closed is not None
        return self.closed

    def heard(self, op: str) -> list[Frame]:
        return [frame for frame in self.events if frame["op"] == op]

    async def _until(self, true: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            said = [frame for given in self.answers.values() for frame in given]
            raise AssertionError(f"no {what}; closed: {self.closed}; {said[-3:]}, {self.events[-3:]}") from None

    async def _read(self) -> None:
        while True:
            message = await self._line.output_queue.get()
            if message["type"] == "websocket.close":
                self.closed = message["code"]
                # What a server says to the application once the close has gone out.
                await self._line.send_input({"type": "websocket.disconnect", "code": message["code"]})
            else:
                self.frames += 1
                for line in message["text"].split("\n"):
                    self._sort(json.loads(line))
            self._changed.set()

    def _sort(self, frame: Frame) -> None:
        if frame["op"] in ("ok", "err"):
            self.answers.setdefault(frame["id"], []).append(frame)
        else:
            assert "id" not in frame, "events carry no id"
            self.events.append(frame)
