"""The page of rooms: hundreds of them, found by name, and joined or opened in a dialog over it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from core.names import name_key, name_skeleton
from core.tests.axe import axe_violations
from core.tests.browsers import Visitors
from core.tests.servers import PlazaFactory
from rooms.models import Channel, Member, Space
from rooms.tests.factories import ROOM_PASSWORD, make_guest, make_room, person, stranger

HTMX = {"HX-Request": "true"}


def fill(count: int) -> None:
    """Living public rooms, which nobody is in."""
    until = timezone.now() + timedelta(hours=1)
    names = [f"Hall {number:03}" for number in range(count)]
    spaces = Space.objects.bulk_create(
        Space(
            name=name, name_key=name_key(name), name_skeleton=name_skeleton(name), slug=f"hall-{at}", expires_at=until
        )
        for at, name in enumerate(names)
    )
    Channel.objects.bulk_create(Channel(space=space) for space in spaces)


@pytest.mark.django_db
def test_five_hundred_rooms_cost_as_many_queries_as_one(bob):
    client = person(bob)
    counts = []
    for more in (1, 499):
        Space.objects.all().delete()
        fill(more)
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/rooms/").content.decode()
        counts.append(len(asked))

    assert counts[0] == counts[1] == 8  # session, person, count, rooms, one's own; plan, rooms opened; conversations
    assert page.count('class="card room-card"') == 24
    assert client.get("/rooms/?page=21").content.decode().count('class="card room-card"') == 19


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "found"), [("hall 01", 10), ("HALL 014", 1), ("  Hall 014 ", 1), ("nowhere", 0), ("\0hall 014", 1)]
)
def test_a_room_is_found_by_a_part_of_its_name(typed, found):
    fill(30)
    page = stranger().get("/rooms/", {"q": typed}).content.decode()

    assert page.count('class="card room-card"') == found
    assert ("No open room has that in its name" in page) is (found == 0)


@pytest.mark.django_db
def test_a_private_room_is_not_found(alice):
    make_room(alice, name="Attic", password=ROOM_PASSWORD)

    assert "Attic" not in stranger().get("/rooms/?q=attic").content.decode()


@pytest.mark.django_db
def test_the_form_of_a_dialog_comes_alone(bob, room):
    asked = person(bob).get(f"/rooms/{room.space.slug}/door/", headers=HTMX)

    assert asked.status_code == 200
    assert "<html" not in asked.content.decode()
    assert 'id="dialog_nickname"' in asked.content.decode()
    assert "no-store" in asked["Cache-Control"]


@pytest.mark.django_db
def test_without_a_dialog_its_addresses_lead_to_the_pages(bob, room):
    client = person(bob)

    assert client.get(f"/rooms/{room.space.slug}/door/").url == f"/rooms/{room.space.slug}/"
    assert client.get("/rooms/open/").url == "/rooms/#open-a-room"


@pytest.mark.django_db
def test_who_is_in_is_led_inside(alice, room):
    asked = person(alice).get(f"/rooms/{room.space.slug}/door/", headers=HTMX)

    assert asked["HX-Redirect"] == f"/rooms/{room.space.slug}/"


@pytest.mark.django_db
def test_a_refusal_is_said_in_the_dialog_and_what_was_typed_stays(bob, room):
    refused = person(bob).post(f"/rooms/{room.space.slug}/join/", {"nickname": "Alice"}, headers=HTMX)

    page = refused.content.decode()
    assert refused.status_code == 422
    assert 'value="Alice"' in page
    assert "Use “" in page
    assert "<html" not in page
    assert Member.objects.get() == room.member


@pytest.mark.django_db
def test_a_second_room_is_refused_in_the_dialog(bob, settings):
    settings.ROOM_COOLDOWN = 3600
    make_room(bob, name="First", nickname="bob")
    refused = person(bob).post("/rooms/", {"name": "Second", "nickname": "bob"}, headers=HTMX)

    assert refused.status_code == 422
    assert 'value="Second"' in refused.content.decode()
    assert "data-countdown" in refused.content.decode()
    assert Space.objects.count() == 1


@pytest.mark.django_db
def test_a_guest_joins_from_the_dialog_and_is_in(room):
    client = stranger()
    joined = client.post(f"/rooms/{room.space.slug}/join/", {"nickname": "Gus"}, headers=HTMX)

    assert joined["HX-Redirect"] == f"/rooms/{room.space.slug}/"
    assert "composer" in client.get(joined["HX-Redirect"]).content.decode()


@pytest.mark.django_db
def test_the_room_page_lists_ones_places_in_as_many_queries_for_one_as_for_many(alice, bob, room):
    client = person(alice)
    counts = []
    for others in (0, 20):
        for number in range(others):
            make_guest(make_room(alice, name=f"Other {number}"), "Gus", address=f"192.0.2.{number}")
        with CaptureQueriesContext(connection) as asked:
            page = client.get(f"/rooms/{room.space.slug}/").content.decode()
        counts.append(len(asked))

    assert counts[0] == counts[1]
    assert page.partition("<template")[0].count('class="place"') == 21


@pytest.mark.slow
@pytest.mark.browser
def test_rooms_are_joined_and_opened_over_the_page(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    url = start_plaza().url
    page = visitors.arrive(viewport={"width": 390, "height": 780})
    page.goto(f"{url}/accounts/login/?next=/rooms/")
    page.fill("[name=login]", "bob")
    page.fill("[name=password]", "plaza-demo")
    page.click("main button[type=submit]")
    dialog = page.get_by_role("dialog")

    page.get_by_role("link", name="Open a room").click()
    expect(dialog.get_by_role("textbox", name="Room name")).to_be_focused()
    assert axe_violations(page) == []
    with visitors.watch.refused(422):
        page.keyboard.type("the plaza")
        dialog.get_by_role("button", name="Open the room").click()
        expect(dialog).to_contain_text("living room has this name")
    expect(dialog.get_by_role("textbox", name="Room name")).to_have_value("the plaza")
    expect(dialog.get_by_role("textbox", name="Room name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.get_by_role("link", name="The Plaza").click()
    with visitors.watch.refused(422):
        dialog.get_by_role("textbox", name="Your nickname").fill("alice")
        dialog.get_by_role("button", name="Join the room").click()
        dialog.get_by_role("button", name="Use “alice 2”").click()
    expect(page.get_by_role("heading", name="The Plaza", level=1)).to_be_visible()
    expect(page.locator("#composer-body")).to_be_visible()
