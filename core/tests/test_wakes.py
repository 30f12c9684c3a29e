"""Calls for a worker: the first at once, those of the next moment as one, and none that is too early to see the row."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from core import broker, work
from core.tests.servers import PlazaFactory, manage


class Task:
    """What Celery is asked for."""

    def __init__(self, name: str, *, is_down: bool = False) -> None:
        self.name, self.is_down, self.asked = name, is_down, 0

    def apply_async(self, *, retry: bool) -> None:
        assert not retry
        self.asked += 1
        if self.is_down:
            raise OperationalError


def wait_for(task: Task, asked: int) -> None:
    until = time.monotonic() + 5
    while task.asked < asked and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(3 * work.WAKE_SECONDS)


@pytest.mark.django_db(transaction=True)
def test_many_calls_in_a_moment_are_two_and_the_second_comes_after_them_all():
    task: Any = Task("core.tests.many")
    with transaction.atomic():
        for _ in range(50):
            work.wake(task)
        assert task.asked == 0, "nothing is committed yet"

    wait_for(task, 2)

    assert task.asked == 2
    work.wake(task)
    assert task.asked == 3


@pytest.mark.django_db(transaction=True)
def test_a_call_of_which_nothing_came_is_no_call():
    task: Any = Task("core.tests.none")
    with transaction.atomic():
        work.wake(task)
        transaction.set_rollback(True)

    assert task.asked == 0


def test_a_process_that_ends_makes_its_calls_first(start_plaza: PlazaFactory):
    folder = start_plaza.data_folder()
    calls = "from core import work; from core.tasks import send_mails\nfor _ in range(3): work.wake(send_mails)"

    done = manage("shell", "--no-imports", "-c", calls, env={"PLAZA_DATA": folder, "PLAZA_MODE": "demo"})

    assert done.returncode == 0, done.stderr
    assert broker.waiting(Path(folder) / "broker") == 2


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_it_is_left_to_the_sweep():
    task: Any = Task("core.tests.down", is_down=True)
    for _ in range(3):
        work.wake(task)
    wait_for(task, 2)

    assert task.asked == 2
