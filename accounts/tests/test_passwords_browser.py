"""The button beside a password, by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from core.tests.browsers import Visitors
from core.tests.servers import PlazaFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECRET = "wide-meadow-17"
# When the form leaves, browsers look for a password field to offer keeping what was typed.
STAY_AND_TELL = """(form) => form.addEventListener("submit", (event) => {
  event.preventDefault();
  window.leftAs = form.elements.password.type;
})"""


@pytest.fixture
def page(start_plaza: PlazaFactory, visitors: Visitors) -> Page:
    plaza = start_plaza()
    page = visitors.arrive()
    page.goto(f"{plaza.url}/accounts/login/")
    return page


def test_a_password_is_shown_and_hidden_by_keyboard_and_never_leaves_shown(page: Page) -> None:
    password = page.locator("[name=password]")
    page.locator("[name=login]").fill("alice")
    password.focus()
    page.keyboard.type(SECRET)
    page.keyboard.press("Tab")
    expect_button(page, "Show")

    page.keyboard.press("Space")
    expect(password).to_have_attribute("type", "text")
    expect(password).to_have_value(SECRET)
    expect_button(page, "Hide")

    page.keyboard.press("Enter")
    expect(password).to_have_attribute("type", "password")
    expect_button(page, "Show")

    page.keyboard.press("Space")
    page.keyboard.press("Shift+Tab")
    expect(password).to_be_focused()
    page.locator("form", has=password).evaluate(STAY_AND_TELL)
    page.keyboard.press("Enter")
    assert page.evaluate("window.leftAs") == "password"
    expect_button(page, "Show", focused=False)


def expect_button(page: Page, word: str, *, focused: bool = True) -> None:
    """Its name begins with the word on it: people say it to a machine that listens."""
    button = page.get_by_role("button", name=f"{word} the password", exact=True)
    expect(button).to_have_text(word)
    if focused:
        expect(button).to_be_focused()
