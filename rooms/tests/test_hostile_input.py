"""Bad input is boring: 400, 404, 405, 406, 413 or 415 in the one shape, never 5xx and never anything written."""

import json

import pytest

from chat.models import Message
from rooms.models import Member, Space
from rooms.tests.factories import code_of, join, join_path, person, post_json, say, stranger

pytestmark = pytest.mark.django_db

NO_TEXT: list[object] = [None, [], {}, True, ["x"], {"x": 1}, [[]], 0.5, -1]
UNSTORABLE = ["\0", "a\0b", "\ud800", "a\udfffb"]
HUGE = ["x" * 100_000, "\u0301" * 100_000, " " * 100_000]


@pytest.mark.parametrize("value", [*NO_TEXT[:-2], *UNSTORABLE, *HUGE, *["\x07", "\u202ex"]])
@pytest.mark.parametrize("field", ["name", "nickname"])
def test_of_a_new_room(alice, field, value):
    body = {"name": "Tea house", "nickname": "alice", field: value}

    answer = post_json(person(alice), "rooms", json.dumps(body))

    assert code_of(answer) == (400, "invalid")
    assert set(answer.json()["fields"]) == {field}
    assert not Space.objects.exists()


@pytest.mark.parametrize("value", [[], {}, True, *UNSTORABLE, *HUGE])
def test_of_a_new_rooms_password(alice, value):
    body = {"name": "Tea house", "nickname": "alice", "password": value}

    answer = post_json(person(alice), "rooms", json.dumps(body))

    assert code_of(answer) == (400, "invalid")
    assert set(answer.json()["fields"]) == {"password"}
    assert not Space.objects.exists()


@pytest.mark.parametrize("value", [*NO_TEXT[:-2], *UNSTORABLE, *HUGE])
def test_of_joining(bob, room, value):
    answer = post_json(person(bob), join_path(room), json.dumps({"nickname": value}))

    assert code_of(answer) == (400, "invalid")
    assert set(answer.json()["fields"]) == {"nickname"}
    assert not Member.objects.filter(user=bob).exists()


@pytest.mark.parametrize("value", [[], {}, True, *UNSTORABLE, *HUGE])
def test_of_a_password_to_join_with(bob, private_room, value):
    answer = post_json(person(bob), join_path(private_room), json.dumps({"nickname": "bob", "password": value}))

    assert answer.status_code in (400, 403)
    code_of(answer)
    assert not Member.objects.filter(user=bob).exists()


@pytest.mark.parametrize("value", [*NO_TEXT[:-2], *UNSTORABLE, "", " ", "x" * 4001, "x" * 100_000])
def test_of_a_message(alice, room, value):
    answer = post_json(person(alice), f"channels/{room.channel.pk}/messages", json.dumps({"nonce": "n", "body": value}))

    assert code_of(answer) == (400, "invalid")
    assert set(answer.json()["fields"]) == {"body"}
    assert not Message.objects.exists()


@pytest.mark.parametrize("value", [*NO_TEXT[:-2], *UNSTORABLE, "", " ", "x" * 65, "ü", "a b", "a\n"])
def test_of_a_nonce(alice, room, value):
    answer = post_json(person(alice), f"channels/{room.channel.pk}/messages", json.dumps({"nonce": value, "body": "x"}))

    assert code_of(answer) == (400, "invalid")
    assert set(answer.json()["fields"]) == {"nonce"}
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[", b"null", b"[]", b'"x"', b"7", b"true", b"{}{}", b"\xff\xfe", b"\xef\xbb\xbf{}",
        b'{"name": NaN}', b'{"name": Infinity}', b'{"name": 1e999}', b'{"name":' + b"9" * 6000 + b"}",
        b"[" * 100_000, b'{"a":' * 50_000, b'{"name": "\\ud800"}', b"name=Tea&nickname=alice",
    ],
)  # fmt: skip
def test_what_is_no_json_object(alice, room, raw):
    for path in ("rooms", join_path(room), f"channels/{room.channel.pk}/messages"):
        answer = person(alice).post(f"/api/v1/{path}", raw, content_type="application/json")
        assert code_of(answer)[0] == 400, (path, answer.content)
        assert set(answer.json().get("fields", {})) <= {"name", "nickname", "nonce", "body"}
    assert Space.objects.count() == 1


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
        "application/octet-stream", "x", "/", "application/json-but-not", "multipart/form-data", ";;;", "é",
    ],
)  # fmt: skip
def test_another_content_type_is_415(alice, content_type):
    answer = person(alice).post("/api/v1/rooms", b'{"name": "Tea house", "nickname": "a"}', content_type=content_type)

    assert code_of(answer) == (415, "unsupported_media_type")
    assert not Space.objects.exists()


def test_a_body_beyond_a_mebibyte_is_413(alice):
    raw = b'{"name": "Tea house", "nickname": "alice", "more": "' + b"x" * 1024 * 1024 + b'"}'

    answer = person(alice).post("/api/v1/rooms", raw, content_type="application/json")

    assert code_of(answer) == (413, "too_large")
    assert not Space.objects.exists()


def test_a_form_beyond_a_mebibyte_is_413(alice):
    page = person(alice).post("/rooms/", {"name": "x" * 1024 * 1024, "nickname": "alice"})

    assert page.status_code == 413
    assert not Space.objects.exists()


@pytest.mark.parametrize("fields", [2000])
def test_a_form_with_too_many_fields_is_400(alice, fields):
    page = person(alice).post("/rooms/", {f"f{number}": "x" for number in range(fields)})

    assert page.status_code == 400


@pytest.mark.parametrize("method", ["put", "delete", "patch", "trace"])
def test_another_method_is_405(alice, method):
    answer = getattr(person(alice), method)("/api/v1/rooms")

    assert code_of(answer) == (405, "method_not_allowed")
    assert "POST" in answer["Allow"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", ";;;", "é", "*/*;q=x", "application/json;q=2"])
def test_no_accept_header_breaks_it(room, accept):
    answer = stranger().get("/api/v1/rooms", headers={"Accept": accept})

    assert answer.status_code in (200, 406)
    assert answer["Content-Type"] == "application/json"


def test_a_format_nobody_offers(room):
    assert code_of(stranger().get("/api/v1/rooms?format=xml")) == (404, "not_found")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer a b", "Bearer \xff", "bearer x.y.z", "Basic eA==", "Bearer " + "x" * 9000]
)
def test_no_authorization_header_breaks_it(room, header):
    answer = stranger().get("/api/v1/rooms", headers={"Authorization": header})

    assert answer.status_code in (200, 401)


@pytest.mark.parametrize("cookie", ["x", "\0", "a.b.c", "\xff", "x" * 4000, "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."])
def test_no_cookie_breaks_it(room, cookie):
    client = stranger()
    client.cookies["plaza_guest_1"] = client.cookies["plaza_session"] = client.cookies["csrftoken"] = cookie

    for path in ("/api/v1/rooms", "/rooms/", f"/rooms/{room.space.slug}/"):
        assert client.get(path).status_code == 200
    assert client.get(f"/api/v1/rooms/{room.space.slug}/members").status_code == 404


def test_markup_in_names_stays_text(alice, bob):
    nasty = "<script>alert(1)</script>"
    slug = post_json(person(alice), "rooms", {"name": nasty, "nickname": "<img src=x>"}).json()["slug"]

    for client in (person(alice), person(bob), stranger()):
        for path in ("/rooms/", f"/rooms/{slug}/"):
            page = client.get(path).content.decode()
            assert nasty not in page
            assert "<img src=x>" not in page


def test_numbers_that_count_nothing(alice, room):
    say(room, room.member)
    path = f"/api/v1/channels/{room.channel.pk}/messages"
    for name in ("before", "changed_after", "limit"):
        for value in ("x", "-1", "1.5", "1e3", "", "\u0663", "9" * 40, "0x10", "%00", " 1"):
            answer = person(alice).get(path, {name: value})
            assert code_of(answer) == (400, "invalid"), (name, value)
            assert set(answer.json()["fields"]) == {name}


def test_the_largest_numbers_count(alice, room):
    join(room)
    path = f"/api/v1/channels/{room.channel.pk}/messages"
    for name in ("before", "changed_after", "limit"):
        assert person(alice).get(path, {name: str(2**63 - 1)}).status_code == 200, name
