"""The room page with three people and a guest: who may do what to whom, who writes, who is named, what is read."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from chat.tests.test_story import join, open_room, said, say, sign_in, wait_until_ready
from core.tests.browsers import PATIENCE, Visitors, wait_until_still
from core.tests.servers import Blueprints, PlazaFactory, RunningPlaza

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def plaza(blueprints: Blueprints) -> Iterator[RunningPlaza]:
    factory = PlazaFactory(blueprints)
    yield factory({"ROOM_COOLDOWN": "0", "RATE_JOINS": "1000/min"})
    factory.close()


def test_an_owner_blocks_bans_and_hands_over_and_the_next_one_closes(plaza: RunningPlaza, visitors: Visitors) -> None:
    alice, bob, guest = visitors.arrive(), visitors.arrive(), visitors.arrive()
    sign_in(alice, plaza, "alice")
    sign_in(bob, plaza, "bob")
    address = open_room(alice, plaza, "Garden gate")
    join(bob, address, "bob")
    join(guest, address, "Gus")
    expect(member(bob, "alice").get_by_role("button", name="More about alice")).to_be_attached()
    bob.fill("#composer-body", "half a thought")

    choose(alice, "bob", "Block")
    expect(toast(alice, "bob can read here, and not write.")).to_be_visible()
    expect(bob.locator("#composer")).to_be_hidden()
    expect(bob.locator("#composer-note")).to_have_text(re.compile("you can read, but not write"))
    expect(notice(guest, "bob may not write for now")).to_be_visible()
    expect(member(guest, "bob")).to_contain_text("May not write")
    toast(alice, "bob can read").get_by_role("button", name="Undo").click()
    expect(bob.locator("#composer-body")).to_have_value("half a thought")
    expect(bob.locator("#composer-note")).to_have_text("")
    expect(notice(bob, "bob may write again")).to_be_visible()

    choose(alice, "Gus", "Ban…")
    alice.get_by_role("dialog", name="Ban Gus?").get_by_role("button", name="Ban").click()
    expect(guest.get_by_role("heading", name="You were removed from this room")).to_be_visible()
    expect(notice(bob, "Gus was banned")).to_be_visible()
    expect(member(bob, "Gus")).to_have_count(0)
    alice.get_by_role("link", name="Banned", exact=True).click()
    banned = alice.get_by_role("dialog", name="Banned")
    banned.get_by_role("button", name="Unban Gus").click()
    expect(banned.get_by_role("heading", name="Nobody is banned")).to_be_visible()
    banned.get_by_role("button", name="Close").click()
    join(guest, address, "Gus")
    expect(member(alice, "Gus")).to_be_visible()

    choose(alice, "bob", "Hand the room over…")
    question = alice.get_by_role("dialog", name="Hand the room over to bob?")
    question.get_by_role("button", name="Hand over").click()
    expect(notice(guest, "bob looks after this room now")).to_be_visible()
    expect(alice.get_by_role("link", name="Close the room…")).to_be_hidden()

    bob.get_by_role("link", name="Close the room…").click()
    bob.get_by_role("dialog", name="Close this room now?").get_by_role("button", name="Close the room").click()
    for page in (alice, bob, guest):
        expect(page.get_by_role("heading", name="This room was closed")).to_be_visible()
    with guest.expect_download() as found:
        guest.get_by_role("link", name="Take along what was said").click()
    assert found.value.suggested_filename.endswith(".pdf")


def test_what_others_write_and_say_is_shown_and_whoever_is_named_is_told(
    plaza: RunningPlaza, visitors: Visitors
) -> None:
    alice, bob, carol = visitors.arrive(), visitors.arrive(), visitors.arrive()
    sign_in(alice, plaza, "alice")
    address = open_room(alice, plaza, "Reading room")
    join(bob, address, "Bob the Guest")
    join(carol, address, "Carol")
    expect(alice.locator("#members .member")).to_have_count(3)

    bob.locator("#composer-body").press_sequentially("He")
    expect(alice.locator("#typing")).to_have_text("Bob the Guest is writing…")
    expect(bob.locator("#typing")).to_have_text("")
    carol.locator("#composer-body").press_sequentially("Wh")
    expect(alice.locator("#typing")).to_have_text("Bob the Guest and Carol are writing…")
    say(bob, "Hello")
    expect(alice.locator("#typing")).to_have_text("Carol is writing…")
    expect(alice.locator("#typing")).to_have_text("")

    wait_until_ready(alice)
    field, options = alice.locator("#composer-body"), alice.locator("#mention-list [role=option]")
    field.press_sequentially("Hi @")
    expect(options).to_have_count(2)
    field.press("Escape")
    expect(options.first).to_be_hidden()
    field.press_sequentially("b")
    expect(field).to_have_attribute("role", "combobox")
    expect(options.locator("bdi")).to_have_text(["Bob the Guest"])
    field.press("Enter")
    expect(field).to_have_value("Hi @Bob the Guest ")
    field.press_sequentially("and @gu")
    expect(options.locator("bdi")).to_have_text(["Bob the Guest"])
    options.first.click()
    field.press("Enter")
    text = "Hi @Bob the Guest and @Bob the Guest"
    expect(said(bob, text)).to_have_class(re.compile("is-for-me"))
    expect(said(bob, text)).to_contain_text("Mentions you")
    expect(said(carol, text)).not_to_have_class(re.compile("is-for-me"))
    for page in (alice, bob, carol):
        chips = said(page, text).locator(".mention")
        expect(chips).to_have_text(["@Bob the Guest"] * 2)
        expect(said(page, text).locator(".is-me")).to_have_count(2 if page is bob else 0)
    expect(bob.locator("#announcer")).to_have_text(f"alice mentions you: {text}")
    bob.reload()
    expect(said(bob, text)).to_have_class(re.compile("is-for-me"))
    expect(said(bob, text).locator(".is-me")).to_have_count(2)

    row = said(alice, "Hello")
    row.get_by_role("button", name="Bob the Guest").click()
    alice.get_by_role("menuitem", name="Mention").click()
    expect(field).to_have_value("@Bob the Guest ")
    expect(field).to_be_focused()


def test_what_is_read_on_one_device_is_read_on_the_other(plaza: RunningPlaza, visitors: Visitors) -> None:
    alice, charlie, phone = visitors.arrive(), visitors.arrive(), visitors.arrive()
    sign_in(alice, plaza, "alice")
    address = open_room(alice, plaza, "Two screens")
    sign_in(charlie, plaza, "charlie")
    join(charlie, address, "charlie")
    sign_in(phone, plaza, "charlie")
    for page in (charlie, phone):
        page.goto(address)
        wait_until_ready(page)
        look_away(page)
    say(alice, "One")
    say(alice, "Two")
    for page in (charlie, phone):
        expect(page).to_have_title(re.compile(r"^\(2\) Two screens"))
        line = said(page, "One").locator("[data-part=unread]")
        expect(line).to_be_visible()

    look_back(charlie)
    for page in (charlie, phone):
        expect(page).to_have_title(re.compile("^Two screens"))
    charlie.reload()
    expect(charlie.locator("[data-part=unread]:visible")).to_have_count(0)

    look_away(phone)
    charlie.goto(f"{plaza.url}/rooms/")
    for number in range(30):
        say(alice, f"Line {number}")
    expect(phone).to_have_title(re.compile(r"^\(30\) "))
    phone.reload()
    expect(said(phone, "Line 0").locator("[data-part=unread]")).to_be_in_viewport()
    expect(phone.locator("#new-messages")).to_contain_text("new messages")
    phone.locator("#new-messages").click()
    expect(phone.locator("#new-messages")).to_be_hidden()
    expect(phone).to_have_title(re.compile("^Two screens"))


def test_the_menu_works_with_the_keyboard(plaza: RunningPlaza, visitors: Visitors) -> None:
    alice, guest = visitors.arrive(), visitors.arrive()
    sign_in(alice, plaza, "alice")
    address = open_room(alice, plaza, "Keys only")
    join(guest, address, "Gus")
    expect(alice.locator("#online .member")).to_have_count(2)
    more = member(alice, "Gus").get_by_role("button", name="More about Gus")
    expect(member(alice, "Gus").locator(".member-name")).to_have_text(re.compile(r"Gus\s+Guest"))

    more.focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("menuitem", name="Mention")).to_be_focused()
    expect(alice.locator("#people-menu .menu-head")).to_have_text(re.compile(r"Gus\s+Guest"))
    expect(alice.get_by_role("menuitem", name="Profile")).to_have_count(0)
    alice.keyboard.press("End")
    expect(alice.get_by_role("menuitem", name="Ban…")).to_be_focused()
    alice.keyboard.press("Escape")
    expect(more).to_be_focused()
    alice.keyboard.press("Enter")
    alice.keyboard.press("ArrowDown")
    alice.keyboard.press("Enter")
    expect(guest.locator("#composer")).to_be_hidden()

    member(guest, "alice").get_by_role("button", name="More about alice").click()
    expect(guest.get_by_role("menuitem")).to_have_text(["Profile"])
    guest.get_by_role("menuitem", name="Profile").click()
    guest.wait_for_url("**/people/alice/")
    expect(guest.get_by_role("heading", name="alice", level=1)).to_be_visible()


def test_only_those_who_write_here_are_shown_as_writing(plaza: RunningPlaza, visitors: Visitors) -> None:
    alice, gus, hal, ida = (visitors.arrive() for _ in range(4))
    sign_in(alice, plaza, "alice")
    kitchen = open_room(alice, plaza, "Kitchen table")
    join(hal, kitchen, "Hal")
    cellar = open_room(alice, plaza, "Cellar door")
    join(gus, cellar, "Gus")
    join(ida, cellar, "Ida")
    alice.goto(kitchen)
    wait_until_ready(alice)
    heard: list[str] = []
    alice.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    alice.reload()
    wait_until_ready(alice)
    shown = alice.evaluate_handle("""() => {
        const shown = [];
        const line = document.getElementById("typing");
        new MutationObserver(() => shown.push(line.textContent)).observe(line, { childList: true });
        return shown;
    }""")
    beside = alice.locator(".place").filter(has_text="Cellar door").locator("[data-part=count]")
    say(ida, "Hello?")
    expect(beside).to_have_text("1")  # she follows the other room

    gus.locator("#composer-body").press_sequentially("Is anybody")
    say(gus, "Is anybody here?")
    expect(beside).to_have_text("2")
    hal.locator("#composer-body").press_sequentially("Me")
    expect(alice.locator("#typing")).to_have_text("Hal is writing…")

    assert any('"op":"typing"' in frame and '"Gus"' in frame for frame in heard), "it came, and is not for this page"
    assert shown.json_value() == ["Hal is writing…"]


@pytest.mark.parametrize("width", [390, 1360])
def test_what_pops_up_covers_neither_what_one_writes_nor_the_way_down(
    plaza: RunningPlaza, visitors: Visitors, width: int
) -> None:
    page = visitors.arrive(viewport={"width": width, "height": 800})
    sign_in(page, plaza, "alice")
    open_room(page, plaza, f"Pop-up {width}")
    wait_until_ready(page)
    for lines in (1, 7, 40):
        page.fill("#composer-body", "line\n" * lines)
        if width > 860:
            page.get_by_role("button", name="Copy the address").click()
        else:
            page.get_by_role("button", name="Copy this room's address").click()
        expect(page.locator(".toast").last).to_be_visible()
        top, bottom = edges(page, "#toasts")
        assert top > 0
        assert 0 <= edges(page, "#foot")[0] - bottom < 40
        page.locator("#new-messages").evaluate("button => { button.hidden = false; }")
        assert edges(page, "#toasts")[1] <= edges(page, "#new-messages")[0]
        page.locator("#new-messages").evaluate("button => { button.hidden = true; }")
        page.locator(".toast").last.get_by_role("button").last.click()


def test_the_end_comes_near_by_the_servers_clock_whatever_the_own_one_says(
    start_plaza: PlazaFactory, visitors: Visitors
) -> None:
    plaza = start_plaza({"ROOM_LIFETIME": "80"})
    alice, guest = visitors.arrive(), visitors.arrive()
    now = datetime.now()
    alice.clock.install(time=now - timedelta(days=2))
    guest.clock.install(time=now + timedelta(hours=3))
    sign_in(alice, plaza, "alice")
    address = open_room(alice, plaza, "Short day")
    expect(alice.locator("#ending")).to_contain_text("less than 10 minutes")
    join(guest, address, "Gus")
    for page in (alice, guest):
        expect(page.locator("#ending")).to_contain_text("less than a minute", timeout=60_000)

    for page in (alice, guest):
        expect(page.locator(".room-title time")).to_have_text(re.compile(r"\d+ sec left"))
    assert guest.evaluate("Date.now()") - alice.evaluate("Date.now()") > 40 * 60 * 60_000
    gaps = []
    for _ in range(
        3
    ):  # one after the other, and each page counts its own seconds: they may differ by one, but not each time
        gaps.append(seconds_left(alice) - seconds_left(guest))
        alice.wait_for_timeout(300)
    assert 0 in gaps
    assert set(gaps) <= {-1, 0, 1}
    guest.locator("#ending").get_by_role("button", name="Dismiss").click()
    expect(guest.locator("#ending")).to_be_hidden()


def test_a_room_is_watched_to_its_end_and_a_new_visit_says_that_it_is_gone(
    start_plaza: PlazaFactory, visitors: Visitors
) -> None:
    plaza = start_plaza({"ROOM_LIFETIME": "25", "ROOM_COOLDOWN": "0", "RATE_JOINS": "1000/min"})
    alice, bob, guest, list_page = (visitors.arrive() for _ in range(4))
    for page, name in ((alice, "alice"), (bob, "bob"), (list_page, "charlie")):
        sign_in(page, plaza, name)
    address = open_room(alice, plaza, "Mayfly")
    end = datetime.fromisoformat(alice.locator("main.room").get_attribute("data-expires") or "")
    join(bob, address, "bob")
    join(guest, address, "Gus")
    say(guest, "How short a day is")
    guest.fill("#composer-body", "and yet")
    list_page.goto(f"{plaza.url}/rooms/")
    expect(list_page.get_by_role("link", name="Mayfly")).to_be_visible()
    expect(bob.locator("#ending")).to_contain_text("less than a minute")
    assert datetime.now(UTC) < end, "the machine is too slow for this test"

    for page in (guest, bob, alice):
        expect(page.get_by_role("heading", name="This room flew away")).to_be_visible(timeout=30_000)
        assert datetime.now(UTC) >= end
    assert (datetime.now(UTC) - end).total_seconds() < 5
    expect(guest.locator("#unsent")).to_have_value("and yet")
    for page in (guest, bob, alice):
        expect(page.locator("#composer")).to_have_count(0)
        expect(page.locator(".room-out").get_by_role("link", name="Open a room")).to_be_visible()
        with page.expect_download() as found:
            page.locator(".room-out").get_by_role("link", name="As plain text").click()
        assert "How short a day is" in found.value.path().read_text(encoding="utf-8")

    expect(place(bob, "Mayfly")).to_have_count(0)
    expect(list_page.get_by_role("link", name="Mayfly")).to_have_count(0)
    list_page.reload()
    expect(list_page.get_by_role("link", name="Mayfly")).to_have_count(0)
    with visitors.watch.refused(410):
        for page, may_take_it_along in ((guest, 1), (bob, 1), (list_page, 0)):
            page.goto(address)
            expect(page.get_by_role("heading", name="This room flew away", level=1)).to_be_visible()
            take = page.get_by_role("link", name="Take along what was said")
            expect(take).to_have_count(may_take_it_along)


# --- What people see and do -----------------------------------------------------------------------------------------


def seconds_left(page: Page) -> int:
    shown = page.locator(".room-title time").text_content() or ""
    found = re.fullmatch(r"(\d+) sec left", shown)
    assert found, shown
    return int(found[1])


def edges(page: Page, selector: str) -> tuple[float, float]:
    """Where it begins and ends, from above."""
    wait_until_still(page)
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"], box["y"] + box["height"]


def member(page: Page, name: str) -> Locator:
    return page.locator("#members .member").filter(has=page.locator("[data-part=nickname]", has_text=name))


def choose(page: Page, name: str, item: str) -> None:
    row = member(page, name)
    row.hover()
    row.get_by_role("button", name=f"More about {name}").click()
    page.get_by_role("menuitem", name=item).click()


def notice(page: Page, text: str) -> Locator:
    return page.locator(".is-notice [data-part=notice]").filter(has_text=text).last


def place(page: Page, name: str) -> Locator:
    return page.locator(".place").filter(has=page.get_by_text(name, exact=True))


def toast(page: Page, text: str) -> Locator:
    return page.locator(".toast").filter(has_text=text)


def look_away(page: Page) -> None:
    page.evaluate("document.hasFocus = () => false")


def look_back(page: Page) -> None:
    page.evaluate("delete document.hasFocus; dispatchEvent(new Event('focus'))")
