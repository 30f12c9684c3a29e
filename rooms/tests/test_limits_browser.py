"""The limit of rooms and the suggested name, as people at browsers meet them."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.tests.factories import PASSWORD
from core.tests.axe import axe_violations
from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import PlazaFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)


def test_a_free_member_opens_one_room_and_is_told_when_the_next_may_be(
    start_plaza: PlazaFactory, visitors: Visitors
) -> None:
    url = start_plaza({"ROOM_COOLDOWN": "43200"}).url
    bob, petra = visitors.arrive(), visitors.arrive()
    sign_in(bob, url, "bob")
    expect(bob.locator("[data-countdown]")).to_have_count(0)

    with visitors.watch.refused(400):
        open_room(bob, "the plaza")  # the demo's room has the name
        bob.get_by_role("button", name=re.compile("Use “the plaza [0-9]+”")).click()
    bob.wait_for_url(re.compile("/rooms/the-plaza-[0-9]+-"))

    bob.goto(f"{url}/rooms/")
    expect(bob.get_by_text("You can open your next room at")).to_be_visible()
    expect(bob.locator("[data-part=hours]")).to_have_text("11")
    assert axe_violations(bob) == []
    with visitors.watch.refused(429):
        open_room(bob, "Another")
        expect(bob.get_by_role("textbox", name="Room name")).to_have_value("Another")

    sign_in(petra, url, "petra")
    for name in ("One", "Two"):
        petra.goto(f"{url}/rooms/")
        expect(petra.locator("[data-countdown]")).to_have_count(0)
        open_room(petra, f"Petra {name}")
        petra.wait_for_url(re.compile(f"/rooms/petra-{name.lower()}-"))


def sign_in(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/accounts/login/?next=/rooms/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/rooms/")


def open_room(page: Page, name: str) -> None:
    page.get_by_role("textbox", name="Room name").fill(name)
    page.get_by_role("button", name="Open the room").click()
