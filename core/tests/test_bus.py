"""The bus between processes, against a Redis of its own."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from core.realtime import Event
from core.realtime.bus import Bus
from core.tests.servers import OwnRedis


def ignore(*_heard: Any) -> None:
    """What is heard does not matter here."""


async def test_it_ends_at_once_whatever_it_is_doing(redis_server: Callable[[], OwnRedis], settings: Any) -> None:
    """A cancellation that redis-py swallowed left a task running for ever: in tests, and at the end of a server."""
    settings.REDIS_URL = redis_server().url
    slowest = 0.0
    for step in range(80):
        bus = Bus(on_events=ignore, on_return=ignore)
        bus.start(asyncio.get_running_loop())
        bus.send("channel:1", (Event.of("member"),))
        await asyncio.sleep(step * 0.0001)
        began = time.monotonic()
        await bus.stop()
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 0.4
