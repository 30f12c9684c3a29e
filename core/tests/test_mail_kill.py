"""A worker is killed while it hands a mail over: the mail is repeated at most once for that, and never lost."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.tests.servers import ROOT, PlazaFactory, environment, manage

pytestmark = pytest.mark.laboratory
TO = "alice@plaza.example"
NEW = f"""
from core.models import Mail
print(Mail.objects.create(to="{TO}", name="core/test", subject="Hello", text="Hello").pk)
"""
SEND = "from core.tasks import send_mail; send_mail({pk})"
LAPSE = "from django.utils import timezone; from core.models import Mail; Mail.objects.update(due_at=timezone.now())"
SHOW = "from core.models import Mail; mail = Mail.objects.get(); print(mail.attempts, mail.sent_at is not None)"


class SlowSmtp:
    """Takes mail, and thinks before it says so: the time in which nobody knows whether a mail was taken."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.taken = 0
        self.slow = True
        self.has_one = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        try:
            while True:
                threading.Thread(target=self._talk, args=(self._server.accept()[0],), daemon=True).start()
        except OSError:  # closed: the test is over
            pass

    def _talk(self, line: socket.socket) -> None:
        with line, line.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 slow\r\n")
            while asked := talk.readline():
                if asked.upper().startswith(b"DATA"):
                    talk.write(b"354 go on\r\n")
                    while talk.readline() not in (b".\r\n", b""):
                        pass
                    self.taken += 1  # it has the mail; whether the sender hears of it is another thing
                    self.has_one.set()
                    if self.slow:
                        time.sleep(30)
                try:
                    talk.write(b"221 bye\r\n" if asked.upper().startswith(b"QUIT") else b"250 fine\r\n")
                except OSError:  # the sender was killed
                    return


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

    pk = shell(NEW)
    worker = subprocess.Popen(
        [sys.executable, str(Path(ROOT) / "manage.py"), "shell", "-v", "0", "-c", SEND.format(pk=pk)],
        env=environment(env),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    assert smtp.has_one.wait(30)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)

    smtp.slow = False
    shell(SEND.format(pk=pk))  # the broker gives the job to the next worker at once
    assert smtp.taken == 1, "whoever was killed may still have been at it: its claim holds"
    assert shell(SHOW) == "1 False"

    shell(LAPSE)
    for _ in range(3):
        shell(SEND.format(pk=pk))
    assert smtp.taken == 2, "once more for the kill, and never again"
    assert shell(SHOW) == "2 True"
