"""A mail that somebody asked for is a row first: what lost its task is swept, what nobody could answer is forgotten."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as as_run
from django.utils import timezone

from accounts import actions, schedule, tasks
from accounts.models import AskedMail
from accounts.tests.factories import ADDRESS
from config.celery import app
from core import broker, work
from core.models import Mail

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(bool(as_run.REDIS_URL), reason="looks into the broker's folder"),
]
QUEUE = Path(broker.folders(Path(as_run.PLAZA_DATA) / "broker")["data_folder_out"])
A_MINUTE = timedelta(minutes=1)


def ask(email: str = "alice@plaza.example") -> AskedMail:
    actions.ask_password_reset(email=email, address=ADDRESS)
    return AskedMail.objects.latest("pk")


def change(row: AskedMail, **values) -> None:
    AskedMail.objects.filter(pk=row.pk).update(**values)


def started_by_the_sweep() -> list[int]:
    """Keys of the rows for which a task waits in the broker that was not there before."""
    before = set(QUEUE.glob("*.msg"))
    schedule.sweep_asked_mails()
    new = [json.loads(path.read_text()) for path in sorted(set(QUEUE.glob("*.msg")) - before)]
    assert {message["headers"]["task"] for message in new} <= {tasks.answer_asked_mail.name}
    return [int(message["headers"]["argsrepr"].strip("(),")) for message in new]


def answer(*keys: int) -> None:
    """As a worker does."""
    for key in keys:
        tasks.answer_asked_mail(key)


def test_the_clock_starts_the_sweep():
    app.finalize()
    planned = app.conf.beat_schedule["sweep-asked-mails"]
    assert (planned["task"], planned["schedule"]) == (schedule.sweep_asked_mails.name, schedule.SWEEP_SECONDS)


def test_what_lost_its_task_is_started_again_and_answered_once(alice):
    lost = ask()
    change(lost, due_at=timezone.now() - A_MINUTE)

    keys = started_by_the_sweep()
    answer(*keys, *keys)  # the first task was late, not lost

    assert keys == [lost.pk]
    assert Mail.objects.get().name == "accounts/password_reset"
    assert started_by_the_sweep() == [], "the row is gone"


def test_what_is_new_is_left_to_its_own_task(alice):
    ask()
    assert started_by_the_sweep() == []


def test_what_a_worker_is_at_is_left_to_it_until_it_counts_as_dead(alice):
    row = ask()
    work.take(AskedMail, row.pk)
    assert started_by_the_sweep() == []

    change(row, due_at=timezone.now() - work.GRACE)
    answer(*started_by_the_sweep())

    assert Mail.objects.count() == 1
    assert not AskedMail.objects.exists()


def test_what_kills_its_workers_is_given_up_kept_a_day_and_forgotten(alice):
    row = ask()
    change(row, attempts=AskedMail.most_attempts, due_at=timezone.now() - A_MINUTE)
    answer(*started_by_the_sweep())

    row.refresh_from_db()
    assert (row.state, row.due_at, row.error) == ("failed", None, work.GIVEN_UP)
    assert started_by_the_sweep() == []
    assert not Mail.objects.exists()

    actions.forget_asked_mails()
    assert AskedMail.objects.exists()
    change(row, created_at=timezone.now() - timedelta(days=1, minutes=1))
    actions.forget_asked_mails()
    assert not AskedMail.objects.exists()


def test_what_still_waits_is_never_forgotten(alice):
    change(ask(), created_at=timezone.now() - timedelta(days=30))

    schedule.forget_unconfirmed()

    assert AskedMail.objects.exists()
