"""Work with a row (`core.models.Work`): started after the commit, done once, taken up again when its worker died.

A task does its work between `take` and `finish` or `fail`, and calls `advance` at least every `CLAIM`; it may run
twice, and only one of the two gets the row. The app's schedule calls `sweep` for what lost its task.

Of rows that come many at a time a task takes several (`wake`, `take_several`, `finish_all`): it costs more to ask a
worker and a database for each than to do what is to be done.
"""

import atexit
import threading
import time
from datetime import timedelta
from typing import TypeVar

import structlog
from celery import Task
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

from core.models import Work

log = structlog.get_logger(__name__)

CLAIM = timedelta(seconds=60)  # after so long without a sign whoever took it counts as dead
GRACE = timedelta(seconds=5)  # the task that was started with the row comes first
SHORT_CLAIM = timedelta(seconds=10)  # of what takes a moment, and whose process goes on with it at once
GIVEN_UP = "gave_up"
WAKE_SECONDS = 0.05  # between two calls for the same task: what comes meanwhile is taken together

W = TypeVar("W", bound=Work)


class Lost(Exception):
    """Somebody else is at this row by now, or it is gone: what was done for it counts for nothing."""


def start(task: "Task[[int], None]", row: Work, *, after: float = 0) -> None:
    """Ask a worker, once this transaction is committed. Without a broker the row waits for the sweep.

    `after` that many seconds; the row's `due_at` says so too.
    """
    transaction.on_commit(lambda: _send(task, row.pk, after))


def _send(task: "Task[[int], None]", pk: int, after: float = 0) -> None:
    try:
        task.apply_async((pk,), retry=False, countdown=after)
    except (OperationalError, OSError) as down:
        log.warning("work_waits_for_the_sweep", task=task.name, row=pk, because=str(down))


class _Wakes:
    """One call for what comes within WAKE_SECONDS; the first of them at once. A call that dies with its process is the
    sweep's.

    Later ones are made by one thread, whatever they are: to start a thread takes a busy process longer than the call.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._called: dict[str, float] = {}  # name of a task -> when
        self._due: dict[str, tuple[float, Task[[], None]]] = {}
        self._thread: threading.Thread | None = None

    def ask(self, task: "Task[[], None]") -> None:
        name, now = str(task.name), time.monotonic()
        with self._changed:
            at = self._called.get(name, -WAKE_SECONDS) + WAKE_SECONDS
            if name in self._due or at > now:
                self._due.setdefault(name, (at, task))
                self._ensure_thread()
                self._changed.notify()
                return
            self._called[name] = now
        _call(task)

    def make_all(self) -> None:
        """Now: the process ends."""
        with self._changed:
            tasks = [task for _at, task in self._due.values()]
            self._due.clear()
        for task in tasks:
            _call(task)

    def _ensure_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():  # a fork has none of its parent's
            self._thread = threading.Thread(target=self._run, name="wakes", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due:
                    self._changed.wait()
                name = min(self._due, key=lambda one: self._due[one][0])
                at, task = self._due[name]
                wait = at - time.monotonic()
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                del self._due[name]
                self._called[name] = time.monotonic()
            _call(task)


def _call(task: "Task[[], None]") -> None:
    try:
        task.apply_async(retry=False)
    except (OperationalError, OSError) as down:
        log.warning("work_waits_for_the_sweep", task=task.name, because=str(down))


_wakes = _Wakes()
atexit.register(_wakes.make_all)


def wake(task: "Task[[], None]") -> None:
    """Ask a worker to take what is due, once this transaction is committed. Many calls in a moment are one."""
    transaction.on_commit(lambda: _wakes.ask(task))


def take(model: type[W], pk: int) -> W | None:
    """The row, if it is due and nobody else is at it."""
    now = timezone.now()
    claimed = _rows(model).filter(pk=pk, due_at__lte=now)
    if not claimed.update(due_at=now + CLAIM, attempts=F("attempts") + 1, state=Work.State.RUNNING):
        return None
    row = _rows(model).get(pk=pk)
    if row.attempts > model.most_attempts:  # it kills its workers: no more of them for it
        fail(row, GIVEN_UP)
        return None
    return row


def take_several(rows: "models.QuerySet[W]", most: int) -> list[W]:
    """Up to `most` of them that are due and that nobody else is at, those that wait longest first."""
    now = timezone.now()
    with transaction.atomic():
        found = list(rows.filter(due_at__lte=now).order_by("due_at").select_for_update(skip_locked=True)[:most])
        if found:
            claimed = _rows(rows.model).filter(pk__in=[row.pk for row in found])
            claimed.update(due_at=now + CLAIM, attempts=F("attempts") + 1, state=Work.State.RUNNING)
    for row in found:
        row.due_at, row.attempts, row.state = now + CLAIM, row.attempts + 1, Work.State.RUNNING
        if row.attempts > row.most_attempts:
            fail(row, GIVEN_UP)
    return [row for row in found if row.due_at is not None]


def make_taken(model: type[W], **values: object) -> W:
    """A row that this very process goes on with. If it dies before, the sweep finds it after SHORT_CLAIM."""
    until = timezone.now() + SHORT_CLAIM
    return model._default_manager.create(state=Work.State.RUNNING, attempts=1, due_at=until, **values)


def advance(row: Work, percent: int) -> None:
    """Raises Lost."""
    _write(row, progress=percent, due_at=timezone.now() + CLAIM)


def put_off(row: Work, wait: timedelta) -> None:
    """Not now: the sweep starts it again after `wait`. Raises Lost."""
    _write(row, state=Work.State.WAITING, due_at=timezone.now() + wait)


def finish(row: Work, **values: object) -> None:
    """Raises Lost."""
    _end(row, Work.State.DONE, progress=100, **values)


def finish_all(rows: list[W], **values: object) -> None:
    """Those that somebody else is at by now are left to them."""
    for attempts in {row.attempts for row in rows}:
        same = [row.pk for row in rows if row.attempts == attempts]
        mine = _rows(type(rows[0])).filter(pk__in=same, attempts=attempts, state=Work.State.RUNNING)
        mine.update(state=Work.State.DONE, due_at=None, finished_at=timezone.now(), progress=100, **values)


def fail(row: Work, error: str) -> None:
    _end(row, Work.State.FAILED, error=error)


def sweep(task: "Task[[int], None]", model: type[Work]) -> None:
    """Start again what is due and lost its task."""
    due = _rows(model).filter(due_at__lte=timezone.now() - GRACE).order_by("due_at").values_list("pk", flat=True)
    for pk in due[:100]:
        _send(task, pk)


def sweep_several(task: "Task[[], None]", model: type[Work]) -> None:
    """The same for a task that takes several."""
    if _rows(model).filter(due_at__lte=timezone.now() - GRACE).exists():
        wake(task)


def _end(row: Work, state: str, **values: object) -> None:
    _write(row, state=state, due_at=None, finished_at=timezone.now(), **values)


def _write(row: Work, **values: object) -> None:
    mine = _rows(type(row)).filter(pk=row.pk, attempts=row.attempts, state=Work.State.RUNNING)
    if not mine.update(**values):
        raise Lost
    for name, value in values.items():
        setattr(row, name, value)


def _rows(model: type[W]) -> "models.QuerySet[W]":
    return model._default_manager.all()
