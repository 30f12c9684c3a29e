"""A provider that sends events, and the browsers of who has paid, in one event loop."""

import asyncio
import gzip
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from servers import SECRET, Person
from websockets.asyncio.client import ClientConnection, connect

PAID = b"Paid. Thank you!"
LOOK_SECONDS = 2  # after so long an open payment page looks by itself, as billing/views.py says
PATIENCE = 60.0


class Client:
    """HTTP/1.1 over connections that are kept: answers that say how long they are, which Django's do."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes]:
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection(self._host, self._port)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        answer = await reader.readexactly(int(fields["content-length"]))
        self._free.append((reader, writer))
        if fields.get("content-encoding") == "gzip":
            answer = gzip.decompress(answer)
        return int(head.split(" ", 2)[1]), answer

    def close(self) -> None:
        for _reader, writer in self._free:
            writer.close()


@dataclass
class Told:
    """Of one event: seconds from when it was to be sent until it was answered, and who it is about heard and saw it."""

    answered: float = 0.0
    heard: float = 0.0
    shown: float = 0.0


@dataclass
class Browser:
    """An open payment page: it hears `notify`, asks for itself anew, and looks by itself where it hears nothing."""

    person: Person
    client: Client
    told: Told
    shows: bool  # asks for the page as well; otherwise it only listens
    sent_at: float = 0.0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    _asks: bool = False
    _again: bool = False

    async def listen(self, socket: ClientConnection) -> None:
        async for frame in socket:
            for line in str(frame).splitlines():
                event = json.loads(line)
                if event.get("op") == "notify" and event.get("kind") == "payment":
                    await self._hear(event)

    async def _hear(self, event: dict[str, dict[str, str] | None]) -> None:
        payment = event.get("payment") or {}
        if payment.get("id") == self.person.payment and payment.get("status") == "paid" and not self.told.heard:
            self.told.heard = time.perf_counter() - self.sent_at
            if not self.shows:
                self.done.set()
        if self.shows and not self.done.is_set():
            await self.look()

    async def look(self) -> None:
        """As static/js/membership.js: one question at a time, and another one if something has happened meanwhile."""
        if self._asks:
            self._again = True
            return
        self._asks = True
        headers = {"Cookie": self.person.cookie, "HX-Request": "true", "Accept-Encoding": "gzip"}
        status, page = await self.client.ask("GET", f"/payments/{self.person.payment}/?look=1", headers)
        self._asks = False
        if status == 200 and PAID in page:
            self.told.shown = time.perf_counter() - self.sent_at
            self.done.set()
        elif self._again:
            self._again = False
            await self.look()

    async def wait(self) -> None:
        until = time.perf_counter() + PATIENCE
        while not self.done.is_set() and time.perf_counter() < until:
            try:
                await asyncio.wait_for(self.done.wait(), LOOK_SECONDS)
            except TimeoutError:
                if self.shows:
                    await self.look()


class Audience:
    """The sockets of some people, opened before anything is sent."""

    def __init__(self, url: str, people: list[Person], *, shows: bool) -> None:
        self._url = url
        self.client = Client(url)
        self.browsers = [Browser(person, self.client, Told(), shows) for person in people]
        self._sockets: list[ClientConnection] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Audience":
        for first in range(0, len(self.browsers), 50):
            await asyncio.gather(*(self._open(browser) for browser in self.browsers[first : first + 50]))
        return self

    async def _open(self, browser: Browser) -> None:
        headers = {"Cookie": browser.person.cookie, "Origin": self._url}
        address = self._url.replace("http", "ws", 1) + "/ws/"
        protocols = ["plaza.v1"]
        socket = await connect(address, subprotocols=protocols, additional_headers=headers, compression=None)  # type: ignore[arg-type]
        hello = json.loads(str(await socket.recv()).splitlines()[0])
        assert hello["op"] == "hello", hello  # noqa: S101 - a benchmark of something else is of no use
        self._sockets.append(socket)
        self._tasks.append(asyncio.create_task(browser.listen(socket)))

    async def __aexit__(self, *_failure: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in self._sockets))
        self.client.close()


def event(checkout: str) -> tuple[dict[str, str], bytes]:
    """Its headers, signed as the sandbox does, and its body."""
    now = int(time.time())
    told = {
        "id": f"evt_{secrets.token_hex(12)}",
        "type": "payment.succeeded",
        "created": now,
        "data": {"ref": checkout},
    }
    body = json.dumps(told).encode()
    digest = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "Plaza-Signature": f"t={now},v1={digest}"}, body


async def send(client: Client, checkout: str, told: Told, due: float) -> None:
    headers, body = event(checkout)
    status, answer = await client.ask("POST", "/webhooks/sandbox/", headers, body)
    assert status == 200, answer  # noqa: S101 - the same
    told.answered = time.perf_counter() - due


async def paced(url: str, rate: float, wanted: list[tuple[str, Told, Browser | None]]) -> None:
    """One event after another at their time, however long the answers take; and until everybody has heard of theirs."""
    client, start, tasks = Client(url), time.perf_counter() + 0.1, []
    for number, (checkout, told, browser) in enumerate(wanted):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if browser is not None:
            browser.sent_at = due
            tasks.append(asyncio.create_task(browser.wait()))
        tasks.append(asyncio.create_task(send(client, checkout, told, due)))
    await asyncio.gather(*tasks)
    client.close()


async def burst(url: str, at_once: int, wanted: list[tuple[str, Told, Browser | None]]) -> tuple[float, float]:
    """As many as go, `at_once` at a time: seconds until all are answered, and until everybody has heard of theirs."""
    client, start, rest = Client(url), time.perf_counter(), iter(wanted)

    async def one_after_another() -> None:
        for checkout, told, browser in rest:
            due = time.perf_counter()
            if browser is not None:
                browser.sent_at = due
            await send(client, checkout, told, due)

    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    answered = time.perf_counter() - start
    await asyncio.gather(*(browser.wait() for _checkout, _told, browser in wanted if browser is not None))
    client.close()
    return answered, time.perf_counter() - start
