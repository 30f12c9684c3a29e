import pytest

from rooms.models import Member
from rooms.tests.factories import ROOM_PASSWORD, code_of, join_path, person, post_json, stranger

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_a_minute(settings):
    settings.RATE_JOINS = "3/min"


def knock(client, room, password="wrong"):
    return post_json(client, join_path(room), {"nickname": "bob", "password": password})


def test_wrong_passwords_are_counted_and_then_even_the_right_one_waits(bob, private_room):
    client = person(bob)
    assert [knock(client, private_room).status_code for _ in range(3)] == [403] * 3

    refused = knock(client, private_room, ROOM_PASSWORD)

    assert code_of(refused) == (429, "slow_down")
    assert 15 <= int(refused["Retry-After"]) <= 20
    assert not Member.objects.filter(user=bob).exists()


def test_a_person_is_counted_whatever_their_address(bob, private_room):
    answers = [knock(person(bob, f"192.0.2.{number}"), private_room).status_code for number in range(4)]

    assert answers == [403, 403, 403, 429]


def test_another_person_at_the_same_address_is_counted_apart(bob, charlie, private_room):
    for _ in range(4):
        knock(person(bob), private_room)

    assert knock(person(charlie), private_room).status_code == 403


def test_guests_are_counted_by_address(room):
    answers = [post_json(stranger(), join_path(room), {"nickname": f"Guest {n}"}).status_code for n in range(4)]

    assert answers == [200, 200, 200, 429]
    assert post_json(stranger("192.0.2.1"), join_path(room), {"nickname": "Guest 9"}).status_code == 200


def test_an_ipv6_network_is_one_address(room):
    answers = [
        post_json(stranger(f"2001:db8::{n}"), join_path(room), {"nickname": f"Guest {n}"}).status_code for n in range(4)
    ]

    assert answers == [200, 200, 200, 429]
    assert post_json(stranger("2001:db8:0:1::1"), join_path(room), {"nickname": "Guest 9"}).status_code == 200


def test_a_forged_header_gives_no_fresh_allowance(room):
    answers = [
        post_json(
            stranger(), join_path(room), {"nickname": f"Guest {n}"}, headers={"X-Forwarded-For": f"192.0.2.{n}"}
        ).status_code
        for n in range(4)
    ]

    assert answers == [200, 200, 200, 429]


def test_the_api_as_a_whole_has_a_rate_by_network_too(settings):
    settings.RATE_API = "2/min"

    answers = [stranger(f"2001:db8::{n}").get("/api/v1/rooms") for n in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert code_of(answers[-1]) == (429, "slow_down")
    assert 25 <= int(answers[-1]["Retry-After"]) <= 30


def test_the_page_says_so_and_when_to_come_back(bob, private_room):
    client, path = person(bob), f"/rooms/{private_room.space.slug}/join/"
    for _ in range(3):
        client.post(path, {"nickname": "bob", "password": "wrong"})

    page = client.post(path, {"nickname": "bob", "password": ROOM_PASSWORD})

    assert page.status_code == 429
    assert 15 <= int(page["Retry-After"]) <= 21
    assert "a little fast" in page.content.decode()
    assert not Member.objects.filter(user=bob).exists()
