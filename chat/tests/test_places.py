"""What waits elsewhere: the list of places beside the talk, the number on the rail and before the title."""

import re

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from chat.tests.test_story import join, open_room, say, sign_in
from core.tests.axe import axe_violations
from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import PlazaFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)


def test_what_is_unread_elsewhere_rises_and_falls_everywhere(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    charlie, elsewhere, bob = visitors.arrive(), visitors.arrive(), visitors.arrive()
    sign_in(bob, plaza, "bob")
    harbour = open_room(bob, plaza, "Harbour")
    sign_in(charlie, plaza, "charlie")
    join(charlie, harbour, "charlie")
    lantern = open_room(charlie, plaza, "Lantern")
    sign_in(elsewhere, plaza, "charlie")
    elsewhere.goto(f"{plaza.url}/settings/notifications/")
    expect(place(charlie, "Lantern").get_by_role("link")).to_have_attribute("aria-current", "page")
    expect(place(charlie, "Harbour").locator("[data-part=unread]")).to_be_hidden()

    say(bob, "Anybody at the quay?")
    expect(place(charlie, "Harbour").locator("[data-part=count]")).to_have_text("1")
    expect(charlie).to_have_title(re.compile(r"^\(1\) Lantern"))
    expect(place(charlie, "Harbour").locator("[data-part=mentioned]")).to_be_hidden()

    say(bob, "@charlie, are you coming?")
    expect(place(charlie, "Harbour").locator("[data-part=count]")).to_have_text("2")
    expect(place(charlie, "Harbour").locator("[data-part=mentioned]")).to_be_visible()
    expect(charlie.get_by_role("link", name="Rooms, 2 unread")).to_be_visible()
    assert axe_violations(charlie, ".places") == []
    said = elsewhere.locator(".toast").filter(has_text="named you in")
    expect(said).to_have_text(re.compile("bob.* named you in .*Harbour"))
    expect(elsewhere).to_have_title(re.compile(r"^\(2\) Notifications"))
    assert charlie.locator(".toast").filter(has_text="named you in").count() == 1

    said.get_by_role("link", name="Open").click()
    expect(elsewhere.get_by_role("heading", name="Harbour", level=1)).to_be_visible()
    for page in (charlie, elsewhere):
        expect(place(page, "Harbour").locator("[data-part=unread]")).to_be_hidden()
        expect(place(page, "Harbour").locator("[data-part=mentioned]")).to_be_hidden()
        expect(page).to_have_title(re.compile(r"^(Lantern|Harbour)"))

    elsewhere.goto(f"{plaza.url}/settings/notifications/")
    charlie.goto(f"{plaza.url}/rooms/")
    say(bob, "The boat is in")
    card = charlie.locator(".room-card").filter(has_text="Harbour")
    expect(card.locator("[data-part=count]")).to_have_text("1")
    assert axe_violations(charlie, ".room-card") == []
    charlie.goto(lantern)

    with visitors.watch.refused(410):  # of the goodbye page, where whoever closes a room comes to
        bob.goto(f"{harbour}close/")
        bob.get_by_role("main").get_by_role("button").first.click()
        expect(place(charlie, "Harbour")).to_have_count(0)
        bob.wait_for_load_state()
    expect(place(charlie, "Lantern")).to_be_visible()


def test_what_is_said_while_the_page_asks_is_counted_too(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza({"ROOM_COOLDOWN": "0"})
    bob, charlie = visitors.arrive(), visitors.arrive()
    sign_in(bob, plaza, "bob")
    harbour = open_room(bob, plaza, "Harbour")
    sign_in(charlie, plaza, "charlie")
    join(charlie, harbour, "charlie")
    lantern = open_room(charlie, plaza, "Lantern")
    held: list[tuple[Route, APIResponse]] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    charlie.route("**/api/v1/unread", hold_the_first)
    charlie.goto(lantern)
    while not held:
        charlie.wait_for_timeout(50)

    say(bob, "Between the question and the answer")
    for route, answer in held:
        route.fulfill(response=answer)

    expect(place(charlie, "Harbour").locator("[data-part=count]")).to_have_text("1")
    say(bob, "And after it")
    expect(place(charlie, "Harbour").locator("[data-part=count]")).to_have_text("2")


def place(page: Page, name: str) -> Locator:
    return page.locator(".place").filter(has=page.get_by_text(name, exact=True))
