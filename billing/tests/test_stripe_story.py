"""A running Plaza beside a running Stripe: everything goes over HTTP, both ways, and every event comes twice."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from billing.tests.fake_stripe import FAILS_LATER, GOOD, FakeStripe
from billing.tests.test_membership_story import history, stands
from chat.tests.test_story import sign_in
from core.tests.browsers import Visitors
from core.tests.servers import PlazaFactory, RunningPlaza, free_port, manage

pytestmark = pytest.mark.slow
PATIENCE = 60


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    fake = FakeStripe()
    yield fake
    fake.close()


@pytest.fixture
def plaza(start_plaza: PlazaFactory, stripe: FakeStripe) -> RunningPlaza:
    port = free_port()
    stripe.serve_endpoint(f"http://127.0.0.1:{port}/webhooks/stripe/")
    stripe.sender.copies, stripe.sender.shuffled = 2, True
    return start_plaza({**stripe.environment, "PORT": str(port)})


class Member:
    """bob, as an app on his phone."""

    def __init__(self, plaza: RunningPlaza) -> None:
        self.plaza, self.token = plaza, ""
        self.token = self.ask("POST", "auth/token", {"login": "bob", "password": "plaza-demo"})["access"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        raw = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.plaza.url}/api/v1/{path}", raw, headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    @property
    def status(self) -> str:
        return str(self.ask("GET", "membership")["status"])

    def mail(self) -> str:
        with urllib.request.urlopen(f"{self.plaza.url}/dev/mail/latest?to=bob@plaza.example", timeout=30) as answer:
            return str(json.loads(answer.read())["subject"])


def until(what: Callable[[], Any], wished: Any) -> None:
    end = time.monotonic() + PATIENCE
    while (found := what()) != wished:
        assert time.monotonic() < end, f"{found!r}, not {wished!r}"
        time.sleep(0.2)


def test_the_whole_life_over_http(plaza: RunningPlaza, stripe: FakeStripe) -> None:
    bob = Member(plaza)
    assert bob.status == "free"
    asked = bob.ask("POST", "payments", {"plan": "plaza_premium_monthly", "provider": "stripe"})
    ref = stripe.books.all("checkout.session")[0]["id"]
    assert asked["checkout_url"] == f"{stripe.url}/c/pay/{ref}"
    stripe.pay(ref)
    until(lambda: bob.status, "trialing")
    until(bob.mail, "Plaza Premium is yours")

    stripe.pass_days(31)
    until(lambda: bob.status, "active")
    customer = stripe.books.all("customer")[0]["id"]
    stripe.change_card(customer, FAILS_LATER)
    stripe.pass_days(31)
    until(lambda: bob.status, "past_due")
    stripe.change_card(customer, GOOD)
    until(lambda: bob.status, "active")
    assert bob.ask("POST", "membership/cancel", {"when": "period_end"})["status"] == "cancelling"
    stripe.pass_days(32)
    until(lambda: bob.status, "ended")

    stripe.sender.wait()
    payments = bob.ask("GET", "payments")["results"]
    assert [(one["status"], one["amount"]["amount"]) for one in payments] == [
        ("paid", 15_000),
        ("paid", 15_000),
        ("paid", 0),
    ]
    assert {status for _kind, status in stripe.sender.answers} == {200}
    simulate(plaza, payments[-1]["id"])


def simulate(plaza: RunningPlaza, payment: str) -> None:
    asked = ("simulate_webhook", "stripe", "--payment", payment, "--status", "success")
    assert manage(*asked, "--copies", "3", env=plaza.env).stdout.split() == ["1:", "200", "2:", "200", "3:", "200"]
    assert manage(*asked, "--tamper", env=plaza.env).stdout.split() == ["1:", "400"]
    assert manage(*asked, "--stale", env=plaza.env).stdout.split() == ["1:", "400"]


@pytest.mark.browser
def test_in_a_browser_from_the_plans_to_stripe_and_back(
    plaza: RunningPlaza, stripe: FakeStripe, visitors: Visitors
) -> None:
    bob = visitors.arrive()
    sign_in(bob, plaza, "bob")
    choose(bob, "Level1", plaza, stripe)
    bob.fill("[name=card]", "4000000000009995")
    bob.get_by_role("button", name="Pay").click()
    expect(bob.get_by_role("status")).to_have_text("Your card was declined.")
    bob.fill("[name=card]", GOOD)
    bob.get_by_role("button", name="Pay").click()
    expect(bob.get_by_role("heading", name="Paid. Thank you!")).to_be_visible(timeout=PATIENCE * 1000)


# --- Pages that stay open, and what Stripe tells meanwhile ------------------------------------------------------------


@pytest.mark.browser
def test_an_open_page_follows_a_subscription_to_its_end(
    plaza: RunningPlaza, stripe: FakeStripe, visitors: Visitors
) -> None:
    bob = visitors.arrive()
    sign_in(bob, plaza, "bob")
    watching = membership_left_open(bob, plaza)
    stands(watching, "Free", rooms="0 of 1 used")

    choose(bob, "Plaza Premium", plaza, stripe)
    bob.fill("[name=card]", GOOD)
    bob.get_by_role("button", name="Pay").click()
    expect(bob.get_by_role("heading", name="Your free time has begun")).to_be_visible()
    stands(watching, "Free at first", rooms="0 used, unlimited")
    history(watching, ["Paid"])

    stripe.pass_days(31)
    stands(watching, "Active", rooms="0 used, unlimited")
    history(watching, ["Paid", "Paid"])
    expect(invoices(watching)).to_have_text(["Paid", "Paid"])

    customer = stripe.books.all("customer")[0]["id"]
    stripe.change_card(customer, FAILS_LATER)
    stripe.pass_days(31)
    stands(watching, "Payment failed", rooms="0 used, unlimited")
    history(watching, ["Failed", "Paid", "Paid"])
    expect(invoices(watching)).to_have_text(["To be paid", "Paid", "Paid"])
    expect(watching.get_by_role("button", name="Update the card")).to_be_visible()

    stripe.change_card(customer, GOOD)
    stands(watching, "Active", rooms="0 used, unlimited")
    history(watching, ["Paid", "Paid", "Paid"])
    expect(watching.get_by_role("button", name="Update the card")).to_have_count(0)

    stripe.cancel_in_portal(stripe.books.all("subscription")[0]["id"])
    stands(watching, "Ends soon", rooms="0 used, unlimited")
    expect(watching.locator("#membership")).to_contain_text("Nothing more is taken.")
    stripe.pass_days(32)
    stands(watching, "Ended", rooms="0 of 1 used")
    history(watching, ["Paid", "Paid", "Paid"])
    was_never_loaded_again(watching)


@pytest.mark.browser
def test_an_open_page_follows_what_is_paid_once_by_a_bank_that_takes_days_and_paid_back(
    plaza: RunningPlaza, stripe: FakeStripe, visitors: Visitors
) -> None:
    bob = visitors.arrive()
    sign_in(bob, plaza, "bob")
    watching = membership_left_open(bob, plaza)

    choose(bob, "Level1", plaza, stripe)
    ref = bob.url.rsplit("/", 1)[1]
    bob.goto(stripe.pay(ref, takes_days=True)["success_url"])
    expect(bob.get_by_role("heading", name="Your payment is being checked")).to_be_visible()
    history(watching, ["Being checked"])
    stands(watching, "Free", rooms="0 of 1 used")

    leave_open(bob)
    stripe.arrive(ref)
    expect(bob.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()
    stands(watching, "Active", rooms="0 of 3 used")
    history(watching, ["Paid"])

    with stripe.books.lock:  # in Stripe's dashboard
        stripe.books.refund(stripe.books.all("payment_intent")[0], None, {})
    stands(watching, "Free", rooms="0 of 1 used")
    history(watching, ["Refunded"])
    expect(bob.get_by_role("heading", name="You got your money back")).to_be_visible()
    was_never_loaded_again(watching)
    was_never_loaded_again(bob)


def choose(page: Page, plan: str, plaza: RunningPlaza, stripe: FakeStripe) -> None:
    page.goto(f"{plaza.url}/plans/")
    page.get_by_role("button", name=f"Choose {plan}", exact=True).click()
    page.wait_for_url(f"{stripe.url}/c/pay/**")


def membership_left_open(bob: Page, plaza: RunningPlaza) -> Page:
    watching = bob.context.new_page()
    watching.goto(f"{plaza.url}/membership/")
    leave_open(watching)
    return watching


def leave_open(page: Page) -> None:
    page.evaluate("window.isAsItWasLoaded = true")


def was_never_loaded_again(page: Page) -> None:
    assert page.evaluate("window.isAsItWasLoaded") is True


def invoices(page: Page) -> Locator:
    """How they stand, the newest first."""
    return page.get_by_role("region", name="Invoices").locator("tbody .badge")
