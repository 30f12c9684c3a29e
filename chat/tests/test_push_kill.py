"""A worker is killed while a push service has the push and has not said so: it is sent once more, and never again."""

import os
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from chat.tests.checker import count_stored
from chat.tests.test_push_story import call, sign_in
from core.tests.push_service import Browser, PushService
from core.tests.servers import PlazaFactory, RunningPlaza, manage

pytestmark = pytest.mark.laboratory
SWEEP = "from accounts.schedule import sweep_pushes; sweep_pushes.delay()"
LAPSE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import Push
Push.objects.update(due_at=timezone.now() - timedelta(seconds=10))
"""


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService()
    yield service
    service.close()


def test_a_kill_while_a_push_is_sent_repeats_it_once(start_plaza: PlazaFactory, service: PushService) -> None:
    settings = {"PUSH_ALLOW_LOOPBACK": "1", "PUSH_WAIT": "1"}
    web = start_plaza(settings, command="web" if os.environ.get("DATABASE_URL") else "serve")
    worker = web if web.command == "serve" else start_plaza({**web.env}, command="worker")

    def rows(state: str = "") -> int:
        return count_stored(web.env, "accounts_push" + (f" WHERE state = '{state}'" if state else ""))

    browser = Browser()
    say_something_to_bob(web, browser, service)
    (first,) = service.wait_for(1)
    worker.kill()
    assert (rows(), rows("running")) == (1, 1)

    service.silent = False
    worker.start()
    for _again in range(2):
        shell(web, SWEEP)
    time.sleep(3)
    assert (len(service.received), rows()) == (1, 1), "whoever was killed may still be at it: the claim holds"

    shell(web, LAPSE)
    for _again in range(3):
        shell(web, SWEEP)
    first, second = service.wait_for(2)
    assert browser.shown(first) == browser.shown(second)
    assert first.headers["topic"] == second.headers["topic"], "of two the device shows one"
    assert eventually(lambda: rows() == 0)
    shell(web, SWEEP)
    time.sleep(3)
    assert len(service.received) == 2, "once more for the kill, and never again"
    assert count_stored(web.env, "accounts_pushsubscription WHERE failures = 0 AND last_sent_at IS NOT NULL") == 1


def say_something_to_bob(web: RunningPlaza, browser: Browser, service: PushService) -> None:
    alice, bob = sign_in(web, "alice"), sign_in(web, "bob")
    room = call(web, "POST", "rooms", {"name": "Push and kill", "nickname": "alice"}, alice)
    call(web, "POST", f"rooms/{room['slug']}/join", {"nickname": "Bob"}, bob)
    call(web, "PUT", "me/push", browser.subscription(f"{service.origin}/bob"), bob)
    service.silent = True
    said = {"nonce": uuid.uuid4().hex, "body": "@bob wake up"}
    call(web, "POST", f"channels/{room['channel']}/messages", said, alice)


def shell(web: RunningPlaza, code: str) -> None:
    done = manage("shell", "--no-imports", "-c", code, env=web.env)
    assert done.returncode == 0, done.stderr


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
