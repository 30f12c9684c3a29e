"""Bob's browser is told that he was named, by a real worker and a push service that decrypts it; what he reads at once
is not told."""

import json
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from core.tests.push_service import Browser, PushService
from core.tests.servers import PlazaFactory, RunningPlaza


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService()
    yield service
    service.close()


def call(plaza: RunningPlaza, method: str, path: str, body: Any = None, token: str = "") -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    asked = urllib.request.Request(f"{plaza.url}/api/v1/{path}", data, headers, method=method)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.loads(answer.read() or b"null")


def sign_in(plaza: RunningPlaza, login: str) -> str:
    return str(call(plaza, "POST", "auth/token", {"login": login, "password": "plaza-demo"})["access"])


def test_a_mention_arrives_as_a_push_unless_it_is_read_at_once(start_plaza: PlazaFactory, service: PushService) -> None:
    plaza = start_plaza({"PUSH_ALLOW_LOOPBACK": "1", "PUSH_WAIT": "3", "DATABASE_URL": None, "REDIS_URL": None})
    alice, bob = sign_in(plaza, "alice"), sign_in(plaza, "bob")
    room = call(plaza, "POST", "rooms", {"name": "Push story", "nickname": "alice"}, alice)
    call(plaza, "POST", f"rooms/{room['slug']}/join", {"nickname": "Bob"}, bob)
    browser, key = Browser(), call(plaza, "GET", "push/key")["key"]
    call(plaza, "PUT", "me/push", browser.subscription(f"{service.origin}/bob"), bob)
    messages = f"channels/{room['channel']}/messages"

    def say(body: str) -> int:
        return int(call(plaza, "POST", messages, {"nonce": uuid.uuid4().hex, "body": body}, alice)["seq"])

    say("Nobody is named")
    read = say("@bob you see this at once")
    assert call(plaza, "PUT", f"channels/{room['channel']}/read", {"seq": read}, bob)["unread"] == 0
    say("@bob   this one\nwaits: " + "x" * 200)

    (got,) = service.wait_for(1)
    assert got.path == "/bob"
    service.check_sender(got, key)
    shown = browser.shown(got)
    assert shown["title"] == "alice in Push story"
    assert shown["body"].startswith("@bob this one waits: xxx")
    assert (len(shown["body"]), shown["body"][-1]) == (120, "…")
    assert (shown["kind"], shown["url"], shown["tag"], shown["lang"]) == (
        "mention", f"/rooms/{room['slug']}/", f"channel-{room['channel']}", "en",
    )  # fmt: skip
    assert len(got.body) < 3072
    assert len(service.received) == 1
    assert "Traceback" not in plaza.log()
