"""Ten who write and ten who read, some who are put out, and what is asked of them after each blow."""

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from chat.tests.checker import Stored, complaints, read_stored
from chat.tests.clients import PASSWORD, Client, Frame, Message, Said, Seat
from chat.tests.crowds import all_differences, all_said, until

WRITERS, READERS = 10, 10
SIGNED_IN = ("alice", "bob", "charlie", "petra")
STAYED_SECONDS, CAME_BACK_SECONDS, REVOKED_SECONDS = 2.0, 10.0, 2.0
ANSWER_SECONDS = 45  # for a request, over whatever is killed meanwhile
PAUSE = (0.05, 0.35)  # seconds between what one writer says


class Person(Client):
    """Notes when its sockets ended, and the newest message that it was sent live."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sockets = 0  # opened so far
        self.newest = 0.0  # time.time() when the newest message that came live was written
        self.refused_at = 0.0

    def _take(self, frame: Frame) -> None:
        if frame["op"] == "hello":
            self.sockets += 1
        super()._take(frame)
        if not self.refused_at and (frame["op"] == "out" or frame.get("code") in ("not_found", "banned")):
            self.refused_at = time.time()

    def _hear(self, rev: int, message: Message | None) -> None:
        if message is not None:
            written = datetime.fromisoformat(message["edited_at"] or message["created_at"]).timestamp()
            self.newest = max(self.newest, written)
        super()._hear(rev, message)

    async def run(self) -> None:
        await super().run()
        self.refused_at = self.refused_at or time.time()  # a final close code


class Door:
    """The API as these people use it: through the line, and again until it is done."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=f"{url}/api/v1/", timeout=30, trust_env=False)

    async def __aenter__(self) -> "Door":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def call(
        self, method: str, path: str, token: str = "", headers: dict[str, str] | None = None, **more: Any
    ) -> Any:
        """Its JSON, once it says 2xx. What a dead part of Plaza answers is asked again."""
        headers = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        until_ = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                answer = await self._http.request(method, path, headers=headers, **more)
                if answer.status_code < 400:
                    return answer.json() if answer.content else None
                if answer.status_code < 500:
                    answer.raise_for_status()
            except httpx.HTTPStatusError:
                raise
            except httpx.HTTPError:
                answer = None  # cut, or nobody there
            if time.monotonic() > until_:
                raise AssertionError(f"{method} {path}: not done within {ANSWER_SECONDS} s, last {answer}")
            await asyncio.sleep(0.1)

    async def sign_in(self, login: str) -> tuple[str, str]:
        """Access and refresh token."""
        told = await self.call("POST", "auth/token", json={"login": login, "password": PASSWORD})
        return told["access"], told["refresh"]

    async def join(self, slug: str, nickname: str, token: str = "") -> Seat:
        told = await self.call("POST", f"rooms/{slug}/join", token, _somewhere(), json={"nickname": nickname})
        return Seat(told.get("guest_token", token), told["channel"], told["member"]["id"])


def _somewhere() -> dict[str, str]:
    """Everybody comes from an address of their own: a ban keeps strangers from its address out."""
    return {"X-Forwarded-For": ".".join(str(random.randrange(1, 255)) for _ in range(4))}


@dataclass
class Revocation:
    what: str
    person: Person
    confirmed_at: float
    sockets: int  # that the person had opened by then

    def complaints(self) -> list[str]:
        late = self.person.newest - self.confirmed_at
        wrong = []
        if late > REVOKED_SECONDS:
            wrong.append(
                f"late revocation: {self.person.name} was sent what was said {late:.1f} s after the {self.what}"
            )
        if self.seconds > REVOKED_SECONDS:
            wrong.append(f"late revocation: {self.person.name} was told {self.seconds:.1f} s after the {self.what}")
        return wrong

    @property
    def seconds(self) -> float:
        """From the answer that confirmed it to the end of a socket that stayed open meanwhile; 0 for one that broke."""
        if self.person.sockets > self.sockets:
            return 0.0
        return max(0.0, (self.person.refused_at or time.time()) - self.confirmed_at)


@dataclass
class Crowd:
    """A room of alice's, and all who are in it."""

    url: str
    slug: str
    alice: str  # her token
    people: list[Person]
    revocations: list[Revocation] = field(default_factory=list)
    is_talking: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def writers(self) -> list[Person]:
        return self.people[:WRITERS]

    @property
    def channel(self) -> str:
        return self.people[0].seat.channel

    async def read(self, env: dict[str, str]) -> Stored:
        return await asyncio.to_thread(read_stored, env, self.channel)

    # --- Talking --------------------------------------------------------------------------------------------------
    async def talk(self, person: Person) -> None:
        number = 0
        while True:
            await self.is_talking.wait()
            number += 1
            message = await person.say(f"{person.name} says {number} {'.' * random.randrange(40)}")
            if number % 20 == 5:
                await person.edit(message["id"], f"{person.name} meant {number}")
            if number % 40 == 11:
                await person.delete(message["id"])
            await asyncio.sleep(random.uniform(*PAUSE))

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[None]:
        running = [asyncio.create_task(person.run()) for person in self.people]
        voices: list[asyncio.Task[None]] = []
        try:
            await asyncio.wait_for(asyncio.gather(*(person.is_in() for person in self.people)), 60)
            voices = [asyncio.create_task(self.talk(person)) for person in self.writers]
            self.is_talking.set()
            yield
        finally:
            for task in [*running, *voices]:
                task.cancel()
            ended = await asyncio.gather(*running, *voices, return_exceptions=True)
            self.broken = [f"{type(one).__name__}: {one}" for one in ended if isinstance(one, Exception)]

    async def fall_silent(self, env: dict[str, str], seconds: float = 30) -> Stored:
        """What is stored once nobody talks, and everybody has had time to hear all of it."""
        self.is_talking.clear()
        await until(lambda: all(one.acked_at for one in all_said(self.writers)), seconds)
        await asyncio.sleep(0.5)
        stored = await self.read(env)
        await until(lambda: all(person.position >= stored.head for person in self.people), CAME_BACK_SECONDS)
        return await self.read(env)

    # --- Being put out --------------------------------------------------------------------------------------------
    async def revoke(self, door: Door, how: str) -> Revocation:
        """A fresh guest is banned, or a fresh device of bob's signed out, while they are there."""
        refresh = ""
        if how == "ban":
            person = await self._fresh_guest(door)
        else:
            access, refresh = await door.sign_in("bob")
            person = Person("bob's device", self.url, await door.join(self.slug, "bob", access))
        running = asyncio.create_task(person.run())
        self._outsiders = [*getattr(self, "_outsiders", []), running]
        await asyncio.wait_for(person.is_in(), 30)
        if how == "ban":
            await door.call("POST", f"rooms/{self.slug}/members/{person.seat.member}/ban", self.alice)
        else:
            await door.call("POST", "auth/token/revoke", json={"refresh": refresh})
        revocation = Revocation(how, person, time.time(), person.sockets)
        self.revocations.append(revocation)
        return revocation

    async def _fresh_guest(self, door: Door) -> Person:
        """A join whose answer was lost with a killed process has taken its nickname: then another one."""
        while True:
            name = f"guest {uuid.uuid4().hex[:10]}"
            try:
                return Person(name, self.url, await door.join(self.slug, name))
            except httpx.HTTPStatusError as refused:
                if refused.response.status_code != 409:
                    raise

    async def let_go(self) -> None:
        """Of those who were put out."""
        outsiders = getattr(self, "_outsiders", [])
        for task in outsiders:
            task.cancel()
        await asyncio.gather(*outsiders, return_exceptions=True)

    # --- Judging --------------------------------------------------------------------------------------------------
    def faults(self, stored: Stored) -> list[str]:
        said = [*all_said(self.people), *self._notices(stored)]
        return [
            *complaints(said, stored),
            *all_differences(self.people, stored),
            *(wrong for one in self.revocations for wrong in one.complaints()),
            *getattr(self, "broken", []),
        ]

    def _notices(self, stored: Stored) -> list[Said]:
        """What the room itself says of a ban: once for each."""
        told = {f"{one.person.name} was banned" for one in self.revocations if one.what == "ban"}
        found = {row.body: Said(row.author, row.nonce, row.body) for row in stored.rows if row.body in told}
        return list(found.values())


async def gather_crowd(url: str, door: Door) -> Crowd:
    tokens = {name: (await door.sign_in(name))[0] for name in SIGNED_IN}
    room = {"name": f"Room {uuid.uuid4().hex[:12]}", "nickname": "alice"}
    slug = (await door.call("POST", "rooms", tokens["alice"], json=room))["slug"]
    people = []
    for number in range(WRITERS + READERS):
        name = SIGNED_IN[number] if number < len(SIGNED_IN) else f"guest {number}"
        people.append(Person(name, url, await door.join(slug, name, tokens.get(name, ""))))
    return Crowd(url, slug, tokens["alice"], people)


async def healed(people: Sequence[Person], head: int, since: float, sockets: dict[str, int]) -> dict[str, float]:
    """Seconds from `since` (time.monotonic()) until each has all up to `head`: the longest of those whose socket stayed
    open, and of those who had to come back."""
    longest = {"stayed": 0.0, "came back": 0.0}
    missing = list(people)
    while missing and time.monotonic() - since < 3 * CAME_BACK_SECONDS:
        for person in [one for one in missing if one.position >= head]:
            missing.remove(person)
            kind = "stayed" if person.sockets == sockets[person.name] else "came back"
            longest[kind] = max(longest[kind], time.monotonic() - since)
        await asyncio.sleep(0.01)
    for person in missing:
        kind = "stayed" if person.sockets == sockets[person.name] else "came back"
        longest[kind] = float("inf")
    return longest
