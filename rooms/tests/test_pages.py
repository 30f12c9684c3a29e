"""The pages about rooms: what people see, and where a refusal stands."""

import pytest

from accounts.tests.factories import make_person
from rooms.models import Member, Space
from rooms.tests.factories import (
    ROOM_PASSWORD,
    ban,
    guest_browser,
    join,
    make_guest,
    make_room,
    person,
    say,
    stranger,
)

pytestmark = pytest.mark.django_db


def page_of(client, path, status=200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def room_path(room, page="") -> str:
    return f"/rooms/{room.space.slug}/{page}"


# --- The list


def test_the_list_shows_open_rooms_to_anybody(room):
    assert room_path(room) in page_of(stranger(), "/rooms/")


def test_an_empty_list_says_what_to_do_next(db):
    assert "Open the first one" in page_of(stranger(), "/rooms/")


def test_strangers_are_shown_the_way_to_an_account(db):
    page = page_of(stranger(), "/rooms/")

    assert "/accounts/signup/?next=/rooms/" in page
    assert 'name="nickname"' not in page


def test_the_list_shows_ones_own_rooms_private_ones_too(alice, bob, private_room):
    assert room_path(private_room) in page_of(person(alice), "/rooms/")
    assert "Attic" not in page_of(person(bob), "/rooms/")
    assert "Attic" not in page_of(stranger(), "/rooms/")


@pytest.mark.parametrize("page", ["1", "2", "99", "0", "-1", "x", "", "٣", "9" * 30, "%00"])
def test_no_page_number_breaks_the_list(alice, page):
    for number in range(26):
        make_room(alice, name=f"Room {number}")

    assert "/rooms/room-" in page_of(stranger(), f"/rooms/?page={page}")


# --- Opening a room


def test_opening_a_room_leads_into_it(alice):
    response = person(alice).post("/rooms/", {"name": "Tea house", "nickname": "alice", "password": ""}, follow=True)

    assert response.redirect_chain == [(f"/rooms/{Space.objects.get().slug}/", 302)]
    assert "Tea house" in response.content.decode()


def test_a_password_makes_it_private(alice):
    person(alice).post("/rooms/", {"name": "Attic", "nickname": "alice", "password": ROOM_PASSWORD})

    assert Space.objects.get().private


def test_a_stranger_is_sent_to_sign_in_and_nothing_is_made(db):
    response = stranger().post("/rooms/", {"name": "Tea house", "nickname": "alice"})

    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/rooms/")
    assert not Space.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "TEA HOUSE", "nickname": "bobby"}, "living room has this name"),
        ({"name": "", "nickname": "bobby"}, "required"),
        ({"name": "Tea\u200bhouse", "nickname": "bobby"}, "invisible"),
        ({"name": "Mine", "nickname": "bo\u2800bby"}, "invisible"),
        ({"name": "x" * 41, "nickname": "bobby"}, "at most 40"),
        ({"name": "Mine", "nickname": "\0x"}, "Null"),
    ],
)
def test_a_refusal_stands_by_its_field_and_what_was_typed_stays(bob, room, typed, said):
    response = person(bob).post("/rooms/", {**typed, "password": "typed before"})

    page = response.content.decode()
    assert response.status_code in (400, 409)
    assert said in page
    assert 'value="bobby"' in page or typed["nickname"] != "bobby"
    assert 'value="typed before"' in page
    assert Space.objects.get() == room.space


def test_both_wrong_names_are_shown_at_once(bob):
    page = person(bob).post("/rooms/", {"name": "a\u200bb", "nickname": "c\u200bd", "password": ""}).content.decode()

    assert page.count("invisible or control sign") == 2


# --- The door


def test_the_door_of_a_private_room_shows_nothing_of_its_inside(bob, private_room):
    say(private_room, private_room.member, "the secret plan")
    for client in (person(bob), stranger()):
        page = page_of(client, room_path(private_room))
        assert "Attic" in page
        for inside in ("secret plan", "alice", "data-channel", "1 person"):
            assert inside not in page, inside
        assert f'"{private_room.channel.pk}"' not in page.partition("<main")[2]


def test_the_door_of_a_public_room_shows_nothing_that_was_said(bob, room):
    say(room, room.member, "not for you")

    assert "not for you" not in page_of(person(bob), room_path(room))


def test_a_person_comes_in_by_the_form(bob, room):
    response = person(bob).post(room_path(room, "join/"), {"nickname": "bob"})

    assert (response.status_code, response["Location"]) == (302, room_path(room))
    assert Member.objects.get(user=bob).state == "active"
    assert not any(name.startswith("plaza_guest_") for name in response.cookies)


def test_a_guest_comes_in_by_the_form_and_is_known_by_the_cookie(room):
    client = stranger()
    client.post(room_path(room, "join/"), {"nickname": "Gus"})

    say(room, room.member, "welcome")
    page = page_of(client, room_path(room))
    assert "welcome" in page
    assert "Gus" in page


def test_a_private_room_by_the_form(bob, private_room):
    client = person(bob)

    wrong = client.post(room_path(private_room, "join/"), {"nickname": "bob", "password": "wrong"})
    assert "not this room&#x27;s password" in wrong.content.decode()
    assert 'value="bob"' in wrong.content.decode()
    assert not Member.objects.filter(user=bob).exists()

    right = client.post(room_path(private_room, "join/"), {"nickname": "bob", "password": ROOM_PASSWORD})
    assert right.status_code == 302


def test_a_guest_at_a_private_door_is_asked_to_sign_in(private_room):
    assert f"/accounts/login/?next={room_path(private_room)}" in page_of(stranger(), room_path(private_room))

    forced = stranger().post(room_path(private_room, "join/"), {"nickname": "Gus", "password": ROOM_PASSWORD})
    assert forced.status_code == 401
    assert Member.objects.count() == 1


def test_a_taken_nickname_stays_in_its_field(bob, room):
    page = person(bob).post(room_path(room, "join/"), {"nickname": "ALICE"}).content.decode()

    assert "Somebody here has this nickname" in page
    assert 'value="ALICE"' in page


def test_the_usual_nickname_is_filled_in(room):
    assert 'value="zora"' in page_of(person(make_person("zora")), room_path(room))


def test_the_banned_find_nothing_behind_the_form_either(bob, room):
    ban(room, join(room, bob))

    assert person(bob).get(room_path(room)).status_code == 404
    response = person(bob).post(room_path(room, "join/"), {"nickname": "other"})
    assert response.status_code in (403, 404)


def test_from_a_banned_address_the_form_says_so(bob, room):
    ban(room, make_guest(room))

    page = stranger().post(room_path(room, "join/"), {"nickname": "other"})
    assert page.status_code == 403
    assert "banned" in page.content.decode()


# --- Leaving


def test_leaving_leads_back_to_the_rooms(bob, room):
    join(room, bob)
    response = person(bob).post(room_path(room, "leave/"))

    assert (response.status_code, response["Location"]) == (302, "/rooms/")
    assert Member.objects.get(user=bob).state == "left"


def test_a_guest_leaves_too(room):
    guest = make_guest(room)

    assert guest_browser(room, guest).post(room_path(room, "leave/")).status_code == 302
    guest.refresh_from_db()
    assert guest.state == "left"


@pytest.mark.parametrize("page", ["join/", "leave/", "post/", "close/", "hand-over/"])
def test_only_a_post_changes_anything(alice, room, page):
    asks_first = page in ("leave/", "close/", "hand-over/")
    assert person(alice).get(room_path(room, page)).status_code == (200 if asks_first else 405)
    assert Member.objects.get().state == "active"


# --- What pages carry


@pytest.mark.parametrize("path", ["/rooms/", "/rooms/nowhere/"])
def test_every_page_carries_the_headers_that_protect_it(db, path):
    response = stranger().get(path)

    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert " style=" not in response.content.decode()
    assert "onclick" not in response.content.decode()
