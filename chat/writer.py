"""Group commit: one writer per process takes what waits and stores it together.

No timer: while one batch is being committed the next gathers, so a lone message waits for nobody and a crowd shares
its commits.
"""

import asyncio
import weakref
from concurrent.futures import ThreadPoolExecutor

import structlog

from chat.actions import Draft, Outcome, Posted, post_messages
from core.errors import DomainError, Unavailable
from core.realtime.threads import in_thread

log = structlog.get_logger(__name__)

LARGEST_BATCH = 100
_LONGEST_QUEUE = 10_000


class Writer:
    def __init__(self) -> None:
        self._waiting: list[tuple[Draft, asyncio.Future[Posted]]] = []
        self._running: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plaza-write")

    @classmethod
    def of_running_loop(cls) -> "Writer":
        loop = asyncio.get_running_loop()
        if loop not in _writers:
            _writers[loop] = cls()
        return _writers[loop]

    def submit(self, draft: Draft) -> asyncio.Future[Posted]:
        """Done when the message is committed, or with the refusal. Order of submission is order in the log."""
        done: asyncio.Future[Posted] = asyncio.get_running_loop().create_future()
        if len(self._waiting) >= _LONGEST_QUEUE:
            done.set_exception(Unavailable())
            return done
        self._waiting.append((draft, done))
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._write_all())
        return done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
                outcomes = await self._write([draft for draft, _ in batch])
                for (_, done), outcome in zip(batch, outcomes, strict=True):
                    _settle(done, outcome)
        finally:
            self._running = None

    async def _write(self, drafts: list[Draft]) -> list[Outcome]:
        try:
            return await in_thread(post_messages, self._thread, drafts)
        except Exception:  # whatever it was, the writer goes on and every sender gets an answer
            log.exception("batch_failed", size=len(drafts))
            return [Unavailable() for _ in drafts]


_writers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Writer] = weakref.WeakKeyDictionary()


def _settle(done: asyncio.Future[Posted], outcome: Outcome) -> None:
    if done.done():
        return  # its socket has gone
    if isinstance(outcome, DomainError):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)
