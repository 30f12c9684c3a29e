"""The hosted checkout and the portal at a real browser, with scripts and without."""

import json

import pytest
from playwright.sync_api import Page, expect

from core.tests.browsers import Visitors
from core.tests.servers import PlazaFactory, RunningPlaza, manage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OPEN = """
import json
from dataclasses import replace
from billing.tests.merchant import MONTHLY, TRIAL, open_one, subscribed
from billing.gateway import sandbox
back = {"return_url": "%(url)s/?paid", "cancel_url": "%(url)s/?given-up"}
refs = [open_one(order, ref=ref, **back) for ref, order in (("one", MONTHLY), ("two", TRIAL), ("three", MONTHLY))]
portal = sandbox.open_portal(subscribed(MONTHLY), back["return_url"], "en")
print(json.dumps([*map(sandbox.checkout_address, refs), portal]))
"""


@pytest.fixture
def plaza(start_plaza: PlazaFactory) -> RunningPlaza:
    return start_plaza()


def addresses(plaza: RunningPlaza) -> list[str]:
    """Three checkouts, the second with a trial, and a portal."""
    made = manage("shell", "--no-imports", "-c", OPEN % {"url": plaza.url}, env=plaza.env)
    assert made.returncode == 0, made.stderr
    found: list[str] = json.loads(made.stdout)
    return found


def test_one_pays_and_looks_after_it(plaza: RunningPlaza, visitors: Visitors) -> None:
    monthly, trial, third, portal = addresses(plaza)
    page = visitors.arrive()
    pay_in_the_end(page, monthly, plaza, visitors)
    confirm_a_trial(page, trial, plaza)
    give_up(page, third, plaza)
    end_it(page, portal)


def pay_in_the_end(page: Page, address: str, plaza: RunningPlaza, visitors: Visitors) -> None:
    """A declined card, a wrong number, a good one."""
    page.goto(address)
    page.get_by_label("4000 0000 0000 9995").check()
    expect(page.get_by_label("Card number")).to_have_value("4000 0000 0000 9995")
    page.get_by_role("button", name="Pay EGP 150.00").click()
    expect(page.get_by_role("alert")).to_contain_text("not enough money")

    page.get_by_label("4242 4242 4242 4242").check()
    page.get_by_label("Card number").fill("4242 4242")
    expect(page.get_by_label("The number in the field")).to_be_checked()
    with visitors.watch.refused(400):
        page.get_by_role("button", name="Pay EGP 150.00").click()
        expect(page.get_by_text("This is no card number.")).to_be_visible()
    expect(page.get_by_label("Card number")).to_have_value("4242 4242")

    page.get_by_label("4242 4242 4242 4242").check()
    expect(page.get_by_text("This is no card number.")).to_have_count(0)
    page.get_by_role("button", name="Pay EGP 150.00").click()
    page.wait_for_url(f"{plaza.url}/?paid")
    page.goto(address)
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()


def confirm_a_trial(page: Page, address: str, plaza: RunningPlaza) -> None:
    page.goto(address)
    expect(page.get_by_text("Free for 30 days, then EGP\u00a0150.00 every month")).to_be_visible()
    for answer in ("No, refuse", "Yes, approve"):
        page.get_by_label("4000 0025 0000 3155").check()
        page.get_by_role("button", name="Start the free days").click()
        page.get_by_role("button", name=answer).click()
    page.wait_for_url(f"{plaza.url}/?paid")


def give_up(page: Page, address: str, plaza: RunningPlaza) -> None:
    page.goto(address)
    page.get_by_role("button", name="Back without paying").click()
    page.wait_for_url(f"{plaza.url}/?given-up")
    page.goto(address)
    page.get_by_role("link", name="Go back").click()
    page.wait_for_url(f"{plaza.url}/?given-up")


def end_it(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("4000 0000 0000 0341").check()
    page.get_by_role("button", name="Save the card").click()
    expect(page.get_by_role("status")).to_have_text("Your card is saved.")
    page.get_by_role("button", name="Cancel at the end of the period").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("status")).to_have_text("It goes on.")
    page.get_by_role("button", name="Cancel now").click()
    expect(page.get_by_role("button")).to_have_count(0)


def test_all_of_it_goes_without_scripts(plaza: RunningPlaza, visitors: Visitors) -> None:
    address = addresses(plaza)[0]
    page = visitors.arrive(java_script_enabled=False)
    page.goto(address)
    page.get_by_label("4000 0025 0000 3155").check()
    page.get_by_role("button", name="Pay EGP 150.00").click()
    page.get_by_role("button", name="Yes, approve").click()
    page.wait_for_url(f"{plaza.url}/?paid")
