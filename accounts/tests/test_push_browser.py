"""Notifications in a real browser: the settings, the subscription that is kept, and the worker that shows them."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.tests.factories import PASSWORD
from core.tests.axe import axe_violations
from core.tests.browsers import PATIENCE, Visitors
from core.tests.push_service import Browser
from core.tests.servers import PlazaFactory, RunningPlaza

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)

# Chromium has no push service here: this stands in for it, and keeps what it holds over pages as a browser would.
PUSH_SERVICE = """() => {
  const kept = () => JSON.parse(localStorage.getItem("stand-in") ?? "null");
  const shown = (held) => held && {
    endpoint: held.endpoint,
    options: { applicationServerKey: Uint8Array.from(held.key).buffer },
    toJSON: () => held.json,
    unsubscribe: async () => { localStorage.removeItem("stand-in"); return true; },
  };
  PushManager.prototype.getSubscription = async () => shown(kept());
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    const count = Number(localStorage.getItem("stand-in-count") ?? 0) + 1;
    const endpoint = `https://push.example/${count}`;
    const held = { endpoint, key: [...applicationServerKey], json: { ...SUBSCRIPTION, endpoint } };
    localStorage.setItem("stand-in-count", count);
    localStorage.setItem("stand-in", JSON.stringify(held));
    return shown(held);
  };
}"""


def sign_in(page: Page, plaza: RunningPlaza, to: str = "/settings/notifications/") -> None:
    page.goto(f"{plaza.url}/accounts/login/?next={to}")
    page.fill("[name=login]", "bob")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"**{to}")


def with_push_service(page: Page) -> None:
    subscription = json.dumps(Browser().subscription("https://push.example/"))
    page.add_init_script(f"const SUBSCRIPTION = {subscription}; ({PUSH_SERVICE})()")


def test_the_settings_say_how_it_stands(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    page = visitors.arrive(permissions=["notifications"])
    sign_in(page, plaza)
    with visitors.watch.refused("does not support the Push API"):  # there is no push service here: a real refusal
        page.get_by_role("button", name="Turn on").click()
        expect(page.get_by_text("They are on while a page of Plaza is open.")).to_be_visible()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Show me one").click()
    assert notifications(page, 1)[0]["title"] == "This is how it looks"
    page.evaluate("() => { ServiceWorkerRegistration.prototype.showNotification = () => Promise.reject(TypeError()); }")
    page.get_by_role("button", name="Show me one").click()
    expect(page.get_by_text("That did not work. Please try again.")).to_be_visible()
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("They are off.")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on")).to_be_focused()

    signed_in = page.context.storage_state()
    plain = visitors.arrive(storage_state=signed_in, java_script_enabled=False)
    plain.goto(page.url)
    expect(plain.get_by_text("Notifications need JavaScript")).to_be_visible()
    blocked = visitors.arrive(storage_state=signed_in)
    blocked.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    blocked.goto(page.url)
    expect(blocked.get_by_text("Your browser blocks them for Plaza.")).to_be_visible()
    expect(blocked.get_by_role("button", name="Turn on")).to_be_hidden()
    unsupported = visitors.arrive(storage_state=signed_in)
    unsupported.add_init_script("delete window.Notification")
    unsupported.goto(page.url)
    expect(unsupported.get_by_text("This browser has no notifications")).to_be_visible()


def test_without_a_worker_they_stay_off_and_the_page_says_that_it_did_not_work(
    start_plaza: PlazaFactory, visitors: Visitors
) -> None:
    plaza = start_plaza()
    page = visitors.arrive(permissions=["notifications"], service_workers="block")
    with visitors.watch.refused("Service Worker registration blocked"):
        sign_in(page, plaza)
        page.get_by_role("button", name="Turn on").click()
        expect(page.get_by_role("alert")).to_contain_text("That did not work. Please try again.")
        expect(page.get_by_text("They are off.")).to_be_visible()
        expect(page.get_by_role("button", name="Turn on")).to_be_focused()
        page.reload()
        expect(page.get_by_text("They are off.")).to_be_visible()


def test_a_browser_is_subscribed_kept_so_and_let_go_at_sign_out(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    page = visitors.arrive(permissions=["notifications"])
    with_push_service(page)
    sign_in(page, plaza)
    with page.expect_response(re.compile("/api/v1/me/push")) as put:
        page.get_by_role("button", name="Turn on").click()
    assert (put.value.request.method, put.value.status) == ("PUT", 204)
    expect(page.get_by_text("They are on, also when no page of Plaza is open.")).to_be_visible()

    with page.expect_response(re.compile("/api/v1/me/push")) as again:
        page.reload()
    assert endpoint(again.value.request) == "https://push.example/1"
    expect(page.get_by_text("1 browser of yours gets notifications")).to_be_visible()

    page.evaluate("""() => {
      const held = JSON.parse(localStorage.getItem("stand-in"));
      held.key[5] ^= 1;
      localStorage.setItem("stand-in", JSON.stringify(held));
    }""")  # as after the instance got another key
    with page.expect_response(re.compile("/api/v1/me/push")) as renewed:
        page.goto(f"{plaza.url}/rooms/")
    assert endpoint(renewed.value.request) == "https://push.example/2"

    page.locator("summary[aria-label^='Your account']").click()
    with page.expect_request(lambda request: request.method == "DELETE") as deleted:
        page.get_by_role("button", name="Sign out").click()
    assert endpoint(deleted.value) == "https://push.example/2"
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert page.evaluate("localStorage.getItem('stand-in')") is None

    with page.expect_response(re.compile("/api/v1/me/push")) as back:
        sign_in(page, plaza)
    assert back.value.request.method == "PUT"  # the wish is the person's, and stays


def test_the_worker_shows_a_push_and_leads_to_its_place(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    page = visitors.arrive(permissions=["notifications"])
    page.goto(f"{plaza.url}/rooms/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    devtools = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    devtools.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(20)
    told = {
        "kind": "mention", "title": "bob in Harbour", "body": "@alice hello", "url": "/rooms/harbour/",
        "tag": "channel-7", "lang": "ar",
    }  # fmt: skip
    for body in ("@alice hello", "@alice, are you there?"):
        registration = {"origin": f"{plaza.url}/", "registrationId": found[0]["registrationId"]}
        devtools.send("ServiceWorker.deliverPushMessage", {**registration, "data": json.dumps({**told, "body": body})})
        shown = notifications(page, 1, body)

    assert [one["title"] for one in shown] == ["bob in Harbour"]  # the newer one has taken its place
    assert (shown[0]["tag"], shown[0]["lang"], shown[0]["dir"]) == ("channel-7", "ar", "rtl")
    assert shown[0]["icon"].endswith("/static/img/icon-192.png")

    (worker,) = page.context.service_workers
    worker.evaluate("""async () => {
      self.opened = [];
      self.clients.openWindow = async (url) => { self.opened.push(url); };
      const [notification] = await self.registration.getNotifications();
      self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
    }""")  # without a hand on the mouse, Chromium opens nothing
    page.wait_for_function(
        "() => navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => !all.length)"
    )
    assert worker.evaluate("self.opened") == [f"{plaza.url}/rooms/harbour/"]


def endpoint(request: Any) -> str:
    return str(json.loads(request.post_data)["endpoint"])


def notifications(page: Page, count: int, body: str = "") -> list[dict[str, Any]]:
    """Those that are shown, once there are so many."""
    until = time.monotonic() + PATIENCE / 1000
    while True:
        found: list[dict[str, Any]] = page.evaluate(
            """async () => (await (await navigator.serviceWorker.ready).getNotifications())
              .map(({ title, body, tag, lang, dir, icon }) => ({ title, body, tag, lang, dir, icon }))"""
        )
        if len(found) == count and (not body or body in [one["body"] for one in found]):
            return found
        assert time.monotonic() < until, found
        page.wait_for_timeout(50)
