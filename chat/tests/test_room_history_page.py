"""What was said before comes by scrolling up, and nothing that one reads jumps; the unsent outlives a bad line."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from chat.tests.servings import shell
from chat.tests.test_story import join, open_room, said, say, sign_in, wait_until_ready
from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import Blueprints, PlazaFactory, RunningPlaza

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)

OLDER = re.compile("/messages[?]before=")
# 130 lines, all of them read: 60 of the day before yesterday, 40 of yesterday, and those of today.
LONG_TALK = """
from datetime import timedelta
from django.db.models import F
from django.utils import timezone
from chat import actions
from chat.models import Message
from chat.tests.factories import caller, say_much
from rooms.models import Member
seat = Member.objects.get(user__username="alice", space__name="{name}")
say_much(seat, 130)
for days, lines in ((2, (1, 60)), (1, (61, 100))):
    Message.objects.filter(author=seat, seq__range=lines).update(created_at=timezone.now() - timedelta(days=days))
channel = seat.space.channels.get()
actions.mark_read(caller=caller(seat.user), channel_id=channel.pk, seq=130)
"""


@pytest.fixture(scope="module")
def plaza(blueprints: Blueprints) -> Iterator[RunningPlaza]:
    factory = PlazaFactory(blueprints)
    yield factory({"ROOM_COOLDOWN": "0", "RATE_JOINS": "1000/min"})
    factory.close()


@pytest.mark.parametrize("width", [390, 1360])
def test_older_messages_come_and_new_ones_too_while_what_is_read_stays(
    plaza: RunningPlaza, visitors: Visitors, width: int
) -> None:
    alice, guest = visitors.arrive(viewport={"width": width, "height": 800}), visitors.arrive()
    sign_in(alice, plaza, "alice")
    address = open_room(alice, plaza, f"Long table {width}")
    shell(plaza, LONG_TALK.format(name=f"Long table {width}"))
    join(guest, address, "Gus")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    alice.route(OLDER, hold)
    alice.goto(address)
    wait_until_ready(alice)
    expect(said(alice, "Line 130")).to_be_in_viewport()
    expect(said(alice, "Line 80")).to_have_count(0)

    alice.locator("#scroll").hover()
    alice.mouse.wheel(0, -300)
    alice.wait_for_function("() => document.getElementById('scroll').scrollTop < -200")
    while not held:
        alice.mouse.wheel(0, -200)
        alice.wait_for_timeout(100)
    alice.wait_for_timeout(300)  # the wheel has come to rest
    line, before = first_in_sight(alice)
    say(guest, "Something new")
    expect(alice.locator("#new-messages")).to_have_text("1 new message")
    assert is_still_at(alice, line, before)
    held[0].continue_()
    expect(said(alice, "Line 80")).to_be_attached()
    assert is_still_at(alice, line, before)

    with visitors.watch.refused("Failed to load"):
        while len(held) < 2:
            alice.mouse.wheel(0, -400)
            alice.wait_for_timeout(100)
        held[1].abort()
        expect(alice.get_by_text("Older messages could not be loaded.")).to_be_attached()
    alice.unroute(OLDER)
    alice.get_by_role("button", name="Try again").click()
    expect(said(alice, "Line 1")).to_be_attached()
    expect(alice.get_by_role("heading", name="This is the beginning of")).to_be_attached()
    days = alice.locator("#messages [data-part=day]:visible")
    expect(days).to_have_text([re.compile(r"^\w+day"), "Yesterday", "Today"])
    lines = alice.locator("#messages [data-part=body]").all_text_contents()
    assert lines == [*(f"Line {number}" for number in range(1, 131)), "Something new"]

    alice.locator("#new-messages").click()
    expect(said(alice, "Something new")).to_be_in_viewport()
    expect(alice.locator("#new-messages")).to_be_hidden()
    expect(alice.locator("#composer-body")).to_be_focused()


def test_whoever_loses_the_line_sees_so_at_once_and_loses_nothing(plaza: RunningPlaza, visitors: Visitors) -> None:
    alice, guest = visitors.arrive(), visitors.arrive()
    sign_in(alice, plaza, "alice")
    address = open_room(alice, plaza, "Bad line")
    join(guest, address, "Gus")

    with visitors.watch.server_down():
        alice.context.set_offline(True)
        expect(alice.locator("#connection")).to_contain_text("No connection", timeout=5_000)
        say(alice, "Said into the dark")
        expect(said(alice, "Said into the dark")).to_contain_text("Waiting")
        alice.fill("#composer-body", "half a thought")
        alice.context.set_offline(False)
        expect(said(guest, "Said into the dark")).to_be_visible()
    expect(alice.locator("#connection")).to_be_hidden()
    alice.reload()
    expect(alice.locator("#composer-body")).to_have_value("half a thought")
    expect(said(alice, "Said into the dark")).to_have_count(1)


def test_what_one_was_writing_is_kept_and_nobody_else_reads_it(plaza: RunningPlaza, visitors: Visitors) -> None:
    page = visitors.arrive()
    sign_in(page, plaza, "alice")
    address = open_room(page, plaza, "Shared desk")
    wait_until_ready(page)
    page.fill("#composer-body", "Do not tell bob")

    for name, draft in (("bob", ""), ("alice", "Do not tell bob")):
        page.goto("about:blank")  # a page that is open asks on, and would be refused
        page.context.clear_cookies()
        sign_in(page, plaza, name)
        page.goto(address)
        if name == "bob":
            join(page, address, "bob")
        wait_until_ready(page)
        expect(page.locator("#composer-body")).to_have_value(draft)


def test_a_few_emoji_alone_are_large_and_stand_where_the_page_begins(plaza: RunningPlaza, visitors: Visitors) -> None:
    page = visitors.arrive()
    sign_in(page, plaza, "alice")
    open_room(page, plaza, "Pictures")
    for text in ("🎉", "👩‍👩‍👧 🇪🇬", "7", "Tea 🎉", "🎉" * 7):
        say(page, text)
        expect(said(page, text)).not_to_have_class(re.compile("is-pending"))
    for _ in range(2):  # as the script draws them, then as the server does
        assert [is_large(said(page, text)) for text in ("🎉", "👩‍👩‍👧 🇪🇬")] == [True, True]
        assert [is_large(said(page, text)) for text in ("7", "Tea 🎉", "🎉" * 7)] == [False] * 3
        page.reload()
        wait_until_ready(page)


# --- What people see -------------------------------------------------------------------------------------------------


def first_in_sight(page: Page) -> tuple[str, float]:
    """The uppermost line that is whole on the screen, and how far down it stands."""
    found: list[object] = page.locator("#scroll").evaluate(
        """box => {
            const top = box.getBoundingClientRect().top;
            const row = [...box.querySelectorAll(".message")].find(row => row.getBoundingClientRect().top >= top);
            return [row.querySelector("[data-part=body]").textContent, row.getBoundingClientRect().top];
        }"""
    )
    return str(found[0]), float(str(found[1]))


def is_still_at(page: Page, line: str, height: float) -> bool:
    now, at = first_in_sight(page)
    return now == line and abs(at - height) <= 1  # pixels


def is_large(row: Locator) -> bool:
    size: float = row.locator("[data-part=body] p").evaluate("body => parseFloat(getComputedStyle(body).fontSize)")
    return size > 30
