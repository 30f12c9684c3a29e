"""Between processes: Redis pub/sub. It carries hints; whatever it loses, the hubs find in the database.

One pub/sub channel for the whole instance ("firehose"): cheapest for a few processes, and nothing to resubscribe.
"""

import asyncio
import contextlib
import hashlib
import random
import secrets
import threading
import time
from collections.abc import Callable

import redis
import redis.asyncio
import structlog
from django.conf import settings
from django.db import connection

from core.realtime.events import Event, pack, unpack
from core.realtime.tasks import end

log = structlog.get_logger(__name__)

_ORIGIN = secrets.token_hex(8)  # this process: its own events come back and are not ours to hear
_LONGEST_QUEUE = 10_000  # events waiting for Redis; beyond it they are dropped, and heal by the database


def firehose() -> str:
    """Pub/sub ignores Redis' database numbers, so instances that share a Redis are kept apart by their database."""
    told_apart_by = f"{connection.settings_dict['HOST']}|{connection.settings_dict['NAME']}|{settings.REDIS_URL}"
    return "plaza:events:" + hashlib.sha256(told_apart_by.encode()).hexdigest()[:16]


class Bus:
    """The hub's end: sends and hears, on its event loop. `on_return` is called when Redis is back after being away."""

    def __init__(self, *, on_events: Callable[[str, tuple[Event, ...]], None], on_return: Callable[[], None]) -> None:
        self._on_events = on_events
        self._on_return = on_return
        self._topic = firehose()
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(_LONGEST_QUEUE)
        # No socket_timeout: redis-py keeps it by asyncio.wait_for, which before Python 3.12 may swallow a cancellation,
        # and the task then runs for ever. Every wait here has a limit of its own.
        self._client = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=None, health_check_interval=0, retry=None
        )
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._tasks = [loop.create_task(self._send_for_ever()), loop.create_task(self._hear_for_ever())]

    async def stop(self) -> None:
        await end(self._tasks)
        with contextlib.suppress(redis.RedisError, OSError):
            await self._client.aclose()

    def send(self, topic: str, events: tuple[Event, ...]) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(pack(_ORIGIN, topic, events))

    async def _send_for_ever(self) -> None:
        while True:
            waiting = [await self._queue.get()]
            while not self._queue.empty() and len(waiting) < 200:
                waiting.append(self._queue.get_nowait())
            try:
                async with asyncio.timeout(2):
                    await self._client.publish(self._topic, b"\n".join(waiting))
            except (redis.RedisError, OSError, TimeoutError):
                await asyncio.sleep(0.1)  # these hints are lost; the hubs' look each second finds what they told of

    async def _hear_for_ever(self) -> None:
        away = False
        while True:
            try:
                async with self._client.pubsub() as subscription:
                    async with asyncio.timeout(2):
                        await subscription.subscribe(self._topic)
                    if away:
                        log.info("bus_is_back")
                    away = False
                    self._on_return()  # whatever was said while nobody listened is in the database
                    await self._hear(subscription)
            except (redis.RedisError, OSError, TimeoutError) as wrong:
                if not away:
                    log.warning("bus_is_away", reason=str(wrong))
                away = True
                await asyncio.sleep(random.uniform(0.2, 0.5))  # noqa: S311 - jitter, not a secret

    async def _hear(self, subscription: redis.asyncio.client.PubSub) -> None:
        """Until the connection fails. A ping every few seconds finds the one that is open but dead."""
        pinged_at = heard_at = time.monotonic()
        while True:
            message = await subscription.get_message(timeout=2)
            now = time.monotonic()
            if message is not None:
                heard_at = now
                if message["type"] == "message":
                    self._take(message["data"])
            if now - heard_at > 10:
                raise TimeoutError("no answer to pings")
            if now - pinged_at > 3:
                pinged_at = now
                async with asyncio.timeout(2):
                    await subscription.ping()

    def _take(self, payload: bytes) -> None:
        for line in payload.split(b"\n"):
            try:
                origin, topic, events = unpack(line)
            except (ValueError, TypeError):  # another version of us, or a stranger: no reason to hear nothing more
                log.warning("bus_line_unreadable")
                continue
            if origin != _ORIGIN:
                self._on_events(topic, events)


class OneWayBus:
    """The end of a process without sockets (a worker, a command): sends only, never waits long, never fails."""

    _shared: "OneWayBus | None" = None
    _lock = threading.Lock()

    def __init__(self) -> None:
        self._client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=1)
        self._dead_until = 0.0

    @classmethod
    def shared(cls) -> "OneWayBus":
        with cls._lock:
            cls._shared = cls._shared or cls()
            return cls._shared

    def send(self, topic: str, events: tuple[Event, ...]) -> None:
        if time.monotonic() < self._dead_until:
            return  # it was just found dead: not every message shall wait for it
        try:
            self._client.publish(firehose(), pack(_ORIGIN, topic, events))
        except (redis.RedisError, OSError) as wrong:
            self._dead_until = time.monotonic() + 1
            log.warning("bus_is_away", reason=str(wrong))
