"""Guests: no account, one room, a token and a cookie."""

from uuid import UUID

import pytest
from django.test import Client

from accounts.tests.factories import bearer
from core import tokens
from rooms.callers import cookie_name, guest_token
from rooms.models import Member
from rooms.tests.factories import (
    code_of,
    guest_browser,
    join_path,
    make_guest,
    make_room,
    person,
    post_json,
    say,
    stranger,
)

pytestmark = pytest.mark.django_db


def test_a_guest_joins_by_a_nickname_and_is_given_a_token_and_a_cookie(room):
    client = stranger()

    response = post_json(client, join_path(room), {"nickname": "Gus"})

    member = Member.objects.get(kind="guest")
    assert response.status_code == 200
    assert set(response.json()) == {"channel", "member", "guest_token"}
    assert (response.json()["member"]["id"], response.json()["member"]["kind"]) == (str(member.pk), "guest")
    cookie = response.cookies[f"plaza_guest_{room.space.pk}"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie.value == response.json()["guest_token"]


@pytest.mark.parametrize("settings_secure", [True, False])
def test_the_cookie_is_secure_where_plaza_is(room, settings, settings_secure):
    settings.SECURE = settings_secure

    response = post_json(stranger(), join_path(room), {"nickname": "Gus"})

    assert bool(response.cookies[cookie_name(room.space)]["secure"]) is settings_secure


def test_the_token_opens_the_room(client, room):
    token = post_json(stranger(), join_path(room), {"nickname": "Gus"}).json()["guest_token"]

    assert client.get(f"/api/v1/rooms/{room.space.slug}/members", headers=bearer(token)).status_code == 200


def test_the_cookie_opens_the_room(room):
    client = stranger()
    post_json(client, join_path(room), {"nickname": "Gus"})

    assert client.get(f"/api/v1/rooms/{room.space.slug}/members").status_code == 200


def test_joining_again_by_token_is_the_same_member(client, room):
    guest = make_guest(room)

    again = post_json(client, join_path(room), {"nickname": "August"}, headers=bearer(guest_token(guest, room.space)))

    assert again.json()["member"] == {**again.json()["member"], "id": str(guest.pk), "nickname": "August"}
    assert Member.objects.filter(kind="guest").count() == 1


def test_joining_again_by_cookie_is_the_same_member(room):
    guest = make_guest(room)

    again = post_json(guest_browser(room, guest), join_path(room), {"nickname": "August"})

    assert again.json()["member"]["id"] == str(guest.pk)


def test_two_guests_are_two_members_even_from_one_address(room):
    make_guest(room, "Gus")

    response = post_json(stranger(), join_path(room), {"nickname": "Gustav"})

    assert response.status_code == 200
    assert Member.objects.filter(kind="guest").count() == 2


def test_a_guests_nickname_is_taken(bob, room):
    make_guest(room, "Gus")

    assert code_of(post_json(person(bob), join_path(room), {"nickname": "gus"})) == (409, "nickname_taken")
    assert code_of(post_json(stranger(), join_path(room), {"nickname": "GUS"})) == (409, "nickname_taken")


def test_the_token_of_one_room_is_nothing_in_another(client, alice, room):
    garden = make_room(alice, name="Garden")
    token = guest_token(make_guest(room), room.space)

    assert code_of(client.get(f"/api/v1/rooms/{garden.space.slug}/members", headers=bearer(token)))[0] == 404
    assert code_of(client.get(f"/api/v1/channels/{garden.channel.pk}/messages", headers=bearer(token)))[0] == 404


def test_a_guest_may_sit_in_two_rooms(alice, room):
    garden = make_room(alice, name="Garden")
    client = stranger()
    for one in (room, garden):
        post_json(client, join_path(one), {"nickname": "Gus"})

    for one in (room, garden):
        assert client.get(f"/api/v1/channels/{one.channel.pk}/messages").status_code == 200


def test_a_token_cannot_be_made_up_or_borrowed_from_another_kind(client, room):
    guest = make_guest(room)
    claims = {"sub": str(guest.pk), "room": str(room.space.pk)}
    path = f"/api/v1/rooms/{room.space.slug}/members"
    for token in (
        "x",
        guest_token(guest, room.space)[:-2],
        tokens.encode("access", {**claims, "sid": str(UUID(int=7))}, 60),
    ):
        assert client.get(path, headers=bearer(token)).status_code == 401
        anonymous = Client()
        anonymous.cookies[cookie_name(room.space)] = token
        assert anonymous.get(path).status_code == 404


def test_a_token_runs_out(client, room):
    guest = make_guest(room)
    old = tokens.encode("guest", {"sub": str(guest.pk), "room": str(room.space.pk)}, -1)

    assert client.get(f"/api/v1/rooms/{room.space.slug}/members", headers=bearer(old)).status_code == 401


def test_two_tokens_of_one_room_in_one_browser_break_nothing(room):
    """A browser shows what cookies it likes, under what names it likes."""
    first, second = make_guest(room, "Gus"), make_guest(room, "Guy")
    client = guest_browser(room, first)
    client.cookies["plaza_guest_0"] = guest_token(second, room.space)
    message = say(room, second).message

    for ask in (
        lambda: client.get("/rooms/"),
        lambda: client.get(f"/rooms/{room.space.slug}/"),
        lambda: client.get(f"/api/v1/channels/{room.channel.pk}/messages"),
        lambda: client.patch(f"/api/v1/messages/{message.pk}", {"body": "x"}, content_type="application/json"),
        lambda: client.delete(f"/api/v1/messages/{message.pk}"),
    ):
        assert ask().status_code < 500
    assert client.get("/rooms/").content.decode().count(f"/rooms/{room.space.slug}/") <= 2


def test_a_guest_opens_no_room_and_has_no_profile(client, room):
    token = bearer(guest_token(make_guest(room), room.space))

    assert code_of(post_json(client, "rooms", {"name": "Mine", "nickname": "Gus"}, headers=token))[0] == 401
    assert code_of(client.get("/api/v1/me", headers=token))[0] == 401


def test_a_signed_in_person_is_not_their_guest_self(bob, room):
    guest = make_guest(room)
    client = guest_browser(room, guest)
    client.force_login(bob)

    assert client.get(f"/api/v1/rooms/{room.space.slug}/members").status_code == 404
    joined = post_json(client, join_path(room), {"nickname": "bob"}).json()["member"]
    assert (joined["kind"], joined["id"] != str(guest.pk)) == ("member", True)
