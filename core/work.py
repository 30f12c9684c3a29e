"""Work with a row (`core.models.Work`): started after the commit, done once, taken up again when its worker died.

A task does its work between `take` and `finish` or `fail`, and calls `advance` at least every `CLAIM`; it may run
twice, and only one of the two gets the row. The app's schedule calls `sweep` for what lost its task.
"""

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
GIVEN_UP = "gave_up"

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


def advance(row: Work, percent: int) -> None:
    """Raises Lost."""
    _write(row, progress=percent, due_at=timezone.now() + CLAIM)


def put_off(row: Work, wait: timedelta) -> None:
    """Not now: the sweep starts it again after `wait`. Raises Lost."""
    _write(row, state=Work.State.WAITING, due_at=timezone.now() + wait)


def finish(row: Work, **values: object) -> None:
    """Raises Lost."""
    _end(row, Work.State.DONE, progress=100, **values)


def fail(row: Work, error: str) -> None:
    _end(row, Work.State.FAILED, error=error)


def sweep(task: "Task[[int], None]", model: type[Work]) -> None:
    """Start again what is due and lost its task."""
    due = _rows(model).filter(due_at__lte=timezone.now() - GRACE).order_by("due_at").values_list("pk", flat=True)
    for pk in due[:100]:
        _send(task, pk)


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
