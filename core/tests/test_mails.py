import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as as_run
from django.core import mail as outbox
from django.db import connection, transaction
from django.utils import timezone

from core import broker, mails, schedule, tasks, work
from core.models import Mail
from core.tests.servers import free_port
from rooms.tests.threads import on_postgres

pytestmark = pytest.mark.django_db
BROKER = Path(as_run.PLAZA_DATA) / "broker"


@pytest.fixture(autouse=True)
def _broker_folders():
    broker.folders(BROKER)


class Person:
    public_name = "alice"


def queue(**changes) -> Mail:
    asked = {
        "to": "alice@plaza.example",
        "name": "accounts/activation",
        "context": {"person": Person()},
        "key": "the-key",
        "link": "http://127.0.0.1/accounts/confirm-email/the-key/",
    }
    return mails.queue_mail(**{**asked, **changes})


def fresh(mail: Mail) -> Mail:
    return Mail.objects.get(pk=mail.pk)


def waits_for(count: int) -> bool:
    """A call that is not the first of its moment is made a moment later."""
    until = time.monotonic() + 5
    while broker.waiting(BROKER) < count and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(2 * work.WAKE_SECONDS)
    return broker.waiting(BROKER) == count


def test_a_mail_is_rendered_into_its_row():
    mail = queue()

    assert mail.subject == "Confirm your e-mail address"
    assert mail.text.startswith("Hello alice,")
    assert mail.link in mail.text
    assert mail.link in mail.html
    assert "\n" not in mail.subject
    assert (mail.sent_at, mail.attempts) == (None, 0)


@pytest.mark.skipif(bool(as_run.REDIS_URL), reason="looks into the broker's folder")
def test_its_job_starts_after_the_commit_only(django_capture_on_commit_callbacks):
    before = broker.waiting(BROKER)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        queue()
        assert broker.waiting(BROKER) == before

    assert len(callbacks) == 1
    assert waits_for(before + 1)


def test_what_is_rolled_back_is_not_sent(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        try:
            with transaction.atomic():
                queue()
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass

    assert callbacks == []
    assert not Mail.objects.exists()


@pytest.mark.skipif(bool(as_run.REDIS_URL), reason="takes the broker's folder away")
def test_a_dead_broker_does_not_break_whoever_caused_the_mail(django_capture_on_commit_callbacks):
    folder = BROKER / "queue"
    away = folder.rename(folder.with_name("away"))
    try:
        with django_capture_on_commit_callbacks(execute=True):
            queue()
        time.sleep(3 * work.WAKE_SECONDS)
    finally:
        away.rename(folder)
    assert Mail.objects.due(timezone.now()).exists()


def test_the_task_sends_it_once():
    mail = queue()
    tasks.send_mails()
    tasks.send_mails()

    (sent,) = outbox.outbox
    assert sent.to == ["alice@plaza.example"]
    assert sent.from_email == as_run.EMAIL_FROM
    assert sent.alternatives[0].mimetype == "text/html"
    assert fresh(mail).sent_at is not None
    assert fresh(mail).attempts == 1


def test_nothing_to_send_is_no_error():
    tasks.send_mails()

    assert outbox.outbox == []


def test_demo_keeps_what_it_sent_production_blanks_the_secrets(settings):
    kept = queue()
    tasks.send_mails()
    settings.DEMO = False
    blanked = queue()
    tasks.send_mails()

    assert fresh(kept).key == "the-key"
    gone = fresh(blanked)
    assert (gone.text, gone.html, gone.key, gone.link) == ("", "", "", "")
    assert outbox.outbox[1].body.startswith("Hello alice,")


def test_a_refused_mail_is_tried_again_later_and_later(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    mail = queue()

    waits = []
    for _ in range(3):
        Mail.objects.update(due_at=timezone.now())
        tasks.send_mails()
        due_at = fresh(mail).due_at
        assert due_at is not None
        waits.append(round((due_at - timezone.now()).total_seconds()))

    assert waits == [30, 60, 120]
    assert "ConnectionRefusedError" in fresh(mail).last_error
    assert fresh(mail).sent_at is None


def test_a_mail_that_nobody_takes_is_given_up(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    mail = queue()
    Mail.objects.update(attempts=mails.LAST_ATTEMPT - 1)
    tasks.send_mails()

    assert (fresh(mail).due_at, fresh(mail).sent_at) == (None, None)


def test_while_one_sends_it_nobody_else_does_and_a_dead_one_is_repeated():
    queue()
    Mail.objects.update(due_at=timezone.now() + mails.CLAIM, attempts=1)  # somebody took it and was killed
    tasks.send_mails()
    assert outbox.outbox == []

    Mail.objects.update(due_at=timezone.now() - timedelta(seconds=1))  # its claim has lapsed
    tasks.send_mails()
    assert len(outbox.outbox) == 1


@pytest.mark.skipif(bool(as_run.REDIS_URL), reason="looks into the broker's folder")
@pytest.mark.parametrize(("late", "is_called"), [(60, True), (1, False), (-60, False), (None, False)])
def test_the_sweep_calls_for_what_was_left_and_for_nothing_else(django_capture_on_commit_callbacks, late, is_called):
    """One that is new has a job of its own, one that failed waits, and one that is sent is due no more."""
    mail = queue()
    due_at = None if late is None else timezone.now() - timedelta(seconds=late)
    Mail.objects.filter(pk=mail.pk).update(due_at=due_at)
    time.sleep(2 * work.WAKE_SECONDS)  # other tests' calls are made
    before = broker.waiting(BROKER)

    with django_capture_on_commit_callbacks(execute=True):
        schedule.sweep_mails()

    assert waits_for(before + is_called)


def test_a_job_sends_several_and_calls_for_the_rest(django_capture_on_commit_callbacks):
    for number in range(mails.AT_ONCE + 3):
        queue(to=f"person{number}@plaza.example")

    with django_capture_on_commit_callbacks() as callbacks:
        tasks.send_mails()
    assert (len(outbox.outbox), len(callbacks)) == (mails.AT_ONCE, 1)
    with django_capture_on_commit_callbacks() as callbacks:
        tasks.send_mails()

    assert [sent.to for sent in outbox.outbox] == [[f"person{n}@plaza.example"] for n in range(mails.AT_ONCE + 3)]
    assert callbacks == []


def test_one_that_cannot_even_be_tried_keeps_none_of_the_others():
    bad, good = queue(), queue(to="bob@plaza.example")
    Mail.objects.filter(pk=bad.pk).update(subject="Two\nlines")

    tasks.send_mails()

    assert [sent.to for sent in outbox.outbox] == [["bob@plaza.example"]]
    assert (fresh(bad).sent_at, fresh(good).sent_at is not None) == (None, True)


def test_old_mail_is_forgotten():
    old, new = queue(), queue()
    tasks.send_mails()
    waiting = queue()
    Mail.objects.filter(pk__in=[old.pk, waiting.pk]).update(created_at=timezone.now() - timedelta(days=31))

    schedule.forget_mails()

    assert set(Mail.objects.values_list("pk", flat=True)) == {waiting.pk, new.pk}


def test_names_are_escaped_in_html_and_not_in_text():
    class Ampersand:
        public_name = "a&b"

    mail = queue(context={"person": Ampersand()})

    assert "a&amp;b" in mail.html
    assert "Hello a&b," in mail.text


@on_postgres
def test_of_many_workers_one_sends_it():
    queue()
    ready = threading.Barrier(8)

    def send() -> None:
        ready.wait()
        tasks.send_mails()
        connection.close()

    workers = [threading.Thread(target=send) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(outbox.outbox) == 1
