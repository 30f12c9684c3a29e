"""Mail through a provider's HTTP API: its wire format, its refusals, and settings that cannot work."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.utils import timezone

from core import tasks
from core.models import Mail
from core.tests.servers import manage
from core.tests.test_settings import PRODUCTION

pytestmark = pytest.mark.django_db


INACTIVE = (
    "You tried to send to a recipient that has been marked as inactive.\n"
    "Found inactive addresses: alice@plaza.example.\n"
    "Inactive recipients are ones that have generated a hard bounce or a spam complaint. "
)


class Postmark(HTTPServer):
    """Speaks what https://postmarkapp.com/developer/api/email-api says. `answer` is what it gives next."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[tuple[str, str, Any]] = []  # path, token, what was sent
        self.answer: tuple[int, Any] = (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "0a129aee"})


class _Handler(BaseHTTPRequestHandler):
    server: Postmark

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append((self.path, self.headers["X-Postmark-Server-Token"], body))
        status, answer = self.server.answer
        said = answer if isinstance(answer, bytes) else json.dumps({**answer, "To": "alice@plaza.example"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def postmark(settings: Any) -> Iterator[Postmark]:
    server = Postmark()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EMAIL_PROVIDER = "postmark"
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "a-token",
        "POSTMARK_API_URL": f"http://127.0.0.1:{server.server_port}/",
        "REQUESTS_TIMEOUT": 5,
    }
    yield server
    server.shutdown()
    server.server_close()


def make_mail() -> Mail:
    return Mail.objects.create(
        to="alice@plaza.example", name="core/test", subject="Hello", text="In words", html="<p>In words</p>"
    )


def test_a_mail_is_handed_over_whole(postmark: Postmark, settings: Any) -> None:
    mail = make_mail()
    tasks.send_mails()

    ((path, token, sent),) = postmark.taken
    assert (path, token) == ("/email", "a-token")
    assert (sent["To"], sent["From"], sent["Subject"]) == ("alice@plaza.example", settings.EMAIL_FROM, "Hello")
    assert (sent["TextBody"], sent["HtmlBody"]) == ("In words", "<p>In words</p>")
    mail.refresh_from_db()
    assert mail.sent_at is not None


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"ErrorCode": 100, "Message": "Maintenance"}),
        (401, {"ErrorCode": 10, "Message": "No token"}),
        (422, {"ErrorCode": 406, "Message": INACTIVE}),
        (200, b"<html>not JSON"),
    ],
)
def test_a_refusal_is_noted_and_tried_again(postmark: Postmark, answer: tuple[int, Any]) -> None:
    postmark.answer = answer
    mail = make_mail()
    tasks.send_mails()

    mail.refresh_from_db()
    assert (mail.sent_at, mail.attempts) == (None, 1)
    assert mail.due_at is not None
    assert mail.due_at > timezone.now()
    assert mail.last_error.startswith("Anymail")
    assert "a-token" not in mail.last_error


def test_a_provider_that_is_away_too(postmark: Postmark, settings: Any) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://127.0.0.1:9/"}
    mail = make_mail()
    tasks.send_mails()

    mail.refresh_from_db()
    assert mail.sent_at is None
    assert mail.due_at is not None


@pytest.mark.parametrize(
    ("env", "because"),
    [
        ({"EMAIL_PROVIDER": "pigeon"}, "EMAIL_PROVIDER='pigeon' is not usable: it must be one of brevo, "),
        ({"EMAIL_PROVIDER": "mailjet", "ANYMAIL_MAILJET_API_KEY": "k"}, "ANYMAIL_MAILJET_SECRET_KEY is not set"),
        ({"EMAIL_PROVIDER": "postmark", "EMAIL_URL": "smtp://localhost"}, "EMAIL_URL and EMAIL_PROVIDER are both set"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(tmp_path: Any, env: dict[str, str], because: str) -> None:
    said = manage("check", env={**PRODUCTION, "EMAIL_URL": None, "PLAZA_DATA": str(tmp_path), **env})

    assert said.returncode != 0
    assert because in said.stderr
    assert "Traceback" not in said.stderr


def test_a_provider_is_enough_for_the_checks(tmp_path: Any) -> None:
    env = {"EMAIL_URL": None, "EMAIL_PROVIDER": "postmark", "ANYMAIL_POSTMARK_SERVER_TOKEN": "t"}
    said = manage("check", "--deploy", env={**PRODUCTION, "PLAZA_DATA": str(tmp_path), **env})

    assert "plaza.W006" not in said.stderr
