"""What cannot be an id or an address is 404, like what does not exist."""

import pytest

from core.errors import NotFound
from core.ids import parse_id
from rooms.tests.factories import code_of, person, post_json, stranger

pytestmark = pytest.mark.django_db

IDS = [
    "999999999999999999999", "9223372036854775808", "9223372036854775807", "0", "-1", "+1", "01", "1.0", "1e3", "0x1",
    "\u0661", "\uff11", "\u00b2", "1\u0661", "x", "%20", "1%20", "%001", "1%00", "None", "null", "true", "1,2",
    "1_000", "9" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("raw", IDS, ids=range(len(IDS)))
def test_of_channels_and_messages(alice, room, raw):
    client = person(alice)
    edited = client.patch(f"/api/v1/messages/{raw}", {"body": "x"}, content_type="application/json")
    for answer in (
        client.get(f"/api/v1/channels/{raw}/messages"),
        post_json(client, f"channels/{raw}/messages", {"nonce": "n", "body": "x"}),
        edited,
        client.delete(f"/api/v1/messages/{raw}"),
    ):
        assert code_of(answer) == (404, "not_found")


@pytest.mark.parametrize("raw", [None, 7, 7.0, True, ["7"], "", " 7", "7\n", "٧", "7" * 20, "-7", "07", "0"])
def test_nothing_else_is_an_id(raw):
    with pytest.raises(NotFound):
        parse_id(raw)


@pytest.mark.parametrize("number", [1, 7, 2**63 - 1])
def test_an_id_is_its_digits(number):
    assert parse_id(str(number)) == number


SLUGS = [
    "%00", "a%00b", "%ff", "%ed%a0%80", "x" * 5000, "..", "%2e%2e", "a b", "%0a", "%F0%9F%8D%B5", "%2F", "a%2Fb",
    "\u0661",
]  # fmt: skip


@pytest.mark.parametrize("slug", SLUGS, ids=range(len(SLUGS)))
def test_of_rooms(alice, slug):
    client = person(alice)
    for answer in (
        client.get(f"/api/v1/rooms/{slug}"),
        client.get(f"/api/v1/rooms/{slug}/members"),
        post_json(client, f"rooms/{slug}/join", {"nickname": "alice"}),
        post_json(client, f"rooms/{slug}/leave", {}),
    ):
        assert code_of(answer) == (404, "not_found")


@pytest.mark.parametrize("slug", SLUGS, ids=range(len(SLUGS)))
def test_of_room_pages(alice, slug):
    for client in (person(alice), stranger()):
        for answer in (
            client.get(f"/rooms/{slug}/"),
            client.post(f"/rooms/{slug}/join/", {"nickname": "alice"}),
            client.post(f"/rooms/{slug}/leave/"),
            client.post(f"/rooms/{slug}/post/", {"nonce": "n", "body": "x"}),
        ):
            assert answer.status_code == 404


def test_an_address_in_another_case_is_another_address(alice, room):
    assert person(alice).get(f"/api/v1/rooms/{room.space.slug.upper()}").status_code == 404


def test_unknown_addresses_under_api_answer_in_the_one_shape():
    for path in ("/api/", "/api/v1/", "/api/v1/nothing", "/api/v1/rooms/", "/api/v2/rooms", "/api/v1/rooms/a/b/c"):
        assert code_of(stranger().get(path)) == (404, "not_found"), path
