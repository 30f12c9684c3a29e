"""Garbage collection by the clock, in processes that serve sockets.

Python collects when so many objects have been made, and everything when so many of those have stayed: at ten thousand
sockets that is a pause of most of a second, at any moment. Here the young are collected each second, and what has
lived for some seconds is set aside: no collection looks at it again, so that none takes long. What of it has become
garbage since, in a circle that holds itself, is found when everything is looked at: seldom, for sockets that have gone
leave none (docs/performance.md), when little is going on, and after an hour anyway.
"""

import asyncio
import gc
import time

from core import metrics

EVERY = 1.0  # seconds between looks at the young
ASIDE_EVERY = 10.0  # seconds after which what lives is set aside
QUIET = 0.2  # of a core: a process that takes less than this can afford a pause
FULL_AFTER, FULL_AT_LAST = 600.0, 3600.0  # seconds since the last time for everything: when quiet, and anyway
YOUNG, RECENT, ALL = "young", "recent", "all"  # as the metric calls them


class Collector:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._full_at = self._aside_at = 0.0
        self._cpu = 0.0

    def start(self) -> None:
        """What has been loaded stays for good."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._full_at = self._aside_at = self._loop.time()
        self._cpu = time.process_time()
        self._timer = self._loop.call_later(EVERY, self._turn)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            gc.unfreeze()
            gc.enable()

    def _turn(self) -> None:
        what = self._due()
        with metrics.GARBAGE_COLLECTION_SECONDS.labels(what).time():
            _collect(what)
        if what != YOUNG:
            self._aside_at = self._loop.time()
        if what == ALL:
            self._full_at = self._aside_at
        self._timer = self._loop.call_later(EVERY, self._turn)

    def _due(self) -> str:
        before, self._cpu = self._cpu, time.process_time()
        since = self._loop.time() - self._full_at
        if since > FULL_AT_LAST or (since > FULL_AFTER and self._cpu - before < QUIET * EVERY):
            return ALL
        return RECENT if self._loop.time() - self._aside_at > ASIDE_EVERY else YOUNG


def _collect(what: str) -> None:
    if what == YOUNG:
        gc.collect(1)
        return
    if what == ALL:
        gc.unfreeze()
    gc.collect()
    gc.freeze()
