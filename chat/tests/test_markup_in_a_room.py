"""Markdown in a room: formatted for all, as it was written for who edits it, and as text where it is read aloud."""

import pytest
from playwright.sync_api import expect

from chat.tests.test_story import join, open_room, said, sign_in, wait_until_ready
from core.tests.browsers import Visitors
from core.tests.servers import PlazaFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WRITTEN = "**Soup** at `noon`, see https://soup.example <img src=x onerror=alert(1)>"
READ = "Soup at noon, see https://soup.example <img src=x onerror=alert(1)>"


def test_markup_is_shown_to_all_and_edited_as_it_was_written(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    bob, guest = visitors.arrive(), visitors.arrive()
    sign_in(bob, plaza, "bob")
    join(guest, open_room(bob, plaza, "Kitchen"), "Gustav")

    wait_until_ready(bob)
    bob.fill("#composer-body", WRITTEN)
    bob.press("#composer-body", "Enter")
    for page in (bob, guest):
        expect(said(page, READ).locator(".prose strong")).to_have_text("Soup")
        expect(said(page, READ).locator("code")).to_have_text("noon")
        expect(said(page, READ).get_by_role("link")).to_have_attribute("href", "https://soup.example")
        assert said(page, READ).locator("img").count() == 0
    expect(guest.locator("#announcer")).to_have_text(f"bob says: {READ}")

    said(bob, READ).hover()
    said(bob, READ).get_by_role("button", name="Edit this message").click()
    field = bob.get_by_label("Edit your message")
    expect(field).to_have_value(WRITTEN)
    field.fill("- Soup\n- Salad")
    field.press("Enter")

    dishes = guest.locator("#messages .message").get_by_role("listitem")
    expect(dishes).to_have_text(["Soup", "Salad"])
    guest.reload()
    expect(dishes).to_have_text(["Soup", "Salad"])
