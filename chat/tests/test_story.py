"""The whole story in real browsers: sign up, open a room, talk, lose the server, and lose nothing."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import PlazaFactory, RunningPlaza

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

PASSWORD = "a lamp beside the sea"


@pytest.mark.slow
def test_two_people_talk_and_nothing_is_lost_when_the_server_dies(
    start_plaza: PlazaFactory, visitors: Visitors
) -> None:
    plaza = start_plaza()
    ann, ben = visitors.arrive(), visitors.arrive()
    sign_up(ann, plaza, "ann")
    sign_up(ben, plaza, "ben")
    address = open_room(ann, plaza, "Garden gate")
    join(ben, address, "Benjamin")

    say(ann, "Is anybody there?")
    expect(said(ben, "Is anybody there?")).to_be_visible()
    say(ben, "I am. <b>Bold</b> & مرحبا")
    expect(said(ann, "I am. <b>Bold</b> & مرحبا")).to_be_visible()

    edit(ann, "Is anybody there?", "Is anybody out there?")
    expect(said(ben, "Is anybody out there?")).to_contain_text("edited")
    say(ben, "A slip")
    delete(ben, "A slip")
    expect(ann.locator(".is-deleted").get_by_text("This message was deleted.")).to_be_visible()
    expect(said(ann, "A slip")).to_have_count(0)

    guest = visitors.arrive()
    join(guest, address, "Gustav")
    expect(ann.locator("#members .member")).to_have_count(3)
    say(guest, "Passing by")
    expect(said(ann, "Passing by")).to_contain_text("Guest")

    pages = (ann, ben, guest)
    for page in pages:
        page.evaluate("window.sameDocument = true")
    with visitors.watch.server_down():
        plaza.kill()
        expect(ann.locator("#connection")).to_be_visible()
        say(ann, "Said into the dark")
        say(ben, "Me too")
        expect(said(ann, "Said into the dark")).to_have_class(re.compile("is-pending"))
        plaza.start()
        for page in pages:
            for text in ("Said into the dark", "Me too"):
                expect(said(page, text)).not_to_have_class(re.compile("is-pending"))
    say(guest, "Still here")
    for page in pages:
        expect(said(page, "Still here")).to_be_visible()
    assert conversation(ann) == conversation(ben)
    assert conversation(guest) == conversation(ann)[-4:]  # a guest sees what was said since they came
    assert [text for _, text in conversation(ann)][:3] == ["Is anybody out there?", "I am. <b>Bold</b> & مرحبا", ""]
    for page in pages:
        assert page.evaluate("window.sameDocument")
        before = conversation(page)
        page.reload()
        assert conversation(page) == before


@pytest.mark.slow
def test_a_message_that_waits_survives_a_reload(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    page = visitors.arrive()
    sign_in(page, plaza, "bob")
    address = open_room(page, plaza, "Lighthouse")
    page.route_web_socket(re.compile("/ws/"), lambda route: route.close())  # for the next page: no way through
    page.reload()
    say(page, "Written without a line")
    expect(said(page, "Written without a line")).to_have_class(re.compile("is-pending"))

    again = page.context.new_page()
    again.goto(address)

    expect(said(again, "Written without a line")).not_to_have_class(re.compile("is-pending"))
    expect(said(again, "Written without a line")).to_have_count(1)


@pytest.mark.slow
def test_who_left_is_told_so_in_every_window(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    page = visitors.arrive()
    sign_in(page, plaza, "bob")
    address = open_room(page, plaza, "Terrace")
    page.fill("#composer-body", "half a thought")
    other = page.context.new_page()
    other.goto(address)

    other.get_by_role("button", name="Leave the room").click()
    other.get_by_role("button", name="Leave", exact=True).click()

    expect(page.get_by_role("heading", name="You left this room")).to_be_visible()
    expect(page.locator("#unsent")).to_have_value("half a thought")
    page.get_by_role("link", name="Join again").click()
    expect(page.get_by_role("button", name="Join the room")).to_be_visible()


@pytest.mark.slow
def test_a_room_can_be_read_and_written_in_without_scripts(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    page = visitors.arrive(java_script_enabled=False)
    sign_in(page, plaza, "bob")
    open_room(page, plaza, "Old radio")

    page.fill("#composer-body", "Plain and simple")
    page.get_by_role("button", name="Send").click()

    expect(said(page, "Plain and simple")).to_be_visible()


# --- What people do -------------------------------------------------------------------------------------------------


def sign_up(page: Page, plaza: RunningPlaza, name: str) -> None:
    """With the activation mail, read where a demo shows it."""
    page.goto(f"{plaza.url}/accounts/signup/")
    page.fill("[name=username]", name)
    page.fill("[name=email]", f"{name}@plaza.example")
    page.fill("[name=password1]", PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    page.get_by_role("link", name="Read it here").click()
    page.get_by_role("link", name=f"{name}@plaza.example").first.click()
    page.get_by_role("link", name="Open the link").click()
    page.get_by_role("button", name="Yes, confirm").click()
    sign_in(page, plaza, name, PASSWORD)


def sign_in(page: Page, plaza: RunningPlaza, name: str, password: str = "plaza-demo") -> None:
    page.goto(f"{plaza.url}/accounts/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/rooms/")


def open_room(page: Page, plaza: RunningPlaza, name: str) -> str:
    """The room's address."""
    page.goto(f"{plaza.url}/rooms/")
    page.fill("[name=name]", name)
    page.get_by_role("button", name="Open the room").click()
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
    return page.url


def wait_until_ready(page: Page) -> None:
    """Until the page's scripts listen. Before that, Enter begins a line."""
    expect(page.locator("main.room[data-ready]")).to_be_visible()


def join(page: Page, address: str, nickname: str) -> None:
    page.goto(address)
    page.fill("[name=nickname]", nickname)
    page.get_by_role("button", name="Join the room").click()
    wait_until_ready(page)


def say(page: Page, text: str) -> None:
    wait_until_ready(page)
    page.fill("#composer-body", text)
    page.press("#composer-body", "Enter")
    expect(said(page, text)).to_be_visible()
    expect(page.locator("#composer-body")).to_have_value("")


def edit(page: Page, text: str, new: str) -> None:
    row = said(page, text)
    row.hover()
    row.get_by_role("button", name="Edit this message").click()
    field = page.get_by_label("Edit your message")
    field.fill(new)
    field.press("Enter")
    expect(field).to_have_count(0)


def delete(page: Page, text: str) -> None:
    row = said(page, text)
    row.hover()
    row.get_by_role("button", name="Delete this message").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_be_hidden()


def said(page: Page, text: str) -> Locator:
    """The row of the message with this body."""
    body = page.locator("[data-part=body]").filter(has_text=re.compile(f"^{re.escape(text)}$"))
    return page.locator("#messages .message").filter(has=body)


def conversation(page: Page) -> list[list[str]]:
    """Author and body of every message that the server has confirmed, in order."""
    rows: list[list[str]] = page.locator("#messages .message[data-id]").evaluate_all(
        "rows => rows.map(row => ['name', 'body'].map(part => row.querySelector(`[data-part=${part}]`).textContent))"
    )
    return rows
