"""The one connection of a page, on every page of signed-in people: who is shown there is live, and so is oneself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import Blueprints, PlazaFactory, RunningPlaza

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)

FIVE_MINUTES = 5 * 60_000
TRANSITION = "event => dispatchEvent(new PageTransitionEvent(event, { persisted: true }))"


@pytest.fixture(scope="module")
def plaza(blueprints: Blueprints) -> Iterator[RunningPlaza]:
    factory = PlazaFactory(blueprints)
    yield factory()
    factory.close()


def test_people_are_live_wherever_they_are_shown(plaza: RunningPlaza, visitors: Visitors) -> None:
    alice, bob = visitors.arrive(), visitors.arrive()
    sign_in(alice, plaza, "alice")
    bob.clock.install()
    sign_in(bob, plaza, "bob", next_page="/settings/")
    sockets = count_sockets(bob.context)
    alice.goto(f"{plaza.url}/people/bob/")
    seen = avatar(alice, "main")
    expect(seen).to_have_attribute("data-status", "online")
    expect(avatar(bob, "nav")).to_have_attribute("data-status", "online")

    choose(bob, "Busy")
    expect(seen).to_have_attribute("data-status", "busy")
    expect(seen).to_have_text("Busy")
    expect(avatar(bob, "nav")).to_have_attribute("data-status", "busy")
    choose(bob, "Automatic")
    expect(seen).to_have_attribute("data-status", "online")

    room = bob.context.new_page()
    enter(room, plaza, "bob")
    sockets.clear()
    room.reload(wait_until="networkidle")
    assert sockets == {room: 1}, "the room's page has no second one"
    bob.clock.fast_forward(FIVE_MINUTES + 15_000)
    expect(seen).to_have_attribute("data-status", "absent")
    room.keyboard.press("Shift")
    expect(seen).to_have_attribute("data-status", "online")

    bob.keyboard.press("Shift")
    alice.evaluate("""() => {
        window.said = [];
        const dot = document.querySelector("main .avatar-status");
        new MutationObserver(() => window.said.push(dot.dataset.status)).observe(dot, { attributes: true });
    }""")
    room.close()
    alice.wait_for_timeout(3_000)
    assert alice.evaluate("window.said") == [], "one page is enough"

    bob.evaluate(TRANSITION, "pagehide")
    expect(seen).to_have_attribute("data-status", "offline")
    expect(seen).to_have_text("Offline")
    alice.evaluate(TRANSITION, "pagehide")
    bob.evaluate(TRANSITION, "pageshow")  # as a browser does that kept the page for the way back
    alice.evaluate(TRANSITION, "pageshow")
    expect(seen).to_have_attribute("data-status", "online")


def test_who_was_signed_out_elsewhere_loses_nothing_and_goes_on(plaza: RunningPlaza, visitors: Visitors) -> None:
    page = visitors.arrive()
    sign_in(page, plaza, "bob", next_page="/settings/")
    page.fill("[name=about]", "Half a thought")
    other = page.context.new_page()
    other.goto(f"{plaza.url}/")
    other.locator("details.rail-menu > summary").last.click()
    other.get_by_role("button", name="Sign out").click()
    notice = page.locator("[data-signed-out]")
    expect(notice).to_be_visible()
    expect(page.locator("[name=about]")).to_have_value("Half a thought")

    with page.context.expect_page() as opened:
        notice.get_by_role("link", name="Sign in").click()
    fill_in(opened.value, "bob")
    opened.value.wait_for_url("**/settings/")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # every page of a test is visible
    expect(notice).to_have_count(0)
    with page.expect_navigation():
        page.locator("form:has([name=about])").evaluate("form => form.requestSubmit()")

    opened.value.goto(f"{plaza.url}/people/bob/")
    expect(opened.value.locator("main")).to_contain_text("Half a thought")


def test_strangers_and_guests_outside_of_rooms_open_none(plaza: RunningPlaza, visitors: Visitors) -> None:
    page = visitors.arrive()
    sockets = count_sockets(page.context)
    modules: list[str] = []
    page.on("request", lambda request: modules.append(request.url.rsplit("/", 1)[-1]))
    pages = ("/", "/people/bob/", "/accounts/login/", "/rooms/")
    for path in pages:
        page.goto(plaza.url + path, wait_until="networkidle")
    assert sockets == {}
    assert not {"connection.js", "socket.js", "signed_in.js"} & set(modules)

    enter(page, plaza, "Gus")
    page.goto(f"{plaza.url}/people/bob/", wait_until="networkidle")
    assert sockets == {page: 1}, "the room's"


# --- What people do --------------------------------------------------------------------------------------------------
def sign_in(page: Page, plaza: RunningPlaza, name: str, next_page: str = "/rooms/") -> None:
    page.goto(f"{plaza.url}/accounts/login/?next={next_page}")
    fill_in(page, name)
    page.wait_for_url(f"**{next_page}")


def fill_in(page: Page, name: str) -> None:
    page.locator("main [name=login]").fill(name)
    page.locator("main [name=password]").fill("plaza-demo")
    page.locator("main [name=password]").press("Enter")


def enter(page: Page, plaza: RunningPlaza, nickname: str) -> None:
    """The public room of the demo."""
    page.goto(f"{plaza.url}/rooms/")
    page.goto(plaza.url + (page.locator("main a[href^='/rooms/the-plaza']").first.get_attribute("href") or ""))
    if page.locator("main [name=nickname]").count():
        page.locator("main [name=nickname]").fill(nickname)
        page.locator("main [name=nickname]").press("Enter")
    expect(page.locator("#members .member").first).to_be_visible()
    expect(page.locator("#online .member").filter(has_text=nickname)).to_be_visible()
    page.wait_for_load_state("networkidle")


def choose(page: Page, name: str) -> None:
    page.locator("details.rail-menu > summary").last.click()
    page.locator("[data-status-form]").get_by_role("button", name=name).click()
    expect(page.locator("[data-status-form]")).to_be_hidden()


def avatar(page: Page, where: str) -> Locator:
    return page.locator(f"{where} .avatar[data-person] [data-part=status]")


def count_sockets(context: BrowserContext) -> dict[Page, int]:
    """How many each page opened, from now on."""
    opened: dict[Page, int] = {}

    def follow(page: Page) -> None:
        page.on("websocket", lambda _: opened.update({page: opened.get(page, 0) + 1}))

    for page in context.pages:
        follow(page)
    context.on("page", follow)
    return opened
