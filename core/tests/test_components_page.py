"""Every component, as people meet it: light and dark, from left to right and from right to left, by hand and by key."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.tests.axe import axe_violations
from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import PlazaFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)

PAGE = "/dev/components/"


def test_axe_finds_nothing_grave_and_nothing_sticks_out(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    page = visitors.arrive(reduced_motion="reduce")
    address = start_plaza().url + PAGE
    for look in ("theme=light&dir=ltr", "theme=dark&dir=rtl"):
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{address}?{look}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.set_viewport_size({"width": 1360, "height": 850})
        expect(page.locator("[role=tablist]")).to_be_visible()
        assert axe_violations(page) == [], look
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    open_everything(page)
    assert axe_violations(page) == []


def test_axe_finds_nothing_grave_in_what_opens(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    page = visitors.arrive(viewport={"width": 1360, "height": 850}, reduced_motion="reduce")
    address = start_plaza().url + PAGE
    for look in ("theme=light&dir=ltr", "theme=dark&dir=rtl"):
        page.goto(f"{address}?{look}")
        expect(page.locator("[role=tablist]")).to_be_visible()
        parts = open_one_after_the_other(page)
        assert [f"{look} {part}: {wrong}" for part in parts for wrong in axe_violations(page, part)] == []


def test_axe_finds_nothing_grave_on_a_phone_either(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    page = visitors.arrive(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    address = start_plaza().url + PAGE
    for look in ("theme=light&dir=rtl", "theme=dark&dir=ltr"):
        page.goto(f"{address}?{look}")
        expect(page.locator("[role=tablist]")).to_be_visible()
        assert axe_violations(page) == [], look


def test_components_are_worked_by_the_keyboard(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    page = visitors.arrive(reduced_motion="reduce")
    page.goto(f"{start_plaza().url}{PAGE}?theme=light&dir=ltr")
    tabs(page)
    menu(page)
    dialog(page)
    toast_with_undo(page)
    tooltip(page)
    emoji(page)
    gallery(page)


def test_an_avatar_that_a_script_draws_is_the_one_that_the_server_draws(
    start_plaza: PlazaFactory, visitors: Visitors
) -> None:
    page = visitors.arrive()
    page.goto(start_plaza().url + PAGE)
    same = page.evaluate("""async () => {
        const { drawAvatar, setStatus } = await import("/static/js/people.js");
        return [...document.querySelectorAll("#people li .avatar, #people .row > .avatar--xl")].map((drawn) => {
            const copy = drawn.cloneNode(false);
            copy.className = copy.className.replace(/ avatar-\\d/, "");
            const names = { LA: "Layla Al-Farsi", RK: "Rohan Kulkarni", "مع": "مها عكاشة", "र": "रोहन" };
            const src = drawn.querySelector("img")?.getAttribute("src");
            drawAvatar(copy, names[drawn.querySelector("span").textContent] ?? "Rohan Kulkarni", src);
            setStatus(copy, drawn.querySelector("[data-status]").dataset.status);
            return copy.isEqualNode(drawn) || copy.outerHTML + drawn.outerHTML;
        });
    }""")
    assert same == [True] * 6


def test_a_part_of_the_page_is_exchanged_and_a_refusal_is_told(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    page = visitors.arrive()
    page.goto(start_plaza().url + PAGE)

    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#exchanged")).to_contain_text("Asked at")
    with visitors.watch.refused(429):
        page.get_by_role("button", name="Be refused").click()
        expect(page.get_by_role("alert").filter(has_text="That was too fast")).to_be_visible()
    expect(page.locator("#exchanged")).to_contain_text("Asked at")
    page.get_by_role("button", name="Have to sign in").click()
    page.wait_for_url("**/accounts/login/?next=%2Fdev%2Fcomponents%2F")


def test_without_scripts_everything_is_there(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    page = visitors.arrive(java_script_enabled=False)
    page.goto(start_plaza().url + PAGE)
    for panel in ("tab-about", "tab-reviews", "tab-post"):
        expect(page.locator(f"#{panel}")).to_be_visible()
    page.get_by_text("Actions", exact=True).click()
    expect(page.get_by_text("Rename")).to_be_visible()
    expect(page.locator("[data-countdown]")).to_contain_text("days")


def tabs(page: Page) -> None:
    page.get_by_role("tab", name="About").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Reviews")).to_be_focused()
    expect(page.locator("#tab-reviews")).to_be_visible()
    expect(page.locator("#tab-about")).to_be_hidden()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Postage and returns")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="About")).to_be_focused()


def menu(page: Page) -> None:
    page.locator("summary", has_text="Actions").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Rename")).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".menu-box").get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Rename")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("summary", has_text="Actions")).to_be_focused()
    expect(page.get_by_role("link", name="Rename")).to_be_hidden()


def dialog(page: Page) -> None:
    page.get_by_role("button", name="Open a dialog").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Invite somebody")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Invite somebody")).to_be_hidden()
    expect(page.get_by_role("button", name="Open a dialog")).to_be_focused()
    page.get_by_role("button", name="Close the shop").click()
    page.get_by_role("button", name="Keep it open").click()
    assert page.url.endswith("dir=ltr")  # nothing was sent


def toast_with_undo(page: Page) -> None:
    page.get_by_role("button", name="With undo").click()
    expect(page.get_by_role("status").filter(has_text="Message deleted")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(page.locator(".toast")).to_have_text("It is back.", use_inner_text=True)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".toast")).to_have_count(0)


def tooltip(page: Page) -> None:
    page.get_by_role("button", name="Point here").hover()
    tip = page.get_by_role("tooltip")
    expect(tip).to_contain_text("Esc closes it")
    expect(page.get_by_role("button", name="Point here")).to_have_attribute("aria-describedby", "tip")
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def emoji(page: Page) -> None:
    field = page.get_by_label("Say something")
    field.focus()
    field.press("End")
    page.get_by_role("button", name="Choose an emoji").click()
    expect(page.get_by_role("button", name="grinning face", exact=True)).to_be_visible()
    page.get_by_label("Search emoji").fill("waving hand")
    expect(page.locator(".emoji-one")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Hello👋")
    expect(field).to_be_focused()


def gallery(page: Page) -> None:
    page.locator(".gallery-stage").focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("dialog", name="Pictures of the lamp")
    expect(box).to_contain_text("1 / 4")
    page.keyboard.press("ArrowRight")
    expect(box).to_contain_text("2 / 4")
    page.keyboard.press("End")
    expect(box).to_contain_text("4 / 4")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()


def open_one_after_the_other(page: Page) -> Iterator[str]:
    """The selector of each part while it is open."""
    for name, panel in (("About", "tab-about"), ("Reviews", "tab-reviews"), ("Postage and returns", "tab-post")):
        page.get_by_role("tab", name=name).click()
        expect(page.locator(f"#{panel}")).to_be_visible()
        yield f".tabs:has(#{panel}), #{panel}"
    page.get_by_label("What do you sell?").first.focus()
    yield ".field:focus-within"
    page.locator("summary", has_text="Actions").click()
    yield ".menu-box"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Point here").hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    yield "[role=tooltip]"
    page.keyboard.press("Escape")
    for kind in ("Good", "Bad", "With undo"):
        page.get_by_role("button", name=kind, exact=True).click()
        expect(page.locator(".toast").last).to_be_visible()
        yield ".toasts"
        page.get_by_role("button", name="Dismiss").last.click()
    page.locator("[popovertarget=emoji]").click()
    expect(page.locator(".emoji-one").first).to_be_visible()
    yield "#emoji"
    page.keyboard.press("Escape")
    for opener, dialog in (("Open a dialog", "#sample-dialog"), ("Close the shop", "#sample-confirm")):
        page.get_by_role("button", name=opener).click()
        expect(page.locator(dialog)).to_be_visible()
        yield dialog
        page.keyboard.press("Escape")
    page.locator(".gallery-stage").first.click()
    expect(page.locator(".lightbox").first).to_be_visible()
    yield ".lightbox[open]"
    page.keyboard.press("Escape")


def open_everything(page: Page) -> None:
    """A menu, the numbers of a chart, a toast, a tooltip, the emoji; then a dialog over all of it."""
    page.locator("summary", has_text="Actions").click()
    page.get_by_text("The numbers").first.click()
    page.get_by_role("button", name="Bad", exact=True).click()
    page.locator("[popovertarget=emoji]").click()
    expect(page.locator(".emoji-one").first).to_be_visible()
