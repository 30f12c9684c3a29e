"""People in a room of a real server, each with a client, and what they do together."""

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from chat.tests.checker import Stored, differences, read_stored
from chat.tests.clients import Api, Client, Said

SIGNED_IN = ("alice", "bob", "charlie")  # the others are guests
RATES = {  # nobody is slowed down: what is asked is whether all of it arrives
    f"RATE_{name}": "1000000/s" for name in ("SENDS", "OPS", "JOINS", "SIGNIN", "SIGNIN_ADDRESS", "API")
}


async def seat_people(urls: Sequence[str]) -> list[Client]:
    """As many people as addresses of servers, in a new room of alice's; all sit before the first word."""
    async with Api(urls[0]) as api:
        alice = await api.sign_in("alice")
        slug = await api.open_room(alice, f"Room {uuid.uuid4().hex[:12]}", "alice")
        crowd = []
        for number, url in enumerate(urls):
            name = SIGNED_IN[number] if number < len(SIGNED_IN) else f"guest {number}"
            token = await api.sign_in(name) if number < len(SIGNED_IN) else ""
            crowd.append(Client(name, url, await api.join(slug, name, token)))
    return crowd


@asynccontextmanager
async def connected(crowd: Iterable[Client]) -> AsyncIterator[None]:
    """Within it they are connected, and come back whenever they are not."""
    running = [asyncio.create_task(client.run()) for client in crowd]
    try:
        await asyncio.wait_for(asyncio.gather(*(client.is_in() for client in crowd)), 30)
        yield
    finally:
        for task in running:
            task.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
    assert [one for one in ended if isinstance(one, Exception)] == []


async def until(done: Callable[[], bool], seconds: float) -> bool:
    """Whether it came to that in time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not done():
        if loop.time() > end:
            return False
        await asyncio.sleep(0.01)
    return True


async def until_acknowledged(crowd: Sequence[Client], count: int) -> None:
    assert await until(lambda: acknowledged(crowd) >= count, 60), f"{acknowledged(crowd)} messages after a minute"


async def until_heard(reader: Client, message_id: str) -> None:
    assert await until(lambda: message_id in reader.heard_at, 10), f"{reader.name} is deaf"


async def talk(client: Client, bodies: "deque[str]", *, in_flight: int) -> None:
    """Says all of them, so many at once."""

    async def one_voice() -> None:
        while bodies:
            await client.say(bodies.popleft())

    await asyncio.gather(*(one_voice() for _ in range(in_flight)))


def bodies_of(client: Client, count: int) -> "deque[str]":
    return deque(f"{client.name} says {number}" for number in range(count))


def all_said(crowd: Iterable[Client]) -> list[Said]:
    return [one for client in crowd for one in client.said]


def acknowledged(crowd: Iterable[Client]) -> int:
    return sum(one.acked_at > 0 for one in all_said(crowd))


def all_differences(crowd: Iterable[Client], stored: Stored) -> list[str]:
    return [wrong for client in crowd for wrong in differences(client, stored)]


async def settled(crowd: Sequence[Client], env: Mapping[str, str], seconds: float = 20) -> Stored:
    """What is stored once nobody talks; everybody has had so long to hear of all of it."""
    stored = read_stored(env, crowd[0].seat.channel)
    await until(lambda: all(client.position >= stored.head for client in crowd), seconds)
    return stored
