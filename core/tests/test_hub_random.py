"""Whatever order things happen in: a seat hears rising revs, all of them after its answer's head, and ends complete."""

import asyncio
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.realtime import Event
from core.realtime.hub import Hub
from core.realtime.sockets import Seat
from core.realtime.truth import ChannelState
from core.tests.hubs import CHANNEL, MemoryTruth, Reader, run

pytestmark = pytest.mark.django_db  # as in test_hub

TOPIC = f"channel:{CHANNEL}"
READERS = 3
STEPS = st.one_of(
    st.tuples(st.sampled_from(["say", "say", "edit", "deliver", "deliver", "twice", "lose"]), st.integers(0, 20)),
    st.tuples(st.sampled_from(["sub", "sub", "leave"]), st.integers(0, READERS - 1)),
    st.tuples(st.just("wait"), st.sampled_from([0.0, 0.0, 0.003, 0.06, 0.11, 1.05])),
)


class Play:
    """Interprets the steps. A sub takes three: the seat is held, the database is read, the answer goes out."""

    def __init__(self, hub: Hub, truth: MemoryTruth) -> None:
        self.hub = hub
        self.truth = truth
        self.under_way: list[Event] = []
        self.readers = [Reader(hub) for _ in range(READERS)]
        self.seats: dict[int, Seat] = {}
        self.read: dict[int, ChannelState] = {}

    async def step(self, what: str, number: Any) -> None:
        if what == "wait":
            await asyncio.sleep(number)
        elif what in ("sub", "leave"):
            getattr(self, what)(number)
        elif what == "say":
            self.under_way.append(self.truth.say(author=number % 3))
        elif what == "edit" and self.truth.logs[CHANNEL].revs:
            seq = 1 + number % len(self.truth.logs[CHANNEL].revs)
            self.under_way.append(self.truth.change(seq))
        elif what in ("deliver", "twice", "lose") and self.under_way:
            self.carry(what, number % len(self.under_way))

    def carry(self, how: str, index: int) -> None:
        event = self.under_way[index] if how == "twice" else self.under_way.pop(index)
        if how != "lose":
            self.hub.take(TOPIC, (event,))

    def sub(self, number: int) -> None:
        if number not in self.seats:
            self.seats[number] = self.readers[number].hold(self.truth, member=number, from_seq=number)
        elif number not in self.read:
            self.read[number] = self.truth.state()
        else:
            self.readers[number].open(self.seats.pop(number), self.read.pop(number))

    def leave(self, number: int) -> None:
        seat = self.readers[number].socket.seats.get(CHANNEL)
        if seat is not None:
            self.hub.leave(seat)
        self.seats.pop(number, None)
        self.read.pop(number, None)

    async def end(self) -> None:
        """Everybody sits; what is under way never arrives; two looks go by."""
        for number in range(READERS):
            while number in self.seats or CHANNEL not in self.readers[number].socket.seats:
                self.sub(number)
        await asyncio.sleep(2.5)

    def check(self) -> None:
        for number, reader in enumerate(self.readers):
            sessions = split(reader.frames)
            for head, revs in sessions:
                assert all(before < after for before, after in zip([head, *revs], revs, strict=False)), (head, revs)
            self.check_complete(*sessions[-1])
            self.check_veils(number, reader)

    def check_complete(self, head: int, revs: list[int]) -> None:
        """Every message that changed after the head was heard of at its newest rev."""
        wanted = {rev for rev in self.truth.logs[CHANNEL].revs if rev > head}
        assert wanted <= set(revs), (wanted - set(revs), head, revs)

    def check_veils(self, number: int, reader: Reader) -> None:
        for frame in reader.frames:
            assert frame.get("seq") is None or frame["seq"] > number


def split(frames: list[dict[str, Any]]) -> list[tuple[int, list[int]]]:
    """What came after each answer to a `sub`; the first must be one."""
    heads, revs = [], defaultdict(list)
    for frame in frames:
        if frame["op"] == "ok":
            heads.append(frame["head"])
        else:
            revs[len(heads)].append(frame["rev"])
    assert 0 not in revs
    return [(head, revs[index]) for index, head in enumerate(heads, 1)]


@settings(max_examples=250, derandomize=True)
@given(st.lists(STEPS, min_size=5, max_size=60))
def test_every_seat_hears_neither_too_much_nor_too_little(steps: list[tuple[str, Any]]) -> None:
    truth = MemoryTruth()

    async def play() -> None:
        hub = Hub(asyncio.get_running_loop())
        game = Play(hub, truth)
        for what, number in steps:
            await game.step(what, number)
        await game.end()
        game.check()
        await hub.stop()

    run(play(), truth)
