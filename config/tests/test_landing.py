"""The first page: what is open now, the ways in, and what search engines and link previews read."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.tests import factories as people
from rooms.tests.factories import ROOM_PASSWORD, end, make_guest, make_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db: None) -> User:
    return people.make_alice()


def test_it_counts_the_open_public_rooms_and_who_is_in_them(client: Client, alice: User) -> None:
    make_guest(make_room(alice, name="Tea house"))
    make_room(alice, name="Attic", password=ROOM_PASSWORD)
    end(make_room(alice, name="Yesterday"))

    page = client.get("/").content.decode()

    assert "1 public room is open right now" in page
    assert "2 people are inside" in page
    assert ("Tea house" in page, "Attic" in page, "Yesterday" in page) == (True, False, False)


def test_when_nothing_is_open_it_asks_to_begin(client: Client) -> None:
    page = client.get("/").content.decode()

    assert "No public room is open right now" in page
    assert "#open-a-room" in page


@pytest.mark.parametrize("many", [1, 12])
def test_it_asks_the_database_as_often_for_many_rooms_as_for_one(
    client: Client, alice: User, many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(many):
        make_room(alice, name=f"Room {number}")

    with django_assert_num_queries(3):  # how many rooms, how many people, the first rooms
        client.get("/")


@pytest.mark.parametrize("path", ["/", "/accounts/signup/", "/rooms/"])
def test_pages_say_where_they_are_and_what_they_are_about(client: Client, settings: Settings, path: str) -> None:
    settings.PUBLIC_URL = "https://plaza.example"

    page = client.get(f"{path}?utm_source=elsewhere").content.decode()

    assert f'<link rel="canonical" href="https://plaza.example{path}">' in page
    assert re.search(r'<meta name="description" content="[^"]{40,}">', page)
    assert 'property="og:image" content="https://plaza.example/static/img/card' in page
    assert 'name="robots"' not in page


def test_what_is_not_there_is_not_to_be_indexed(client: Client) -> None:
    page = client.get("/nothing/").content.decode()

    assert '<meta name="robots" content="noindex">' in page
    assert 'rel="canonical"' not in page


def test_robots_are_told_what_is_not_for_them(client: Client) -> None:
    told = client.get("/robots.txt")

    assert told["Content-Type"] == "text/plain; charset=utf-8"
    assert {"User-agent: *", "Disallow: /api/v1/", "Disallow: /rooms/", "Allow: /rooms/$"} <= set(
        told.content.decode().splitlines()
    )
