"""See run.py. Every step is the function that Plaza itself calls, on rows that are really there."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from accounts.tests.factories import make_person
from billing.models import Plan
from billing.plans import make_missing
from chat import events
from chat.actions import Draft, post_messages
from chat.models import Message
from core.realtime import Event
from core.realtime.channel import ChannelLog, chunks
from core.realtime.events import encode
from core.realtime.lines import AsgiLine
from core.realtime.sockets import Seat, Socket
from rooms import policies
from rooms.models import Channel, Member
from rooms.tests.factories import join, make_room

BATCH = 50
numbers = itertools.count(1)


@pytest.fixture
def seats(db: None) -> list[Member]:
    """Ten people in one room. The plans again, since real transactions empty every table when they are over."""
    make_missing(Plan)
    room = make_room(make_person("alice"))
    for number in range(9):
        join(room, make_person(f"p{number}"), nickname=f"p{number}")
    return list(Member.objects.filter(space=room.space).select_related("space", "user").order_by("pk"))


def drafts(seats: list[Member], count: int) -> list[Draft]:
    channel = Channel.objects.get(space=seats[0].space).pk
    return [Draft(channel, seats[n % len(seats)].pk, f"n{next(numbers)}", f"line {n} of many") for n in range(count)]


def test_encode_an_event(benchmark: Callable[..., Any], seats: list[Member]) -> None:
    """Once for each message, however many hear it."""
    (posted,) = post_messages(drafts(seats, 1))
    message = posted.message  # type: ignore[union-attr]  # a refusal would fail here, and should
    assert benchmark(events.message_event, message).rev == message.rev


@pytest.mark.parametrize("listeners", [10, 500])
def test_give_events_to_seats(benchmark: Callable[..., Any], listeners: int) -> None:
    """From a channel's log to the text that each seat gets, for ten events; the transport is not in it."""

    async def nowhere(_message: dict[str, Any]) -> None:
        """Nothing is sent here."""

    log = ChannelLog(0)
    log.seats = {Seat(Socket(AsgiLine(nowhere)), 1) for _ in range(listeners)}
    for member, seat in enumerate(log.seats, start=1):
        seat.member, seat.held = member, None
    revs = itertools.count(1)

    def ten() -> int:
        for _ in range(10):
            rev = next(revs)
            log.accept(Event(encode({"op": "message", "rev": rev, "body": "said"}), rev, floor=rev))
        ready, log.ready = log.ready, []
        return len(chunks(ready, log.seats))

    assert benchmark(ten) == listeners


@pytest.mark.parametrize("size", [1, BATCH])
def test_store_a_batch(benchmark: Callable[..., Any], transactional_db: None, seats: list[Member], size: int) -> None:
    """What the writer does with what waits: one commit, whatever the size."""
    benchmark.pedantic(  # type: ignore[attr-defined]  # the fixture is an object
        post_messages, setup=lambda: ((drafts(seats, size),), {}), rounds=100
    )
    assert Message.objects.count() == 100 * size


def test_ask_whether_one_may_speak(benchmark: Callable[..., Any], seats: list[Member]) -> None:
    assert benchmark(policies.can_speak, seats[0])
