"""Garbage in a server that serves sockets: collected by the clock, and as before when it ends."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from core import collecting
from core.collecting import Collector


class Knot:
    """Holds itself: only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def by_hand() -> Iterator[None]:
    """Python's own collections would hide what is tried."""
    yield
    gc.unfreeze()
    gc.enable()


def tied() -> "weakref.ref[Knot]":
    return weakref.ref(Knot())


async def test_the_young_go_within_two_seconds(by_hand: None) -> None:
    collector = Collector(asyncio.get_running_loop())
    collector.start()
    assert not gc.isenabled()
    knot = tied()

    await asyncio.sleep(2 * collecting.EVERY)

    assert knot() is None
    collector.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


async def test_what_has_lived_for_a_while_is_set_aside(by_hand: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "ASIDE_EVERY", 0.0)
    collector = Collector(asyncio.get_running_loop())
    collector.start()
    aside = gc.get_freeze_count()
    holding, lost = [Knot() for _ in range(1000)], tied()

    await asyncio.sleep(1.5 * collecting.EVERY)

    assert gc.get_freeze_count() >= aside + len(holding)
    assert lost() is None
    collector.stop()


async def test_what_was_set_aside_goes_when_little_is_going_on(by_hand: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "FULL_AFTER", 0.0)
    collector = Collector(asyncio.get_running_loop())
    holding = Knot()
    collector.start()
    knot = weakref.ref(holding)
    del holding
    gc.collect()
    assert knot() is not None

    await asyncio.sleep(2.5 * collecting.EVERY)

    assert knot() is None
    collector.stop()


async def test_stopping_what_was_never_started_changes_nothing() -> None:
    Collector(asyncio.get_running_loop()).stop()
    assert gc.isenabled()
