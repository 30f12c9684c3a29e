"""Whom a page shows: nothing falls between what it is told at first and what it is told live."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core.realtime.hub import Hub
from core.realtime.watches import topic_of
from core.tests.hubs import MemoryTruth, Reader, presence, run

pytestmark = pytest.mark.django_db  # none is asked, but the hub's threads close what connections others left open

BOB, EVE = 2, 5


def on_a_hub(story: Callable[[Hub, Reader], Awaitable[None]]) -> Callable[[], None]:
    def test() -> None:
        async def tell() -> None:
            hub = Hub(asyncio.get_running_loop())
            await story(hub, Reader(hub))
            await hub.stop()

        run(tell(), MemoryTruth())

    test.__name__ = story.__name__
    return test


def change(hub: Hub, person: int, status: str) -> None:
    hub.take(topic_of(person), (presence(str(person), status),))


@on_a_hub
async def test_what_comes_while_one_asks_is_told_after_the_answer_and_only_the_newest(hub: Hub, page: Reader) -> None:
    hub.watches.hold(page.socket, {BOB, EVE})
    for status in ("online", "busy"):
        change(hub, BOB, status)
    change(hub, EVE, "online")
    await asyncio.sleep(0)
    assert page.statuses == []

    page.socket.push('{"op": "presence", "user": "2", "status": "offline"}')  # stands for the answer
    hub.watches.open(page.socket, {BOB})  # Eve may not be seen
    change(hub, EVE, "busy")
    change(hub, BOB, "absent")
    await asyncio.sleep(0.1)

    assert page.statuses == [("2", "offline"), ("2", "busy"), ("2", "absent")]


@on_a_hub
async def test_who_asks_again_hears_of_the_new_ones_only(hub: Hub, page: Reader) -> None:
    for people in ({BOB}, {EVE}):
        hub.watches.hold(page.socket, people)
        hub.watches.open(page.socket, people)
    change(hub, BOB, "busy")
    change(hub, EVE, "busy")
    await asyncio.sleep(0.1)
    assert page.statuses == [("5", "busy")]

    hub.detach(page.socket)
    assert hub.watches._sockets == {}
