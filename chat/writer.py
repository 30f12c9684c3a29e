"""Group commit: one writer per process takes what waits and stores it together.

No timer: while one batch is being committed the next gathers, so a lone message waits for nobody and a crowd shares
its commits. The writer is a thread that goes on by itself while something waits: it does not ask the event loop, which
has everybody's frames to read, for the next batch, and tells it once a batch what became of it.
"""

import asyncio
import contextlib
import contextvars
import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import structlog
from django.db import close_old_connections

from chat.actions import Draft, Outcome, post_messages
from core.errors import Unavailable

log = structlog.get_logger(__name__)

LARGEST_BATCH = 250
_LONGEST_QUEUE = 10_000

Answer = Callable[[Outcome], None]


class _Waiting(NamedTuple):
    draft: Draft
    answer: Answer
    context: contextvars.Context  # a refusal is worded in the language of who is refused


class Writer:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)  # weak, as its key in `_writers` is
        self._waiting: deque[_Waiting] = deque()
        self._is_running = False
        self._lock = threading.Lock()  # of the two above, for the moment in which nothing waits any more
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plaza-write")

    @classmethod
    def of_running_loop(cls) -> "Writer":
        loop = asyncio.get_running_loop()
        if loop not in _writers:
            _writers[loop] = cls(loop)
        return _writers[loop]

    def submit(self, draft: Draft, answer: Answer) -> None:
        """`answer` is called on the event loop, when the message is committed or refused. Order of submission is order
        in the log."""
        if len(self._waiting) >= _LONGEST_QUEUE:
            answer(Unavailable())
            return
        with self._lock:
            self._waiting.append(_Waiting(draft, answer, contextvars.copy_context()))
            if self._is_running:
                return
            self._is_running = True
        self._thread.submit(self._write_all)

    def _write_all(self) -> None:
        while batch := self._take():
            outcomes = _write([one.draft for one in batch])
            loop = self._loop()
            if loop is not None:
                with contextlib.suppress(RuntimeError):  # it has ended: no socket is left to tell
                    loop.call_soon_threadsafe(_tell, batch, outcomes)

    def _take(self) -> list[_Waiting]:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(LARGEST_BATCH, len(self._waiting)))]
            self._is_running = bool(batch)
            return batch


_writers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Writer] = weakref.WeakKeyDictionary()


def _write(drafts: list[Draft]) -> list[Outcome]:
    close_old_connections()
    try:
        return post_messages(drafts)
    except Exception:  # whatever it was, the writer goes on and every sender gets an answer
        log.exception("batch_failed", size=len(drafts))
        return [Unavailable() for _ in drafts]
    finally:
        close_old_connections()


def _tell(batch: list[_Waiting], outcomes: list[Outcome]) -> None:
    for one, outcome in zip(batch, outcomes, strict=True):
        try:
            one.context.run(one.answer, outcome)
        except Exception:  # one socket's trouble is not the others'
            log.exception("answer_failed")
