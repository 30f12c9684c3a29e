"""A room of 50,000 messages is swept by a real worker while people talk in another one: nobody there waits for it, the
worker's memory stays as it is, and killed half-way it goes on where it was."""

import asyncio
import os
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from chat.tests.checker import complaints, count_stored
from chat.tests.clients import Client
from chat.tests.crowds import RATES, all_differences, all_said, connected, seat_people, settled
from core.tests import figures
from core.tests.servers import PlazaFactory, RunningPlaza, manage

pytestmark = [
    pytest.mark.laboratory,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads what a process holds from /proc"),
]
MESSAGES = 50_000
PAUSE = 0.01  # seconds between a person's words
LONGEST = 1.0  # seconds until a word is acknowledged
GROWTH = 32  # MiB; what was said there is 50

# A thousand characters each, by 200 people who were named now and then.
FILL = f"""
from datetime import timedelta
from django.utils import timezone
from chat.models import Mention, Message, ReadState
from rooms.models import Channel, Member, Space
space = Space.objects.create(name="Long", slug="long", expires_at=timezone.now() + timedelta(hours=12))
names = [f"Guest {{number}}" for number in range(200)]
seats = Member.objects.bulk_create(
    Member(space=space, kind="guest", nickname=name, nickname_key=name, nickname_skeleton=name) for name in names
)
channel = Channel.objects.create(space=space, name="Long", last_seq={MESSAGES}, head={MESSAGES})
for start in range(0, {MESSAGES}, 5000):
    numbers = range(start + 1, start + 5001)
    messages = Message.objects.bulk_create(
        Message(channel=channel, seq=n, rev=n, author=seats[n % 200], nonce=str(n), body_hash=b"x", body="word " * 200)
        for n in numbers
    )
    named = (Mention(message=one, channel=channel, member=seats[one.seq % 199], seq=one.seq) for one in messages[::10])
    Mention.objects.bulk_create(named)
ReadState.objects.bulk_create(ReadState(channel=channel, member=seat, read_seq=1) for seat in seats)
"""
SWEEP = """
from django.utils import timezone
from rooms.models import Space
from rooms.schedule import sweep_rooms
Space.objects.filter(slug="long").update(expires_at=timezone.now())
sweep_rooms.delay()
"""


class House(NamedTuple):
    web: RunningPlaza
    sweeper: RunningPlaza  # where it is one process, the same one

    async def run(self, code: str) -> None:
        done = await asyncio.to_thread(manage, "shell", "--no-imports", "-c", code, env=self.web.env, timeout=300)
        assert done.returncode == 0, done.stderr

    async def left(self) -> int:
        channel = "(SELECT id FROM rooms_channel WHERE name = 'Long')"
        return await asyncio.to_thread(count_stored, self.web.env, f"chat_message WHERE channel_id = {channel}")

    async def is_swept(self) -> bool:
        swept = "rooms_space WHERE slug = 'long' AND swept_at IS NOT NULL"
        return await asyncio.to_thread(count_stored, self.web.env, swept) == 1

    async def sweeps_down_to(self, count: int) -> None:
        async with asyncio.timeout(60):
            while await self.left() > count:
                await asyncio.sleep(0.01)


@pytest.fixture
def house(start_plaza: PlazaFactory) -> House:
    """As it is run: all of it in one process on SQLite, or web and worker on PostgreSQL and Redis."""
    web = start_plaza({**RATES, "ROOM_SWEEP_AFTER": "0"}, command="web" if os.environ.get("DATABASE_URL") else "serve")
    if web.command == "serve":
        return House(web, web)
    return House(web, start_plaza({**web.env}, command="worker"))


async def test_nobody_waits_while_a_long_room_is_swept_and_a_kill_only_interrupts_it(house: House) -> None:
    await house.run(FILL)
    crowd = await seat_people([house.web.url] * 3)
    async with connected(crowd), talking(crowd):
        await asyncio.sleep(4)
        quiet = waits_of(crowd, since=0.0)
        held = megabytes(house.sweeper.pid)
        await house.run(SWEEP)
        await house.sweeps_down_to(MESSAGES - 1)
        began = time.monotonic()
        await house.sweeps_down_to(MESSAGES // 2)
        waits, grown = waits_of(crowd, since=began), megabytes(house.sweeper.pid) - held

        await asyncio.to_thread(house.sweeper.kill)
        half = await house.left()
        assert 0 < half < MESSAGES
        assert not await house.is_swept()
        await asyncio.to_thread(house.sweeper.start)
        began = time.monotonic()
        await house.run(SWEEP)
        await house.sweeps_down_to(0)
        waits += waits_of(crowd, since=began)
        async with asyncio.timeout(30):
            while not await house.is_swept():
                await asyncio.sleep(0.01)
    assert count_stored(house.web.env, "rooms_member WHERE nickname LIKE 'Guest %'") == 0
    stored = await settled(crowd, house.web.env)
    assert complaints(all_said(crowd), stored) == []
    assert all_differences(crowd, stored) == []
    figures.show(
        f"{MESSAGES} messages swept while three talk, killed with {half} left: acknowledged after "
        f"{statistics.median(waits) * 1000:.0f} ms, at most {max(waits) * 1000:.0f} ms; before, "
        f"{statistics.median(quiet) * 1000:.0f} ms, at most {max(quiet) * 1000:.0f} ms; {grown:.0f} MiB more held"
    )
    assert max(waits) < LONGEST
    assert grown < GROWTH


@asynccontextmanager
async def talking(crowd: Sequence[Client]) -> AsyncIterator[None]:
    """Within it each says one thing after the other."""

    async def talk(client: Client) -> None:
        while not is_over.is_set():
            await client.say(f"{client.name} says {len(client.said)}")
            await asyncio.sleep(PAUSE)

    is_over = asyncio.Event()
    talks = [asyncio.create_task(talk(client)) for client in crowd]
    try:
        yield
    finally:
        is_over.set()
        await asyncio.wait_for(asyncio.gather(*talks), 30)


def waits_of(crowd: Sequence[Client], *, since: float) -> list[float]:
    """Seconds until each word was acknowledged; not of what had to be said again, because the server was killed."""
    said = [one for one in all_said(crowd) if one.said_at >= since and one.acked_at and one.tries == 1]
    return [one.acked_at - one.said_at for one in said]


def megabytes(pid: int) -> float:
    """The most that it, or one of its children, has held at any time."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    most = [re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{one}/status").read_text()) for one in [str(pid), *children]]
    return max(int(found[1]) for found in most if found) / 1024
