"""Garbage collection by the clock, in processes that serve sockets.

Python collects when so many objects have been made, and everything when so many of those have stayed: at ten thousand
sockets that is a pause of most of a second, at any moment. Here the young are collected each second, and everything
when little is going on.
"""

import asyncio
import gc
import time

from core import metrics

EVERY = 1.0  # seconds between looks at the young
QUIET = 0.2  # of a core: a process that takes less than this can afford a pause
FULL_AFTER, FULL_AT_LAST = 60.0, 600.0  # seconds since the last time for everything: when quiet, and anyway
_YOUNG, _ALL = 1, 2  # generations, as `gc.collect` counts them


class Collector:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._full_at = 0.0
        self._cpu = 0.0

    def start(self) -> None:
        """What has been loaded stays for good, and is never looked at again."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._full_at, self._cpu = self._loop.time(), time.process_time()
        self._timer = self._loop.call_later(EVERY, self._turn)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            gc.unfreeze()
            gc.enable()

    def _turn(self) -> None:
        generation = _ALL if self._is_time_for_all() else _YOUNG
        with metrics.GARBAGE_COLLECTION_SECONDS.labels(str(generation)).time():
            gc.collect(generation)
        if generation == _ALL:
            self._full_at = self._loop.time()
        self._timer = self._loop.call_later(EVERY, self._turn)

    def _is_time_for_all(self) -> bool:
        before, self._cpu = self._cpu, time.process_time()
        since = self._loop.time() - self._full_at
        return since > FULL_AT_LAST or (since > FULL_AFTER and self._cpu - before < QUIET * EVERY)
