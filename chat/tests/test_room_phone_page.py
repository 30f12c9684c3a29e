"""The room on a phone: what a notch, a keyboard and a thumb need."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from chat.tests.test_room_page import member
from chat.tests.test_story import join, open_room, said, say, sign_in, wait_until_ready
from core.tests.axe import axe_violations
from core.tests.browsers import PATIENCE, Visitors, wait_until_still
from core.tests.servers import Blueprints, PlazaFactory, RunningPlaza

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)

WIDE, HIGH, KEYBOARD = 390, 780, 350
# A browser that lays its keyboard over the page: what is seen shrinks, and the page does not.
OVERLAID = f"""
const seen = Object.assign(new EventTarget(), {{ scale: 1, height: {HIGH} }});
Object.defineProperty(window, "visualViewport", {{ value: seen }});
window.showKeyboard = (by) => {{ seen.height = {HIGH} - by; seen.dispatchEvent(new Event("resize")); }};
"""


@pytest.fixture(scope="module")
def plaza(blueprints: Blueprints) -> Iterator[RunningPlaza]:
    factory = PlazaFactory(blueprints)
    yield factory({"ROOM_COOLDOWN": "0", "RATE_JOINS": "1000/min"})
    factory.close()


def phone(visitors: Visitors) -> Page:
    return visitors.arrive(viewport={"width": WIDE, "height": HIGH}, has_touch=True, is_mobile=True)


def test_a_keyboard_leaves_the_head_the_newest_and_what_one_writes(plaza: RunningPlaza, visitors: Visitors) -> None:
    page = phone(visitors)
    sign_in(page, plaza, "alice")
    open_room(page, plaza, "Small screen")
    for number in range(20):
        say(page, f"Line {number}")
    rail, foot, head = page.locator(".rail"), page.locator("#foot"), page.locator(".room-head")
    expect(rail).to_be_visible()
    assert bottom(rail) == HIGH

    page.set_viewport_size({"width": WIDE, "height": HIGH - KEYBOARD})
    page.fill("#composer-body", "two\nlines")
    expect(rail).to_be_hidden()
    assert bottom(foot) == HIGH - KEYBOARD
    expect(head).to_be_in_viewport()
    expect(said(page, "Line 19")).to_be_in_viewport()

    page.set_viewport_size({"width": WIDE, "height": HIGH})
    expect(rail).to_be_visible()


def test_so_does_one_that_lies_over_the_page(plaza: RunningPlaza, visitors: Visitors) -> None:
    page = phone(visitors)
    page.add_init_script(OVERLAID)
    sign_in(page, plaza, "alice")
    open_room(page, plaza, "Covered screen")
    for number in range(20):
        say(page, f"Line {number}")
    assert bottom(page.locator(".rail")) == HIGH

    page.evaluate(f"showKeyboard({KEYBOARD})")
    expect(page.locator(".rail")).to_be_hidden()
    assert bottom(page.locator("#foot")) == HIGH - KEYBOARD
    assert bottom(said(page, "Line 19")) <= HIGH - KEYBOARD
    page.evaluate("showKeyboard(0)")
    expect(page.locator(".rail")).to_be_visible()
    assert bottom(page.locator(".rail")) == HIGH


def test_nothing_to_touch_lies_under_a_notch_or_the_bar_below(plaza: RunningPlaza, visitors: Visitors) -> None:
    page = phone(visitors)
    insets = {"top": 47, "bottom": 34, "left": 0, "right": 0}
    page.context.new_cdp_session(page).send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
    sign_in(page, plaza, "alice")
    open_room(page, plaza, "Notched screen")
    wait_until_ready(page)

    assert bottom(page.locator(".rail-item").first) <= HIGH - insets["bottom"]
    assert top(page.locator(".room-head h1")) >= insets["top"]
    page.get_by_role("button", name="People in this room").tap()
    wait_until_still(page)
    assert top(page.locator("#members h2")) >= insets["top"]
    assert bottom(page.locator("#members").get_by_role("link", name="Banned")) <= HIGH - insets["bottom"]

    page.set_viewport_size({"width": HIGH, "height": WIDE})
    page.keyboard.press("Escape")
    turned = {"top": 0, "bottom": 21, "left": 47, "right": 47}
    page.context.new_cdp_session(page).send("Emulation.setSafeAreaInsetsOverride", {"insets": turned})
    for part in (page.locator(".rail-item").first, page.locator(".room-head button").first, page.locator("#composer")):
        start, width = across(part)
        assert turned["left"] <= start
        assert start + width <= HIGH - turned["right"]
    assert bottom(page.locator("#composer")) <= WIDE - turned["bottom"]


def test_menus_by_touch(plaza: RunningPlaza, visitors: Visitors) -> None:
    page, guest = phone(visitors), visitors.arrive()
    sign_in(page, plaza, "alice")
    address = open_room(page, plaza, "Thumbs")
    join(guest, address, "Gus")
    say(guest, "Hello")
    people = page.locator("#members")
    more = member(page, "Gus").get_by_role("button", name="More about Gus")

    page.get_by_role("button", name="People in this room").tap()
    more.tap()
    assert axe_violations(page) == []
    page.get_by_role("menuitem", name="Block").tap()
    expect(member(page, "Gus")).to_contain_text("May not write")
    expect(people).to_be_visible()
    more.tap()
    page.get_by_role("menuitem", name="Ban…").tap()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(people).to_be_visible()
    more.tap()
    page.get_by_role("menuitem", name="Mention").tap()
    expect(people).to_be_hidden()
    expect(page.locator("#composer-body")).to_have_value("@Gus ")
    expect(page.locator("#composer-body")).to_be_focused()

    row = said(page, "Hello")
    row.locator("[data-part=body]").tap()
    expect(row.get_by_role("button", name="Delete this message")).to_be_visible()


def top(part: Locator) -> float:
    return _edges(part)[0]


def bottom(part: Locator) -> float:
    return _edges(part)[1]


def across(part: Locator) -> tuple[float, float]:
    """Where it begins from the left, and how wide it is."""
    box = part.bounding_box()
    assert box is not None
    return round(box["x"]), round(box["width"])


def _edges(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return round(box["y"]), round(box["y"] + box["height"])
