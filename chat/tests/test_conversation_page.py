"""Conversations in browsers: two people who write, mute, put away and block; and a few, of whom one leaves."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from chat.tests.test_room_page import look_away, look_back, member, notice, place, toast
from chat.tests.test_story import said, say, sign_in, wait_until_ready
from core.tests.axe import axe_violations
from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import Blueprints, PlazaFactory, RunningPlaza

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def plaza(blueprints: Blueprints) -> Iterator[RunningPlaza]:
    factory = PlazaFactory(blueprints)
    yield factory({"RATE_CONVERSATIONS": "1000/h"})
    factory.close()


def test_two_people_begin_from_a_profile_talk_mute_and_put_away(plaza: RunningPlaza, visitors: Visitors) -> None:
    alice, charlie, elsewhere = visitors.arrive(), visitors.arrive(), visitors.arrive()
    sign_in(alice, plaza, "alice")
    for page in (charlie, elsewhere):
        sign_in(page, plaza, "charlie")
    elsewhere.goto(f"{plaza.url}/settings/notifications/")
    talk = write_to(alice, plaza, "charlie")

    say(alice, "Tea at four?")
    expect(toast(elsewhere, "alice")).to_be_visible()
    expect(elsewhere.get_by_role("link", name=re.compile("^Conversations, 1"))).to_be_visible()
    expect(elsewhere).to_have_title(re.compile(r"^\(1\) Notifications"))
    toast(elsewhere, "alice").get_by_role("link", name="Open").click()
    expect(said(elsewhere, "Tea at four?")).to_be_visible()
    expect(elsewhere).to_have_title(re.compile("^alice"))

    charlie.goto(talk)
    wait_until_ready(charlie)
    charlie.locator("#composer-body").press_sequentially("Ye")
    expect(alice.locator("#room-info .avatar[data-person] [data-part=status]")).to_have_attribute(
        "data-status", "online"
    )
    expect(alice.locator("#typing")).to_have_text("charlie is writing…")
    say(charlie, "Yes, with pleasure")
    expect(said(alice, "Yes, with pleasure")).to_be_visible()
    expect(alice.locator("#typing")).to_have_text("")
    assert axe_violations(alice) == []

    elsewhere.goto(f"{plaza.url}/rooms/")
    charlie.get_by_role("button", name="Mute", exact=True).click()
    expect(charlie.locator(".room-head").get_by_text("Muted")).to_be_visible()
    look_away(charlie)
    say(alice, "Shall I bring a cake?")
    expect(said(charlie, "Shall I bring a cake?")).to_be_visible()
    say(alice, "@charlie, a big one?")
    expect(toast(elsewhere, "alice")).to_be_visible()
    assert elsewhere.locator(".toast").count() == 1, "only what names one is told of a muted conversation"
    expect(place(charlie, "alice").locator("[data-part=count]")).to_have_text("1")
    look_back(charlie)
    expect(place(charlie, "alice").locator("[data-part=unread]")).to_be_hidden()
    charlie.get_by_role("button", name="Unmute").click()
    expect(charlie.locator(".room-head").get_by_text("Muted")).to_have_count(0)

    charlie.get_by_role("button", name="Put away").click()
    expect(charlie.get_by_role("heading", name="Conversations", level=1)).to_be_visible()
    expect(charlie.get_by_text("Put away until the next message.")).to_be_visible()
    expect(listed(charlie, "alice")).to_have_count(0)
    say(alice, "Are you coming?")
    expect(charlie.get_by_role("link", name=re.compile("^Conversations, 1"))).to_be_visible()
    charlie.reload()
    expect(listed(charlie, "alice")).to_contain_text("Are you coming?")
    for page in (charlie, elsewhere):
        page.close()
    expect(alice.locator("#room-info .avatar[data-person] [data-part=status]")).to_have_attribute(
        "data-status", "offline"
    )


def test_what_waits_in_a_conversation_stands_beside_another_talk(plaza: RunningPlaza, visitors: Visitors) -> None:
    petra, charlie = visitors.arrive(), visitors.arrive()
    sign_in(petra, plaza, "petra")
    sign_in(charlie, plaza, "charlie")
    write_to(petra, plaza, "alice")
    expect(place(petra, "charlie")).to_have_count(0)

    talk = write_to(charlie, plaza, "petra")
    say(charlie, "Good morning")
    expect(place(petra, "charlie").locator("[data-part=count]")).to_have_text("1")
    say(charlie, "Are you there?")
    expect(place(petra, "charlie").locator("[data-part=count]")).to_have_text("2")
    expect(petra).to_have_title(re.compile(r"^\(2\) alice"))

    charlie.locator("#composer-body").press_sequentially("He")
    expect(petra.locator("#typing")).to_have_text("")
    place(petra, "charlie").get_by_role("link").click()
    petra.wait_for_url(talk)
    expect(said(petra, "Are you there?")).to_be_visible()
    expect(place(petra, "charlie").locator("[data-part=unread]")).to_be_hidden()
    expect(petra).to_have_title(re.compile("^charlie"))


def test_a_block_silences_both_at_once_and_what_was_typed_stays(plaza: RunningPlaza, visitors: Visitors) -> None:
    sana, tariq = visitors.arrive(), visitors.arrive()
    sign_in(sana, plaza, "sana")
    sign_in(tariq, plaza, "tariq")
    tariq.goto(write_to(sana, plaza, "tariq"))
    say(sana, "Before")
    expect(said(tariq, "Before")).to_be_visible()
    other_window = tariq.context.new_page()
    other_window.goto(tariq.url)
    wait_until_ready(other_window)
    for page in (sana, tariq):
        wait_until_ready(page)
        page.fill("#composer-body", "half a thought")

    tariq.get_by_role("button", name="Block @sana").click()
    expect(tariq.get_by_role("button", name="Unblock @sana")).to_be_visible()
    for page, other in ((sana, "tariq"), (tariq, "sana"), (other_window, "sana")):
        expect(page.locator("#composer")).to_be_hidden()
        expect(page.locator("#composer-note")).to_have_text(f"You and {other} cannot write to each other.")
    assert axe_violations(sana) == []
    sana.reload()
    wait_until_ready(sana)
    expect(sana.locator("#composer")).to_be_hidden()
    for page, name in ((sana, "tariq"), (tariq, "sana")):
        page.goto(f"{plaza.url}/conversations/")
        page.get_by_role("textbox", name="Usernames").fill(name)
        with visitors.watch.refused(400):
            page.get_by_role("button", name="Start").click()
            expect(page.locator(".errorlist")).to_have_text(f"You and {name} cannot write to each other.")
        page.goto(other_window.url)
        wait_until_ready(page)
    member(sana, "tariq").hover()
    member(sana, "tariq").get_by_role("button", name="More about tariq").click()
    expect(sana.get_by_role("menuitem")).to_have_text(["Profile"])
    sana.keyboard.press("Escape")

    tariq.get_by_role("button", name="Unblock @sana").click()
    for page in (sana, tariq):
        expect(page.locator("#composer-body")).to_have_value("half a thought")
        expect(page.locator("#composer-note")).to_have_text("")
    sana.press("#composer-body", "Enter")
    expect(said(other_window, "half a thought")).to_be_visible()


def test_one_leaves_a_group_of_three_and_the_others_read_so(plaza: RunningPlaza, visitors: Visitors) -> None:
    alice, charlie, bob = visitors.arrive(), visitors.arrive(locale="ar"), visitors.arrive()
    for page, name in ((alice, "alice"), (bob, "bob")):
        sign_in(page, plaza, name)
    sign_in_in_arabic(charlie, plaza, "charlie")
    alice.goto(f"{plaza.url}/conversations/")
    alice.get_by_role("textbox", name="Usernames").fill("bob, charlie")
    alice.get_by_role("button", name="Start").click()
    wait_until_ready(alice)
    expect(alice.locator("#members .member")).to_have_count(3)
    say(alice, "Who comes to the market?")
    expect(said(alice, "Who comes to the market?")).not_to_have_class(re.compile("is-pending"))  # it is stored
    for page in (bob, charlie):
        page.goto(f"{plaza.url}/conversations/")
        page.locator("main .list-item").filter(has_text="Who comes to the market?").first.click()
        wait_until_ready(page)
    other_window = bob.context.new_page()
    other_window.goto(bob.url)
    wait_until_ready(other_window)
    other_window.fill("#composer-body", "I could bring")

    bob.get_by_role("button", name="Leave the conversation").click()
    bob.get_by_role("dialog").get_by_role("button", name="Leave", exact=True).click()
    expect(bob.get_by_text("You left the conversation.")).to_be_visible()
    expect(notice(alice, "bob left")).to_be_visible()
    expect(alice.locator("#announcer")).to_have_text("bob left")
    expect(alice.locator("#members .member")).to_have_count(2)
    expect(other_window.get_by_role("heading", name="You left this conversation")).to_be_visible()
    expect(other_window.locator("#unsent")).to_have_value("I could bring")
    ways = other_window.locator(".room-out").get_by_role("link")
    expect(ways).to_have_text(["See your conversations"])
    ways.click()
    expect(listed(other_window, "alice, charlie")).to_have_count(0)

    assert charlie.evaluate("document.dir") == "rtl"
    expect(charlie.locator("#members .member")).to_have_count(2)
    pattern = charlie.evaluate(
        "document.getElementById('words').content.querySelector('[data-word=notice-left]').textContent"
    )
    line = notice(charlie, pattern.replace("{name}", "bob"))
    expect(line).to_be_visible()
    say(charlie, "أنا قادم")
    expect(said(alice, "أنا قادم")).to_be_visible()
    assert axe_violations(charlie) == []
    charlie.reload()
    expect(line).to_be_visible()


# --- What people see and do ------------------------------------------------------------------------------------------


def write_to(page: Page, plaza: RunningPlaza, name: str) -> str:
    """From their profile. The address of the conversation."""
    page.goto(f"{plaza.url}/people/{name}/")
    page.get_by_role("main").get_by_role("button", name="Message").click()
    wait_until_ready(page)
    return page.url


def sign_in_in_arabic(page: Page, plaza: RunningPlaza, name: str) -> None:
    page.goto(f"{plaza.url}/accounts/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", "plaza-demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/rooms/")


def listed(page: Page, name: str) -> Locator:
    return page.locator("main .list-item").filter(has=page.get_by_text(name, exact=True))
