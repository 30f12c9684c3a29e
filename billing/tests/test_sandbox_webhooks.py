"""Events of the sandbox: signed, sent over HTTP until they are taken, some of them twice."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from billing.gateway import BadSignature, Event, sandbox
from billing.models import SandboxWebhook
from billing.sandbox import schedule, webhooks
from billing.tests.merchant import bought, open_one

pytestmark = pytest.mark.django_db
BODY = b'{"id": "evt_1", "type": "payment.succeeded", "created": 1, "data": {"ref": "cs_0123456789abcdef01234567"}}'
REF = "cs_0123456789abcdef01234567"


@dataclass
class Came:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Listens on loopback. `answers` are the next statuses, then 200."""

    def __init__(self) -> None:
        self.came: list[Came] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.came.append(Came(self.path, dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    made = Receiver()
    settings.PORT, settings.PUBLIC_URL = made.port, f"http://127.0.0.1:{made.port}"
    yield made
    made.close()


def wait_of(row: SandboxWebhook) -> float:
    """Seconds until it is tried."""
    assert row.due_at
    return (row.due_at - timezone.now()).total_seconds()


def due_now() -> SandboxWebhook:
    """The only event, as if its time had come."""
    row = SandboxWebhook.objects.get()
    SandboxWebhook.objects.update(due_at=timezone.now())
    return row


def send(row: SandboxWebhook) -> SandboxWebhook:
    webhooks.send(webhook_id=row.pk)
    row.refresh_from_db()
    return row


def test_it_arrives_signed(receiver, settings) -> None:
    ref = open_one()
    sandbox.close_checkout(ref)
    row = send(due_now())

    assert (row.state, row.due_at) == ("done", None)
    [came] = receiver.came
    assert (came.path, came.headers["Content-Type"]) == ("/webhooks/sandbox/", "application/json")
    told = json.loads(came.body)
    assert (told["id"], told["type"], told["data"]) == (row.event_id, "payment.failed", {"ref": ref})
    assert abs(told["created"] - time.time()) < 5
    at, _, digest = came.headers["Plaza-Signature"].removeprefix("t=").partition(",v1=")
    secret = settings.SANDBOX_WEBHOOK_SECRET.encode()
    assert digest == hmac.new(secret, at.encode() + b"." + came.body, hashlib.sha256).hexdigest()
    assert abs(int(at) - time.time()) < 5
    assert sandbox.read_webhook(came.body, came.headers) == Event(row.event_id, "payment.failed", "checkout", ref)


def test_some_arrive_twice_under_one_id(receiver) -> None:
    bought()
    send(due_now())
    first, second = receiver.came
    assert first.body == second.body


def test_it_waits_a_moment_first(receiver) -> None:
    bought()
    row = send(SandboxWebhook.objects.get())
    assert (receiver.came, row.state) == ([], "waiting")
    assert 0 < wait_of(row) <= webhooks.DELAY


def test_refused_it_comes_again_and_waits_longer_each_time(receiver) -> None:
    open_and_close()
    receiver.answers = [500, 503, 404, 302]
    row, waits = due_now(), []
    for _ in range(4):
        row = send(due_now())
        assert row.state == "waiting"
        waits.append(round(wait_of(row)))
    assert waits == [2, 4, 8, 16]
    assert send(due_now()).state == "done"
    assert (len(receiver.came), len({came.body for came in receiver.came})) == (5, 1)


def open_and_close() -> str:
    ref = open_one()
    sandbox.close_checkout(ref)
    return ref


def test_nobody_there_is_as_good_as_a_refusal(receiver, settings) -> None:
    receiver.close()
    open_and_close()
    assert send(due_now()).state == "waiting"


def test_in_the_end_it_is_given_up(receiver) -> None:
    open_and_close()
    receiver.answers = [500]
    SandboxWebhook.objects.update(attempts=SandboxWebhook.most_attempts - 1)
    row = send(due_now())
    assert (row.state, row.error, row.due_at) == ("failed", "gave_up", None)
    longest = webhooks.FIRST_WAIT * 2 ** (SandboxWebhook.most_attempts - 2)
    assert min(webhooks.LONGEST_WAIT, longest) == timedelta(hours=1)


def test_it_is_sent_once_by_two_workers(receiver) -> None:
    open_and_close()
    row = due_now()
    assert send(row).state == "done"
    send(row)
    assert len(receiver.came) == 1


def test_it_goes_where_the_instance_is(settings) -> None:
    settings.PORT, settings.PUBLIC_URL = 8123, "http://plaza.example"
    assert webhooks.address() == "http://127.0.0.1:8123/webhooks/sandbox/"
    settings.PUBLIC_URL = "https://plaza.example"
    assert webhooks.address() == "https://plaza.example/webhooks/sandbox/"
    settings.SANDBOX_WEBHOOK_URL = "http://web:8000/webhooks/sandbox/"
    assert webhooks.address() == settings.SANDBOX_WEBHOOK_URL


def test_by_whatever_name_it_is_itself(receiver, settings) -> None:
    """A worker on another machine reaches it by a name that ALLOWED_HOSTS need not have."""
    settings.PUBLIC_URL = "http://plaza.example:8000"
    settings.SANDBOX_WEBHOOK_URL = f"http://localhost:{receiver.port}/webhooks/sandbox/"
    open_and_close()
    assert send(due_now()).state == "done"
    assert receiver.came[0].headers["Host"] == "plaza.example:8000"


def test_old_ones_are_forgotten() -> None:
    open_and_close()
    row = SandboxWebhook.objects.get()
    SandboxWebhook.objects.update(created_at=timezone.now() - timedelta(days=31))
    schedule.forget_sandbox_webhooks()
    assert SandboxWebhook.objects.get() == row, "it still waits"
    SandboxWebhook.objects.update(due_at=None)
    schedule.forget_sandbox_webhooks()
    assert SandboxWebhook.objects.count() == 0


# --- What is believed -----------------------------------------------------------------------------------------------
def signed(body: bytes, at: float | None = None) -> dict[str, str]:
    return {"plaza-signature": webhooks.sign(body, int(time.time() if at is None else at))}


@pytest.mark.parametrize(
    ("ref", "subject"),
    [
        (REF, "checkout"),
        ("sub_0123456789abcdef01234567", "subscription"),
        ("re_0123456789abcdef01234567", "refund"),
    ],
)
def test_it_says_where_to_look(ref: str, subject: str) -> None:
    body = BODY.replace(REF.encode(), ref.encode())
    assert sandbox.read_webhook(body, signed(body)) == Event("evt_1", "payment.succeeded", subject, ref)


def test_what_does_not_concern_us_names_nothing() -> None:
    body = BODY.replace(REF.encode(), b"po_1")
    assert sandbox.read_webhook(body, signed(body)) == Event("evt_1", "payment.succeeded", "", "")


def test_old_and_new_secret_may_both_have_signed() -> None:
    right = signed(BODY)["plaza-signature"]
    at, _, digest = right.partition(",")
    assert sandbox.read_webhook(BODY, {"Plaza-Signature": f"{at}, v1={'0' * 64}, {digest}, v0=abc"}).id == "evt_1"


@pytest.mark.parametrize("ago", [301, 3600, -301, 10**9])
def test_a_signature_does_not_last(ago: int) -> None:
    with pytest.raises(BadSignature):
        sandbox.read_webhook(BODY, signed(BODY, max(0, time.time() - ago)))
    assert sandbox.read_webhook(BODY, signed(BODY, time.time() - 290))


def test_another_body_or_secret_is_not_believed(settings) -> None:
    good = signed(BODY)
    for body in (BODY + b" ", BODY.replace(b"succeeded", b"failed"), b""):
        with pytest.raises(BadSignature):
            sandbox.read_webhook(body, good)
    settings.SANDBOX_WEBHOOK_SECRET = "another"
    with pytest.raises(BadSignature):
        sandbox.read_webhook(BODY, good)
    settings.SANDBOX_WEBHOOK_SECRET = ""
    with pytest.raises(BadSignature):
        sandbox.read_webhook(BODY, signed(BODY))


def test_an_odd_signature_is_not_believed() -> None:
    right = signed(BODY)["plaza-signature"]
    now, digest = right.removeprefix("t=").split(",v1=")
    odd = [
        "",
        "t=",
        f"t={now}",
        f"v1={digest}",
        f"t={now},t={now},v1={digest}",
        f"t=1,{right}",
        f"{right},t={int(now) + 1}",
        f"t={now},v1=",
        f"t={now},v1={digest.upper()}",
        f"t={now},v1={digest[:-1]}",
        f"t=-{now},v1={digest}",
        f"t={now}.0,v1={digest}",
        f"t={'9' * 5000},v1={digest}",
        f"t=٣,v1={digest}",
        f"t={now},v1={'é' * 64}",
        f"T={now},V1={digest}",
        "\0" * 100,
        "," * 100_000,
    ]
    for signature in odd:
        with pytest.raises(BadSignature):
            sandbox.read_webhook(BODY, {"Plaza-Signature": signature})
    with pytest.raises(BadSignature):
        sandbox.read_webhook(BODY, {})
    assert sandbox.read_webhook(BODY, {"PLAZA-SIGNATURE": right}).ref == REF


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"1" * 5000,
        b"1e999999",
        b"\xff\xfe\xfa",
        b"[" * 200_000,
        b'{"id": "evt_1", "type": "payment.succeeded", "data": []}',
        b'{"id": "evt_1", "type": "payment.succeeded", "data": {"ref": 1}}',
        b'{"id": "evt_1", "type": "payment.succeeded", "data": {"ref": null}}',
        b'{"id": "evt_1", "type": "payment.succeeded"}',
        b'{"id": "evt_1", "type": 5, "data": {"ref": "cs_1"}}',
        b'{"id": {}, "type": "a", "data": {"ref": "cs_1"}}',
        b'{"id": "", "type": "a", "data": {"ref": "cs_1"}}',
        b'{"id": "evt\\u0000", "type": "a", "data": {"ref": "cs_1"}}',
        b'{"id": "\\ud800", "type": "a", "data": {"ref": "cs_1"}}',
        b'{"id": "' + b"e" * 300 + b'", "type": "a", "data": {"ref": "cs_1"}}',
        b'{"type": "a", "data": {"ref": "cs_1"}}',
    ],
)
def test_rightly_signed_nonsense_is_refused_all_the_same(body: bytes) -> None:
    with pytest.raises(BadSignature):
        sandbox.read_webhook(body, signed(body))
