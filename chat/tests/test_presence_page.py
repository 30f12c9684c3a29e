"""The people of a room, live: the list, the account menu, and a page that nobody looks at."""

import pytest
from playwright.sync_api import Locator, Page, expect

from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import PlazaFactory, RunningPlaza

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)

FIVE_MINUTES = 5 * 60_000


def test_people_come_choose_fall_idle_and_go(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    alice, bob = visitors.arrive(), visitors.arrive()
    address = enter(alice, plaza, "alice")
    bob.clock.install()
    enter(bob, plaza, "bob", address)
    seen = row(alice, "bob")
    expect(seen).to_have_attribute("data-status", "online")
    expect(alice.locator("#online [data-part=count]")).to_have_text("2")
    expect(alice.locator("#offline")).to_be_hidden()

    choose(bob, "Busy")
    expect(seen).to_have_attribute("data-status", "busy")
    expect(seen.locator("[data-part=status-word]")).to_have_text("Busy")
    expect(row(bob, "bob")).to_have_attribute("data-status", "busy")
    choose(bob, "Automatic")
    expect(seen).to_have_attribute("data-status", "online")

    bob.clock.fast_forward(FIVE_MINUTES + 15_000)
    expect(seen).to_have_attribute("data-status", "absent")
    bob.keyboard.press("Shift")
    expect(seen).to_have_attribute("data-status", "online")

    bob.close()
    expect(alice.locator("#offline .member")).to_have_count(1)
    expect(alice.locator("#offline [data-part=count]")).to_have_text("1")


def enter(page: Page, plaza: RunningPlaza, name: str, address: str = "") -> str:
    """Sign in and sit down in the public room of the demo: its address."""
    page.goto(f"{plaza.url}/accounts/login/")
    page.locator("main [name=login]").fill(name)
    page.locator("main [name=password]").fill("plaza-demo")
    page.locator("main [name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(address or f"{plaza.url}/rooms/")
    if not address:
        page.goto(plaza.url + (page.locator("main a[href^='/rooms/the-plaza']").first.get_attribute("href") or ""))
    if page.locator("main [name=nickname]").count():
        page.locator("main [name=nickname]").fill(name)
        page.locator("main [name=nickname]").press("Enter")
    expect(page.locator("#members .member").first).to_be_visible()
    return page.url


def row(page: Page, name: str) -> Locator:
    return page.locator("#members .member").filter(has_text=name)


def choose(page: Page, name: str) -> None:
    page.locator("details.rail-menu > summary").last.click()
    page.locator("[data-status-form]").get_by_role("button", name=name).click()
    expect(page.locator("[data-status-form]")).to_be_hidden()
