from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import bearer, sign_in
from rooms.models import Channel, Member, Space
from rooms.tests.factories import (
    ADDRESS,
    ELSEWHERE,
    code_of,
    end,
    make_room,
    person,
    post_json,
    stranger,
    wrong_fields,
)

pytestmark = pytest.mark.django_db

TEA = {"name": "Tea house", "nickname": "alice"}


def test_a_room_is_opened_and_its_maker_sits_in_it(alice, settings):
    before = timezone.now()

    response = post_json(person(alice), "rooms", TEA)

    space, channel, member = Space.objects.get(), Channel.objects.get(), Member.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": str(space.pk),
        "slug": space.slug,
        "name": "Tea house",
        "private": False,
        "channel": str(channel.pk),
        "expires_at": space.expires_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "members": 1,
    }
    assert before <= space.expires_at - timedelta(seconds=settings.ROOM_LIFETIME) <= timezone.now()
    assert (member.user, member.nickname, member.role, member.state) == (alice, "alice", "owner", "active")


def test_by_access_token(client, alice):
    response = post_json(client, "rooms", TEA, headers=bearer(sign_in().access))

    assert response.status_code == 201
    assert Member.objects.get().user == alice


def test_with_a_password_it_is_private_and_its_address_cannot_be_guessed(alice):
    response = post_json(person(alice), "rooms", {**TEA, "password": "open sesame"})

    space = Space.objects.get()
    assert (response.status_code, response.json()["private"]) == (201, True)
    assert "open sesame" not in space.password
    assert len(space.slug.rpartition("-")[2]) == 16  # 64 bits


@pytest.mark.parametrize("nothing", [{}, {"password": ""}, {"password": None}])
def test_without_a_password_it_is_public(alice, nothing):
    assert post_json(person(alice), "rooms", {**TEA, **nothing}).json()["private"] is False


def test_the_stored_address_is_a_keyed_hash(alice):
    make_room(alice, address=ADDRESS)
    make_room(alice, name="Second", address=ADDRESS)
    make_room(alice, name="Third", address=ELSEWHERE)

    first, second, third = Member.objects.order_by("pk").values_list("address_key", flat=True)
    assert first == second != third
    assert ADDRESS not in first


def test_strangers_sign_in_first():
    response = post_json(stranger(), "rooms", TEA)

    assert code_of(response) == (401, "not_authenticated")
    assert response["WWW-Authenticate"]
    assert not Space.objects.exists()


def test_a_living_name_is_taken(alice, bob, room):
    response = post_json(person(bob), "rooms", {"name": "TEA HOUSE", "nickname": "bob"})

    assert code_of(response) == (409, "room_name_taken")
    assert Space.objects.get() == room.space
    assert not Member.objects.filter(user=bob).exists()


def test_a_private_room_holds_its_name_too(bob, private_room):
    assert code_of(post_json(person(bob), "rooms", {"name": "Attic", "nickname": "bob"})) == (409, "room_name_taken")


def test_the_name_of_a_room_that_has_ended_is_free_at_once(bob, room):
    end(room)

    response = post_json(person(bob), "rooms", {"name": "Tea house", "nickname": "bob"})

    assert response.status_code == 201
    assert response.json()["slug"] != room.space.slug


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "nickname"}),
        ({"name": "x", "nickname": "y"}, {"name", "nickname"}),
        ({"name": "x", "nickname": "alice"}, {"name"}),
        ({"name": "Tea house", "nickname": ""}, {"nickname"}),
        ({"name": "x" * 41, "nickname": "y" * 31}, {"name", "nickname"}),
        ({"name": "x" * 500, "nickname": "y"}, {"name", "nickname"}),
        ({"name": "x", "nickname": "y" * 500}, {"name", "nickname"}),
        ({"name": None, "nickname": "y"}, {"name", "nickname"}),
        ({**TEA, "password": "x" * 129}, {"password"}),
        ({**TEA, "password": ["x"]}, {"password"}),
        ({"name": "x", "nickname": "y", "password": "z" * 129}, {"name", "nickname", "password"}),
    ],
)
def test_exactly_the_wrong_fields_are_named(alice, body, fields):
    assert wrong_fields(post_json(person(alice), "rooms", body)) == fields
    assert not Space.objects.exists()


@pytest.mark.parametrize(("name", "nickname"), [("xy", "zz"), ("x" * 40, "y" * 30), ("  Tea   house ", " alice ")])
def test_the_shortest_and_the_longest_after_trimming(alice, name, nickname):
    assert post_json(person(alice), "rooms", {"name": name, "nickname": nickname}).status_code == 201

    assert Space.objects.get().name == " ".join(name.split())
    assert Member.objects.get().nickname == nickname.strip()


@pytest.mark.parametrize(
    "name", ["茶館", "🍵🍵", "Café ☕", "चाय घर", "بيت الشاي", "Ünïcødé", "!!", "#1", "../../etc", "<b>x</b>"]
)
def test_any_visible_name_has_an_address_that_opens_it(alice, name):
    made = post_json(person(alice), "rooms", {"name": name, "nickname": "alice"})

    assert made.status_code == 201
    shown = person(alice).get(f"/api/v1/rooms/{made.json()['slug']}")
    assert shown.json() == made.json()
