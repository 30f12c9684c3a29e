"""What a job or another process does reaches the sockets: at once while it can be told, by the look when it cannot."""

import asyncio
import json
import statistics
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from celery import shared_task
from celery.contrib.testing.worker import start_worker
from celery.signals import worker_shutdown
from django.db import transaction
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from accounts.models import User
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import PROTOCOL, db
from config.celery import app
from core.tests.servers import OwnRedis, PlazaFactory, RunningPlaza, manage
from rooms.models import Member

POSTS = """
import time
from chat.actions import Draft, post_message
from rooms.models import Channel, Member
channel = Channel.objects.get(pk={channel})
seat = Member.objects.get(space=channel.space_id, role="owner")
for number in range({count}):
    time.sleep(0.37)  # out of step with the look
    post_message(Draft(channel.pk, seat.pk, f"from-afar-{{number}}", str(time.time())))
"""


@shared_task
def say_hello(member: int) -> None:
    factories.say(Member.objects.get(pk=member), "Hello from a job")


@pytest.mark.django_db(transaction=True)
async def test_a_job_in_the_servers_own_process_is_heard_at_once(place: Place, bob: User, connect: Connect) -> None:
    client = await connect(bob)
    await client.ask("sub", channel=str(place.channel.pk))

    with start_worker(app, perform_ping_check=False, shutdown_timeout=10):
        await db(say_hello.delay, place.alice.pk)
        event = await client.event("message")

    assert event["message"]["body"] == "Hello from a job"
    await db(worker_shutdown.send, sender=app)  # what this kind of worker leaves out
    await asyncio.sleep(0.1)
    assert "metrics" not in {thread.name for thread in threading.enumerate()}, "it ends with its worker"


@pytest.mark.django_db(transaction=True)
async def test_nothing_is_heard_of_what_was_rolled_back(place: Place, bob: User, connect: Connect) -> None:
    client = await connect(bob)
    await client.ask("sub", channel=str(place.channel.pk))

    def say_and_regret() -> None:
        with transaction.atomic():
            factories.say(place.alice, "Regretted")
            transaction.set_rollback(True)
        factories.say(place.alice, "Meant")

    await db(say_and_regret)

    event = await client.event("message")
    assert (event["rev"], event["message"]["body"]) == (1, "Meant")


def ask(plaza: RunningPlaza, path: str, body: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(
        f"{plaza.url}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@asynccontextmanager
async def listening(plaza: RunningPlaza) -> AsyncIterator[tuple[ClientConnection, str]]:
    """Alice's socket in The Plaza, and the channel."""
    token = ask(plaza, "auth/token", {"login": "alice", "password": "plaza-demo"})["access"]
    channel = ask(plaza, "rooms")["results"][0]["channel"]
    offered = [Subprotocol(PROTOCOL), Subprotocol(f"bearer.{token}")]
    async with connect(plaza.ws_url, subprotocols=offered, proxy=None) as line:
        await line.send(json.dumps({"op": "sub", "id": 1, "channel": channel}))
        async for text in line:
            if '"op":"ok"' in str(text):
                break
        yield line, channel


async def delays_of(line: ClientConnection, count: int) -> list[float]:
    """Of the next messages (a look may bring one more): seconds from before each was posted until it is heard."""
    delays: list[float] = []
    async with asyncio.timeout(60):
        while len(delays) < count:
            for frame in map(json.loads, str(await line.recv()).split("\n")):
                if frame["op"] == "message":
                    delays.append(time.time() - float(frame["message"]["body"]))
    return delays


@pytest.fixture
def redis(redis_server: Callable[[], OwnRedis]) -> OwnRedis:
    return redis_server()


async def test_another_process_is_heard_over_redis_and_without_it_within_two_seconds(
    start_plaza: PlazaFactory, redis: OwnRedis
) -> None:
    plaza = start_plaza({"DATABASE_URL": start_plaza.fresh_database(), "REDIS_URL": redis.url})
    async with listening(plaza) as (line, channel):
        code = POSTS.format(channel=channel, count=30)
        posting = asyncio.create_task(asyncio.to_thread(manage, "shell", "--no-imports", "-c", code, env=plaza.env))
        over_redis = await delays_of(line, 5)
        redis.pause()
        past_a_hung_one = await delays_of(line, 4)
        redis.kill()
        past_a_dead_one = await delays_of(line, 4)
        redis.start()
        back = await delays_of(line, 30 - len(over_redis + past_a_hung_one + past_a_dead_one))
        assert (await posting).returncode == 0

    assert statistics.median(over_redis) < 0.3, "the look alone takes longer"
    assert max(past_a_hung_one) < 2
    assert max(past_a_dead_one) < 2
    assert statistics.median(back[-8:]) < 0.3
    assert max(back) < 2
