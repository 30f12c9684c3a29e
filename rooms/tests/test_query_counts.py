"""As many questions for thirty as for one."""

import pytest

from rooms.tests.factories import make_guest, make_room, person, say, stranger
from rooms.tests.test_room_list_page import fill

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[1, 30])
def many(request) -> int:
    return request.param


@pytest.fixture
def rooms(alice, many):
    return [make_room(alice, name=f"Room {number}") for number in range(many)]


def test_of_the_list(rooms, many, django_assert_num_queries):
    client = stranger()
    with django_assert_num_queries(2):  # rooms with their counts, channels
        listed = client.get("/api/v1/rooms").json()["results"]

    assert len(listed) == many


def test_of_five_hundred_rooms(bob, django_assert_num_queries):
    fill(500)
    client = stranger()
    with django_assert_num_queries(2):
        page = client.get("/api/v1/rooms?limit=100").json()

    seen = {room["slug"] for room in page["results"]}
    while page["next"]:
        with django_assert_num_queries(2):
            page = client.get(page["next"]).json()
        seen |= {room["slug"] for room in page["results"]}
    assert len(seen) == 500

    reader = person(bob)
    for number in (1, 21):
        with django_assert_num_queries(8):  # as for the page with one room, below
            reader.get(f"/rooms/?page={number}")


def test_of_a_room(bob, rooms, django_assert_num_queries):
    client = stranger()
    with django_assert_num_queries(2):  # room, channel
        client.get(f"/api/v1/rooms/{rooms[0].space.slug}")


def test_of_the_members(alice, room, many, django_assert_num_queries):
    for number in range(many):
        make_guest(room, f"Guest {number}", address=f"192.0.2.{number}")
    client = person(alice)

    with django_assert_num_queries(7):  # session, person, room, channel; is she in; members with people; who is there
        listed = client.get(f"/api/v1/rooms/{room.space.slug}/members").json()["results"]

    assert len(listed) == many + 1


def test_of_the_page_of_rooms(bob, rooms, django_assert_num_queries):
    client = person(bob)
    with django_assert_num_queries(8):  # session, person, count, rooms, one's own; plan, rooms opened; conversations
        client.get("/rooms/")


def test_of_a_page_of_history(alice, room, many, django_assert_num_queries):
    for number in range(many):
        say(room, make_guest(room, f"Guest {number}"), nonce=str(number))
    client = person(alice)

    with django_assert_num_queries(5):  # session, person; seat with room and channel; messages with authors; mentions
        shown = client.get(f"/api/v1/channels/{room.channel.pk}/messages").json()["results"]

    assert len(shown) == many
