"""A cookie is trusted for a change only together with the CSRF token; nothing else asks for one."""

import pytest
from django.test import Client

from accounts.tests.factories import bearer, sign_in
from rooms.callers import cookie_name, guest_token
from rooms.models import Member, Space
from rooms.tests.factories import code_of, join, join_path, make_guest, post_json, say

pytestmark = pytest.mark.django_db


def strict_client(user=None) -> Client:
    """Django's test client lets everything pass unless told otherwise."""
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
    return client


def guest_client(room, guest) -> Client:
    client = strict_client()
    client.cookies[cookie_name(room.space)] = guest_token(guest, room.space)
    return client


def csrf_token(client: Client) -> dict[str, str]:
    """As a page of ours gets it."""
    client.get("/accounts/login/" if "plaza_session" not in client.cookies else "/rooms/")
    return {"X-CSRFToken": client.cookies["csrftoken"].value}


def test_a_guest_joins_without_a_token(room):
    response = post_json(strict_client(), join_path(room), {"nickname": "Gus"})

    assert response.status_code == 200
    assert "guest_token" in response.json()


def test_a_session_cannot_change_anything_without_the_token(alice, bob, room):
    message = say(room, room.member).message
    client = strict_client(alice)
    messages = f"channels/{room.channel.pk}/messages"
    edited = client.patch(f"/api/v1/messages/{message.pk}", {"body": "x"}, content_type="application/json")
    for response in (
        post_json(client, "rooms", {"name": "Other", "nickname": "alice"}),
        post_json(client, join_path(room), {"nickname": "other"}),
        post_json(client, f"rooms/{room.space.slug}/leave", {}),
        post_json(client, messages, {"nonce": "n2", "body": "x"}),
        edited,
        client.delete(f"/api/v1/messages/{message.pk}"),
    ):
        assert code_of(response) == (403, "csrf_failed")

    assert Space.objects.count() == 1
    assert Member.objects.get().nickname == "alice"
    message.refresh_from_db()
    assert message.body == "Hello"


def test_a_session_changes_with_the_token(alice):
    client = strict_client(alice)

    response = post_json(client, "rooms", {"name": "Other", "nickname": "alice"}, headers=csrf_token(client))

    assert response.status_code == 201


@pytest.mark.parametrize("token", ["", "x", "a" * 32, "a" * 64, "ü" * 32])
def test_a_made_up_token(alice, token):
    client = strict_client(alice)
    csrf_token(client)

    made = post_json(client, "rooms", {"name": "Other", "nickname": "alice"}, headers={"X-CSRFToken": token})
    assert code_of(made) == (403, "csrf_failed")


def test_a_foreign_origin_with_a_good_token(alice):
    client = strict_client(alice)
    headers = {**csrf_token(client), "Origin": "https://evil.example"}

    made = post_json(client, "rooms", {"name": "Other", "nickname": "alice"}, headers=headers)
    assert code_of(made) == (403, "csrf_failed")


def test_an_access_token_needs_none_even_beside_a_session(alice, bob):
    client = strict_client(bob)

    made = post_json(client, "rooms", {"name": "Other", "nickname": "alice"}, headers=bearer(sign_in().access))

    assert made.status_code == 201
    assert Space.objects.get().created_by == alice


def test_a_guest_cookie_cannot_change_anything_without_the_token(room):
    guest = make_guest(room)
    client = guest_client(room, guest)

    assert code_of(post_json(client, f"rooms/{room.space.slug}/leave", {})) == (403, "csrf_failed")
    sent = post_json(client, f"channels/{room.channel.pk}/messages", {"nonce": "n1", "body": "x"})
    assert code_of(sent) == (403, "csrf_failed")
    guest.refresh_from_db()
    assert guest.state == "active"


def test_a_guest_cookie_changes_with_the_token(room):
    client = guest_client(room, make_guest(room))

    said = {"nonce": "n1", "body": "x"}
    sent = post_json(client, f"channels/{room.channel.pk}/messages", said, headers=csrf_token(client))
    assert sent.status_code == 201


def test_a_guest_token_as_bearer_needs_none(room):
    token = guest_token(make_guest(room), room.space)

    sent = post_json(
        strict_client(), f"channels/{room.channel.pk}/messages", {"nonce": "n1", "body": "x"}, headers=bearer(token)
    )
    assert sent.status_code == 201


def test_without_the_token_a_guest_cookie_joins_as_a_stranger(room):
    """Nobody else's page can rename a guest."""
    guest = make_guest(room, "Gus")
    joined = post_json(guest_client(room, guest), join_path(room), {"nickname": "Renamed"})

    assert joined.json()["member"]["id"] != str(guest.pk)
    guest.refresh_from_db()
    assert guest.nickname == "Gus"


def test_reading_by_cookie_needs_none(alice, room):
    guest = make_guest(room)

    for client in (strict_client(alice), guest_client(room, guest)):
        assert client.get(f"/api/v1/rooms/{room.space.slug}/members").status_code == 200


@pytest.mark.parametrize("page", ["", "join/", "leave/", "post/"])
def test_the_forms_of_pages_need_it(alice, bob, room, page):
    join(room, bob)
    path = f"/rooms/{room.space.slug}/{page}" if page else "/rooms/"

    response = strict_client(bob).post(path, {"name": "Other", "nickname": "xx", "nonce": "n", "body": "x"})

    assert response.status_code == 403
    assert "reload" in response.content.decode()
    assert Space.objects.count() == 1
    assert Member.objects.get(user=bob).state == "active"
