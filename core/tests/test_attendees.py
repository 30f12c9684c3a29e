"""Who is there, as one process sees it: what is written, when, and what its sockets are told. On a clock that skips."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from django.test import override_settings

from core.realtime.hub import SILENCE, Hub
from core.realtime.presence import TOPIC
from core.tests.hubs import CHANNEL, MemoryRegister, MemoryTruth, Reader, presence, run

pytestmark = pytest.mark.django_db  # none is asked, but the hub's threads close what connections others left open

Story = Callable[[Hub, MemoryTruth, MemoryRegister], Awaitable[None]]
WRITTEN = 0.7  # seconds until what changed is written, at most
GRACE = 2.0
BOB = "person:2"


def told(story: Story) -> Callable[[], None]:
    def test() -> None:
        truth = MemoryTruth()
        truth.attendance.tells = True
        truth.people = {1: -1, 2: -1}

        async def tell() -> None:
            hub = Hub(asyncio.get_running_loop())
            await story(hub, truth, truth.attendance)
            await hub.stop()

        run(tell(), truth)

    test.__name__ = story.__name__
    test.__doc__ = story.__doc__
    return test


def bob(hub: Hub) -> Reader:
    return Reader(hub, topics=(BOB,), person=2)


@told
async def test_who_comes_is_written_once_and_told(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    alice = Reader(hub)
    alice.sit(truth)

    bob(hub)
    await asyncio.sleep(WRITTEN)

    assert register.writes == [({BOB: False}, [])]
    assert alice.statuses == [(BOB, "online")]


@told
async def test_many_at_once_are_one_write(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    for number in range(500):
        Reader(hub, topics=(f"person:{number}",))
    await asyncio.sleep(WRITTEN)

    assert [len(present) for present, _ in register.writes] == [500]


@told
async def test_the_last_socket_of_several_counts(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    first, second = bob(hub), bob(hub)
    await asyncio.sleep(WRITTEN)

    hub.detach(first.socket)
    await asyncio.sleep(10)
    assert register.idle == {BOB: False}

    hub.detach(second.socket)
    await asyncio.sleep(GRACE - 0.1)
    assert register.idle == {BOB: False}
    await asyncio.sleep(WRITTEN)
    assert register.writes == [({BOB: False}, []), ({}, [BOB])]


@told
async def test_a_page_that_is_loaded_again_writes_nothing(
    hub: Hub, truth: MemoryTruth, register: MemoryRegister
) -> None:
    alice = Reader(hub)
    alice.sit(truth)
    page = bob(hub)
    await asyncio.sleep(WRITTEN)

    for _ in range(5):
        hub.detach(page.socket)
        await asyncio.sleep(GRACE - 0.3)
        page = bob(hub)
        await asyncio.sleep(GRACE)

    assert register.writes == [({BOB: False}, [])]
    assert alice.statuses == [(BOB, "online")]


@told
async def test_who_comes_and_goes_before_it_was_written_never_was(
    hub: Hub, truth: MemoryTruth, register: MemoryRegister
) -> None:
    hub.detach(bob(hub).socket)
    await asyncio.sleep(5)

    assert register.writes == []


@told
async def test_idle_is_who_has_only_idle_pages(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    phone, laptop = bob(hub), bob(hub)
    await asyncio.sleep(WRITTEN)

    hub.attendees.set_idle(phone.socket, True)
    await asyncio.sleep(1)
    assert register.idle == {BOB: False}
    hub.attendees.set_idle(laptop.socket, True)
    await asyncio.sleep(1)
    assert register.idle == {BOB: True}

    hub.detach(bob(hub).socket)  # a third one, looked at for a moment
    await asyncio.sleep(5)
    assert register.idle == {BOB: True}
    hub.attendees.set_idle(phone.socket, False)
    await asyncio.sleep(1)
    assert register.idle == {BOB: False}


@told
async def test_a_closed_page_leaves_the_idle_one(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    phone, laptop = bob(hub), bob(hub)
    hub.attendees.set_idle(phone.socket, True)
    await asyncio.sleep(WRITTEN)

    hub.detach(laptop.socket)
    await asyncio.sleep(WRITTEN)

    assert register.idle == {BOB: True}


@told
async def test_it_says_every_five_seconds_that_it_lives(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    bob(hub)
    await asyncio.sleep(60)

    assert 10 <= sum(own.beat for own in register.written) <= 13


@told
async def test_a_process_without_sockets_asks_nothing(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    hub.detach(bob(hub).socket)
    await asyncio.sleep(10)
    before = truth.asked.count("exchange")
    await asyncio.sleep(60)

    assert truth.asked.count("exchange") == before


@told
async def test_what_changed_elsewhere_is_told_within_the_look(
    hub: Hub, truth: MemoryTruth, register: MemoryRegister
) -> None:
    alice = Reader(hub, topics=("person:1",), person=1)
    alice.sit(truth)
    await asyncio.sleep(WRITTEN)

    register.elsewhere = {BOB: "busy"}
    await asyncio.sleep(1.2)

    assert (BOB, "busy") in alice.statuses


@told
async def test_a_hint_makes_it_look_at_once(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    alice = Reader(hub, topics=("person:1",), person=1)
    alice.sit(truth)
    await asyncio.sleep(5.05)

    register.elsewhere = {BOB: "busy"}
    hub.take(TOPIC, ())
    await asyncio.sleep(0.15)

    assert (BOB, "busy") in alice.statuses


@told
async def test_a_process_that_was_taken_for_dead_says_all_of_it_again(
    hub: Hub, truth: MemoryTruth, register: MemoryRegister
) -> None:
    bob(hub)
    Reader(hub, topics=("person:3",))
    await asyncio.sleep(WRITTEN)

    register.is_known = False
    await asyncio.sleep(7)

    assert register.idle == {BOB: False, "person:3": False}
    assert not register.written[-1].continues, "as a process that nobody has heard of"


@told
async def test_a_dead_database_ends_nothing_and_is_told_all_when_it_is_back(
    hub: Hub, truth: MemoryTruth, register: MemoryRegister
) -> None:
    stays, goes = bob(hub), Reader(hub, topics=("person:3",))
    await asyncio.sleep(WRITTEN)

    truth.fails = {"exchange"}
    hub.detach(goes.socket)
    Reader(hub, topics=("person:4",))
    await asyncio.sleep(30)
    assert stays.closed == 0
    truth.fails = set()
    await asyncio.sleep(2)

    assert register.idle == {BOB: False, "person:4": False}


@told
async def test_a_silent_client_is_gone_without_grace(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    """4408: also if it does not answer the close, so that its connection goes on for a while."""
    hung = bob(hub)
    hung.socket.pinged = True
    await asyncio.sleep(SILENCE + 2)

    assert hung.closed == 4408
    assert register.idle == {}
    assert hung.socket in hub.sockets


@told
async def test_who_lost_their_sign_in_is_gone_also_if_the_close_is_not_answered(
    hub: Hub, truth: MemoryTruth, register: MemoryRegister
) -> None:
    page = bob(hub)
    await asyncio.sleep(WRITTEN)

    truth.ended.add(page.socket.credential)
    truth.people[2] += 1
    await asyncio.sleep(1 + GRACE + WRITTEN + 0.5)

    assert page.closed == 4401
    assert register.idle == {}


@told
async def test_a_process_that_ends_says_so(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    bob(hub)
    await asyncio.sleep(WRITTEN)
    await hub.attendees.stop()

    assert register.written[-1].gone == [BOB]


@told
async def test_who_is_behind_gets_only_the_newest_status_later(
    hub: Hub, truth: MemoryTruth, register: MemoryRegister
) -> None:
    slow, quick = Reader(hub), Reader(hub)
    for reader in (slow, quick):
        reader.sit(truth)
    await asyncio.sleep(WRITTEN)
    slow.reads.clear()
    slow.socket.push(json.dumps({"op": "ok"}))
    await asyncio.sleep(0.01)
    slow.socket.push(json.dumps({"op": "ok", "much": "x" * 300_000}))

    for _ in range(200):
        for status in ("absent", "online", "busy"):
            hub.take(f"channel:{CHANNEL}", (presence(BOB, status), presence("person:3", "online")))
            await asyncio.sleep(0)
    message = truth.say()
    hub.take(f"channel:{CHANNEL}", (message,))
    await asyncio.sleep(0.1)
    slow.reads.set()
    await asyncio.sleep(0.1)

    assert slow.statuses == [(BOB, "busy"), ("person:3", "online")]
    assert slow.revs == quick.revs == [1]
    assert len(quick.statuses) == 1200


@told
async def test_a_slow_reader_is_not_closed_for_statuses(hub: Hub, truth: MemoryTruth, register: MemoryRegister) -> None:
    slow = Reader(hub)
    slow.sit(truth)
    await asyncio.sleep(WRITTEN)
    slow.reads.clear()

    with override_settings(SOCKET_PENDING_BYTES=400_000):
        for number in range(20_000):
            hub.take(f"channel:{CHANNEL}", (presence(f"person:{number % 10}", "online"),))
            if number % 50 == 0:
                await asyncio.sleep(0.006)

    assert slow.closed == 0
