"""Stripe's deliveries: signed, over HTTP, again until they are taken. https://docs.stripe.com/webhooks"""

import hashlib
import hmac
import json
import queue
import random
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from billing.tests.fake_stripe.shapes import Object

TRIES, WAIT = 60, 0.25


def signature(body: bytes, secret: str, at: int | None = None) -> str:
    moment = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    # v0 is an older scheme that Stripe still sends in test mode, and that nobody is to trust.
    return f"t={moment},v1={digest},v0={'0' * 64}"


def body_of(event: Object) -> bytes:
    return json.dumps(event, indent=2).encode()


class Sender:
    """Without an `endpoint` events only gather, for a test to deliver as it likes."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.endpoint = ""
        self.copies, self.shuffled, self.paused = 1, False, False
        self.events: list[Object] = []
        self.answers: list[tuple[str, int]] = []
        self._waiting: queue.Queue[Object | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self, event: Object) -> None:
        self.events.append(event)
        if self.endpoint:
            self._waiting.put(event)

    def redeliver(self, event: Object) -> None:
        self._waiting.put(event)

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join(10)

    def wait(self, seconds: float = 30) -> None:
        """Until all that was told has been taken."""
        until = time.monotonic() + seconds
        while self._waiting.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.02)
        assert not self._waiting.unfinished_tasks, "events wait that nobody takes"

    def _run(self) -> None:
        while True:
            batch = [self._waiting.get()]
            time.sleep(0.05)  # what belongs together is told together, and may change places
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            if self.shuffled:
                random.shuffle(batch)
            for event in batch:
                if event is not None:
                    self._deliver(event)
                self._waiting.task_done()
            if None in batch:
                return

    def _deliver(self, event: Object) -> None:
        body = body_of(event)
        for _try in range(TRIES):
            while self.paused:
                time.sleep(0.05)
            statuses = [self._post(body) for _copy in range(self.copies)]
            self.answers.extend((event["type"], status) for status in statuses)
            if any(200 <= status < 300 for status in statuses):
                return
            time.sleep(WAIT)

    def _post(self, body: bytes) -> int:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(body, self.secret),
        }
        asked: Any = urllib.request.Request(self.endpoint, body, headers)
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code
        except OSError:
            return 0
