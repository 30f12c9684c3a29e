"""Asks every connection of a server now and then whether its peer lives: one timer for all of them."""

import asyncio
from typing import Protocol

from core.websocket.frames import Opcode, frame

PING = frame(Opcode.PING, b"plaza")
_STEPS = 60  # looks per interval: a ping or a death is late by a sixtieth of it at most


class Peer(Protocol):
    def ask(self) -> None:
        """Send a ping."""

    def die(self) -> None:
        """It has not answered in time."""


class KeepAlive:
    """Pings a peer `interval` seconds after it last answered, and gives it `timeout` seconds. Both tables are in the
    order of their times, so a look costs what is due and nothing more."""

    def __init__(self, loop: asyncio.AbstractEventLoop, interval: float, timeout: float) -> None:
        self._loop = loop
        self._interval, self._timeout = interval, timeout
        self._asked_at: dict[Peer, float] = {}
        self._answered_at: dict[Peer, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, peer: Peer) -> None:
        self._answered_at[peer] = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._interval / _STEPS, self._look)

    def answered(self, peer: Peer) -> None:
        if self._asked_at.pop(peer, None) is not None:
            self._answered_at[peer] = self._loop.time()

    def drop(self, peer: Peer) -> None:
        self._answered_at.pop(peer, None)
        self._asked_at.pop(peer, None)

    def _look(self) -> None:
        now = self._loop.time()
        for peer in _until(self._asked_at, now - self._timeout):
            del self._asked_at[peer]
            peer.die()
        for peer in _until(self._answered_at, now - self._interval):
            del self._answered_at[peer]
            self._asked_at[peer] = now
            peer.ask()
        waits = self._answered_at or self._asked_at
        self._timer = self._loop.call_later(self._interval / _STEPS, self._look) if waits else None


def _until(times: dict[Peer, float], latest: float) -> list[Peer]:
    found = []
    for peer, at in times.items():
        if at > latest:
            break
        found.append(peer)
    return found
