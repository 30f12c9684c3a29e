"""Jobs really run: another process queues them, beat starts them, and a broker that loses them is made good."""

import time
from collections.abc import Callable
from pathlib import Path

from core import broker
from core.tests.servers import PlazaFactory, RunningPlaza, manage

WAIT_SECONDS = 25  # the sweep's interval (10), with room for a busy machine
NEW_MAIL = """
from datetime import timedelta
from django.utils import timezone
from core.models import Mail
long_due = timezone.now() - timedelta(minutes=1)  # the sweep leaves what is new to its own job
mail = Mail.objects.create(to="{to}", name="core/test", subject="Hello", text="Hello", due_at=long_due)
"""
QUEUED = NEW_MAIL + "from core.tasks import send_mails; send_mails.delay()"


def shell(plaza: RunningPlaza, code: str) -> None:
    said = manage("shell", "-c", code, env=plaza.env)
    assert said.returncode == 0, said.stderr


def is_sent(plaza: RunningPlaza, to: str) -> bool:
    """In demo mode mail goes to files."""
    return any(to in mail.read_text() for mail in (plaza.data / "mail").glob("*"))


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.2)
    return False


def test_the_server_does_what_another_process_queued_even_while_it_was_dead(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza()
    shell(plaza, QUEUED.format(to="queued@plaza.example"))
    assert eventually(lambda: is_sent(plaza, "queued@plaza.example"))
    assert eventually(lambda: b"\njobs_pending 0.0\n" in plaza.get("/metrics")[1])


def test_beat_sweeps_what_a_lost_job_left_behind(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza()
    shell(plaza, NEW_MAIL.format(to="lost@plaza.example"))
    assert eventually(lambda: is_sent(plaza, "lost@plaza.example"))
    plaza.kill()
    shell(plaza, QUEUED.format(to="killed@plaza.example"))
    plaza.start()
    assert eventually(lambda: is_sent(plaza, "killed@plaza.example"))


def test_a_message_appears_whole_and_is_taken_once(tmp_path: Path) -> None:
    options = broker.folders(tmp_path)
    channel = object.__new__(broker.Channel)
    channel.__dict__.update(
        {"data_folder_in": options["data_folder_in"], "data_folder_out": options["data_folder_out"]}
    )
    for number in range(3):
        channel._put("celery", {"number": number})
    assert broker.waiting(tmp_path) == 3
    assert [channel._get("celery")["number"] for _ in range(3)] == [0, 1, 2]
    assert broker.waiting(tmp_path) == 0
    assert list((tmp_path / "queue").iterdir()) == []


def test_the_schedule_of_every_app_is_gathered() -> None:
    from config.celery import app

    app.finalize()
    assert {"sweep-mails", "forget-sign-ins"} <= set(app.conf.beat_schedule)
    missing = {entry["task"] for entry in app.conf.beat_schedule.values()} - set(app.tasks)
    assert missing == set()
