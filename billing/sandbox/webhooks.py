"""What the sandbox tells Plaza: signed events over HTTP, from a worker, again until they are taken.

    {"id": "evt_…", "type": "payment.succeeded", "created": 1767225600, "data": {"ref": "cs_…"}}
    Plaza-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body" with SANDBOX_WEBHOOK_SECRET>

`data.ref` names a checkout, a subscription (of invoices too) or a refund. Signatures go by the real time: moving the
sandbox's clock makes none of them old.
"""

import hashlib
import hmac
import json
import re
import time
from datetime import timedelta
from urllib.parse import urlsplit

import httpcore
import structlog
from django.conf import settings

from billing import clock
from billing.gateway import own_webhook_address
from billing.models import SandboxWebhook
from billing.models.sandbox import event_ref
from core import work

log = structlog.get_logger(__name__)

SIGNATURE = "Plaza-Signature"
DELAY = 1.0  # seconds until the first try: a provider's event is never there before the answer to the page
TWICE = frozenset({"payment.succeeded", "invoice.paid", "subscription.updated"})  # providers say: at least once
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)
OWN_TASK = timedelta(minutes=2)  # what waits longer is left to the sweep
_TIMEOUTS = dict.fromkeys(("connect", "read", "write", "pool"), 5.0)  # both posts together end within a claim
_PART = re.compile(r"(t|v1)=([0-9a-f]{1,64})")


def sign(body: bytes, at: int) -> str:
    """The value of `Plaza-Signature`; `at` is in seconds since 1970."""
    return f"t={at},v1={_digest(body, str(at))}"


def _digest(body: bytes, at: str) -> str:
    key = settings.SANDBOX_WEBHOOK_SECRET.encode()
    return hmac.new(key, at.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, signature: str) -> bool:
    """By who knows the secret, and no longer ago (or ahead) than WEBHOOK_TOLERANCE."""
    parts = [_PART.fullmatch(part.strip()) for part in signature[:1000].split(",")]
    found = [(part[1], part[2]) for part in parts if part]
    times = [value for name, value in found if name == "t"]
    if len(times) != 1 or not times[0].isdigit() or len(times[0]) > 12 or not settings.SANDBOX_WEBHOOK_SECRET:
        return False
    right = _digest(body, times[0])
    is_right = any(hmac.compare_digest(right, value) for name, value in found if name == "v1")
    return is_right and abs(time.time() - int(times[0])) <= settings.WEBHOOK_TOLERANCE


def tell(kind: str, ref: str) -> None:
    """In the transaction of what has happened; sent when it is committed."""
    from billing.sandbox.tasks import send_webhook

    event_id = event_ref()
    told = {"id": event_id, "type": kind, "created": int(clock.now().timestamp()), "data": {"ref": ref}}
    row = SandboxWebhook(event_id=event_id, body=json.dumps(told))
    row.due_at = row.created_at + timedelta(seconds=DELAY)
    row.save()
    work.start(send_webhook, row, after=DELAY + 0.05)


def send(*, webhook_id: int) -> None:
    """May run twice; the receiver knows an event by its id."""
    row = work.take(SandboxWebhook, webhook_id)
    if row is None:
        return
    status = _post(row.body.encode())
    if status and 200 <= status < 300:
        if json.loads(row.body)["type"] in TWICE:
            _post(row.body.encode())
        work.finish(row)
        return
    log.warning("sandbox_webhook_not_taken", event_id=row.event_id, status=status, attempts=row.attempts)
    _again(row)


def _again(row: SandboxWebhook) -> None:
    from billing.sandbox.tasks import send_webhook

    if row.attempts >= row.most_attempts:
        work.fail(row, work.GIVEN_UP)
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (row.attempts - 1))
    work.put_off(row, wait)
    if wait <= OWN_TASK:
        work.start(send_webhook, row, after=wait.total_seconds() + 0.05)


def _post(body: bytes) -> int:
    """The status; 0 if nobody answered."""
    host = urlsplit(settings.PUBLIC_URL).netloc
    signature = sign(body, int(time.time()))
    headers: dict[bytes | str, bytes | str] = {
        "Host": host,
        "Content-Type": "application/json",
        SIGNATURE: signature,
    }
    try:
        # Not `core.outgoing`, which is for addresses that strangers chose: this one is the instance's own.
        answer = httpcore.request("POST", address(), headers=headers, content=body, extensions={"timeout": _TIMEOUTS})
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as silent:
        log.info("sandbox_webhook_unheard", because=f"{type(silent).__name__}: {silent}")
        return 0
    return answer.status


def address() -> str:
    """Where events go: SANDBOX_WEBHOOK_URL, else this instance, where people reach it or on its own machine."""
    if settings.SANDBOX_WEBHOOK_URL:
        return str(settings.SANDBOX_WEBHOOK_URL)
    return own_webhook_address("sandbox")
