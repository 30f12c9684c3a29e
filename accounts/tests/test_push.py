"""Which browsers want notifications, and what becomes of one that is on its way."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.models import Push, PushSubscription, User
from accounts.tests.factories import bearer, sign_in
from core import push, work
from core.person_data import parts
from core.tests.push_service import Browser, PushService

pytestmark = pytest.mark.django_db
PATH = "/api/v1/me/push"
ENDPOINT = "https://push.example/send/abc"


@pytest.fixture
def service(settings) -> Iterator[PushService]:
    settings.PUSH_ALLOW_LOOPBACK = 1
    service = PushService()
    yield service
    service.close()


@pytest.fixture
def wording() -> Iterator[None]:
    """What an app would say of these."""
    push.register("test", _word)
    yield
    del push._wordings["test"]


def _word(user: User, about: dict) -> push.Notification | None:
    return None if about.get("read") else push.Notification("test", "Title", "Body", "/", "tag-1")


def put(client: Client, body: object, user: str = "alice"):
    return client.put(PATH, body, content_type="application/json", headers=bearer(sign_in(user).access))


def delete(client: Client, body: object, user: str = "alice"):
    return client.delete(PATH, body, content_type="application/json", headers=bearer(sign_in(user).access))


def subscribed(user: User, endpoint: str, browser: Browser) -> PushSubscription:
    keys = browser.subscription(endpoint)["keys"]
    actions.subscribe_to_push(user=user, endpoint=endpoint, **keys)
    return PushSubscription.objects.get(user=user)


def queued(subscription: PushSubscription, **about: object) -> Push:
    actions.queue_pushes(kind="test", about=[(subscription.pk, about)])
    Push.objects.update(due_at=timezone.now())
    return Push.objects.get()


def deliver() -> None:
    Push.objects.update(due_at=timezone.now())
    for pk in list(Push.objects.values_list("pk", flat=True)):
        actions.send_push(push_id=pk)


# --- Subscribing


def test_a_browser_subscribes_again_and_ends_it(client, alice):
    browser = Browser()
    for _ in range(2):
        assert put(client, browser.subscription(ENDPOINT)).status_code == 204
    row = PushSubscription.objects.get()
    assert (row.user, row.endpoint, len(row.endpoint_key)) == (alice, ENDPOINT, 64)
    assert push.from_base64url(row.p256dh) == browser.public

    for _ in range(2):
        assert delete(client, {"endpoint": ENDPOINT}).status_code == 204
    assert not PushSubscription.objects.exists()


def test_a_browser_goes_over_to_who_is_signed_in_now(client, alice, bob):
    put(client, Browser().subscription(ENDPOINT))
    put(client, Browser().subscription(ENDPOINT), "bob")
    assert PushSubscription.objects.get().user == bob
    assert delete(client, {"endpoint": ENDPOINT}).status_code == 204  # alice's request: not hers any more
    assert PushSubscription.objects.count() == 1


def test_the_eleventh_takes_the_place_of_the_oldest(alice):
    for number in range(11):
        actions.subscribe_to_push(user=alice, endpoint=f"{ENDPOINT}{number}", **Browser().subscription("")["keys"])
    rows = PushSubscription.objects.order_by("pk").values_list("endpoint", flat=True)
    assert list(rows) == [f"{ENDPOINT}{number}" for number in range(1, 11)]


def test_the_key_is_public_and_the_rest_is_for_people(client, alice):
    assert client.get("/api/v1/push/key").json() == {"key": push.public_key()}
    body = Browser().subscription(ENDPOINT)
    assert client.put(PATH, body, content_type="application/json").status_code == 401
    assert client.delete(PATH, body, content_type="application/json").status_code == 401


GOOD = Browser().subscription(ENDPOINT)["keys"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"endpoint", "keys"}),
        ({"endpoint": ENDPOINT, "keys": "x"}, {"keys"}),
        ({"endpoint": ENDPOINT, "keys": {}}, {"keys"}),
        ({"endpoint": ENDPOINT, "keys": {**GOOD, "auth": "x" * 100_000}}, {"keys"}),
        ({"endpoint": ENDPOINT, "keys": {**GOOD, "auth": "c2hvcnQ"}}, {"keys"}),
        ({"endpoint": ENDPOINT, "keys": {**GOOD, "p256dh": GOOD["auth"]}}, {"keys"}),
        ({"endpoint": ENDPOINT, "keys": {**GOOD, "p256dh": "B" + "A" * 86}}, {"keys"}),
        ({"endpoint": ENDPOINT, "keys": {**GOOD, "p256dh": 7}}, {"keys"}),
        ({"endpoint": "https://push.example/" + "x" * 100_000, "keys": GOOD}, {"endpoint"}),
        ({"endpoint": "http://127.0.0.1:8000/", "keys": GOOD}, {"endpoint"}),
        ({"endpoint": "https://127.0.0.1/", "keys": GOOD}, {"endpoint"}),
        ({"endpoint": "https://push.example/\u0000", "keys": GOOD}, {"endpoint"}),
        ({"endpoint": ["https://push.example/"], "keys": GOOD}, {"endpoint"}),
    ],
)
def test_what_no_browser_says_is_refused(client, alice, body, wrong):
    answer = put(client, body)
    assert (answer.status_code, set(answer.json()["fields"])) == (400, wrong)
    assert not PushSubscription.objects.exists()


def test_a_new_password_ends_them(alice):
    subscribed(alice, ENDPOINT, Browser())
    actions.sign_out_everywhere(user=alice, by=alice, address="203.0.113.7")
    assert not PushSubscription.objects.exists()


# --- Sending


def test_it_is_sent_once_and_forgotten(alice, service, wording):
    browser = Browser()
    queued(subscribed(alice, f"{service.origin}/a", browser))
    deliver()
    (got,) = service.wait_for(1)
    assert browser.shown(got) == {
        "kind": "test", "title": "Title", "body": "Body", "url": "/", "tag": "tag-1", "lang": "en",
    }  # fmt: skip
    assert not Push.objects.exists()
    assert PushSubscription.objects.get().last_sent_at is not None


def test_what_is_wanted_no_more_is_not_sent(alice, service, wording):
    queued(subscribed(alice, f"{service.origin}/a", Browser()), read=True)
    deliver()
    assert (Push.objects.count(), service.received) == (0, [])


def test_it_is_not_sent_before_it_is_due_nor_twice_at_once(alice, service, wording):
    row = queued(subscribed(alice, f"{service.origin}/a", Browser()))
    Push.objects.update(due_at=timezone.now() + timedelta(seconds=5))
    actions.send_push(push_id=row.pk)
    assert service.received == []
    Push.objects.update(due_at=timezone.now())
    assert work.take(Push, row.pk) is not None  # another worker is at it, and dies
    actions.send_push(push_id=row.pk)
    assert service.received == []
    deliver()  # its claim has lapsed
    assert len(service.wait_for(1)) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(alice, service, wording, status):
    service.answers = [(status, {})]
    queued(subscribed(alice, f"{service.origin}/a", Browser()))
    deliver()
    assert (PushSubscription.objects.count(), Push.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("answer", "least"), [((503, {}), 30), ((429, {"Retry-After": "100"}), 100), ((500, {"Retry-After": "x"}), 30)]
)
def test_a_service_that_is_busy_is_asked_later(alice, service, wording, answer, least):
    service.answers = [answer]
    row = queued(subscribed(alice, f"{service.origin}/a", Browser()))
    deliver()
    row.refresh_from_db()
    assert least - 5 < (row.due_at - timezone.now()).total_seconds() <= least
    deliver()
    assert len(service.wait_for(2)) == 2
    assert (Push.objects.count(), PushSubscription.objects.get().failures) == (0, 0)


def test_after_five_tries_it_is_given_up(alice, service, wording):
    service.answers = [(503, {})] * 9
    queued(subscribed(alice, f"{service.origin}/a", Browser()))
    for _ in range(7):
        deliver()
    assert len(service.received) == 5
    assert (Push.objects.count(), PushSubscription.objects.get().failures) == (0, 1)


def test_a_service_that_refuses_ten_in_a_row_is_left_alone(alice, service, wording):
    subscription = subscribed(alice, f"{service.origin}/a", Browser())
    for number in range(10):
        service.answers = [(403, {})]
        assert PushSubscription.objects.get().failures == number
        queued(subscription)
        deliver()
    assert not PushSubscription.objects.exists()


def test_an_endpoint_inside_is_never_connected_to(alice, service, wording, settings):
    queued(subscribed(alice, f"{service.origin}/a", Browser()))
    settings.PUSH_ALLOW_LOOPBACK = 0
    deliver()
    assert (service.received, PushSubscription.objects.count()) == ([], 0)


def test_loopback_is_for_the_demo_alone(alice, service, wording, settings):
    queued(subscribed(alice, f"{service.origin}/a", Browser()))
    settings.DEMO = False
    deliver()
    assert service.received == []


def test_it_is_taken_along_and_taken_away(alice):
    subscribed(alice, ENDPOINT, Browser())
    (part,) = [part for part in parts() if part.name == "push_subscriptions"]
    (shown,) = part.export(alice)
    assert shown["service"] == "push.example"
    assert "send/abc" not in str(shown)
    part.erase(alice)
    assert not PushSubscription.objects.exists()
