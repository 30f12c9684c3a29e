"""A worker is killed while it hands a mail over: the mail is repeated at most once for that, and never lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.tests.servers import ROOT, PlazaFactory, environment, manage
from core.tests.smtp import SlowSmtp

pytestmark = pytest.mark.laboratory
TO = "alice@plaza.example"
NEW = f"""
from core.models import Mail
Mail.objects.create(to="{TO}", name="core/test", subject="Hello", text="Hello")
"""
SEND = "from core.tasks import send_mails; send_mails()"
LAPSE = "from django.utils import timezone; from core.models import Mail; Mail.objects.update(due_at=timezone.now())"
SHOW = "from core.models import Mail; mail = Mail.objects.get(); print(mail.attempts, mail.sent_at is not None)"


@pytest.fixture
def smtp() -> Iterator[SlowSmtp]:
    server = SlowSmtp()
    yield server
    server.close()


def test_a_kill_while_a_mail_is_handed_over_repeats_it_once(start_plaza: PlazaFactory, smtp: SlowSmtp) -> None:
    folder = start_plaza.data_folder()
    env = {"PLAZA_DATA": folder, "PLAZA_MODE": "demo", "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}"}

    def shell(code: str) -> str:
        said = manage("shell", "-v", "0", "-c", code, env=env)
        assert said.returncode == 0, said.stderr
        return said.stdout.strip()

    shell(NEW)
    worker = subprocess.Popen(
        [sys.executable, str(Path(ROOT) / "manage.py"), "shell", "-v", "0", "-c", SEND],
        env=environment(env),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    assert smtp.has_one.wait(30)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)

    smtp.thinks = 0
    shell(SEND)  # the broker gives the job to the next worker at once
    assert smtp.taken.total() == 1, "whoever was killed may still have been at it: its claim holds"
    assert shell(SHOW) == "1 False"

    shell(LAPSE)
    for _ in range(3):
        shell(SEND)
    assert smtp.taken.total() == 2, "once more for the kill, and never again"
    assert shell(SHOW) == "2 True"
