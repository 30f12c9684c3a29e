"""Read markers and unread counts: by gateway and REST, on all of one's devices, never backwards."""

from typing import Any

import pytest

from accounts.models import User
from chat import actions
from chat.models import ReadState
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place, caller
from chat.tests.gateway import db
from rooms.models import Member
from rooms.tests.factories import bearer, guest_browser, person, stranger

pytestmark = pytest.mark.django_db(transaction=True)


def say_many(place: Place, count: int) -> None:
    for number in range(count):
        factories.say(place.alice, f"Line {number}")


def stored(seat: Member) -> list[int]:
    return list(ReadState.objects.filter(member=seat).values_list("read_seq", flat=True))


def read(user: User, place: Place, seq: int) -> tuple[int, int, int]:
    now = actions.mark_read(caller=caller(user), channel_id=place.channel.pk, seq=seq)
    return now.read_seq, now.unread, now.mentions


async def test_reading_is_told_to_all_own_devices_and_to_nobody_else(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    await db(say_many, place, 3)
    here, there, other = await connect(bob), await connect(bob), await connect(alice)
    await other.ask("sub", channel=str(place.channel.pk))

    answer = await here.ask("read", channel=str(place.channel.pk), seq=2)

    told = {"channel": str(place.channel.pk), "read_seq": 2, "unread": 1, "mentions": 0}
    assert answer == {"op": "ok", "id": answer["id"], "read_seq": 2, "unread": 1, "mentions": 0}
    for device in (here, there):
        assert await device.event("read") == {"op": "read", **told}
    assert (await other.ask("ping"))["op"] == "ok"
    assert other.heard("read") == []
    assert (await there.ask("sub", channel=str(place.channel.pk)))["read_seq"] == 2


async def test_what_changes_nothing_is_answered_and_not_told(place: Place, bob: User, connect: Connect) -> None:
    await db(say_many, place, 3)
    client = await connect(bob)
    channel = str(place.channel.pk)
    assert (await client.ask("read", channel=channel, seq=3))["unread"] == 0
    await client.event("read")

    for seq in (3, 1, 0):
        answer = await client.ask("read", channel=channel, seq=seq)
        assert (answer["read_seq"], answer["unread"]) == (3, 0)
    assert client.heard("read") == []
    assert await db(stored, place.bob) == [3]


async def test_hostile_positions(place: Place, bob: User, charlie: User, connect: Connect) -> None:
    await db(say_many, place, 2)
    client, outsider = await connect(bob), await connect(charlie)
    channel = str(place.channel.pk)

    wrong_ones: list[Any] = [None, -1, 1.5, "2", True, 2**53, 10**30, [], {}]
    for wrong in wrong_ones:
        answer = await client.ask("read", channel=channel, seq=wrong)
        assert (answer.get("code"), set(answer.get("fields", ()))) == ("invalid", {"seq"}), wrong
    assert (await client.ask("read", channel=7, seq=1))["code"] == "invalid"
    assert (await client.ask("read", channel="999999", seq=1))["code"] == "not_found"
    assert (await outsider.ask("read", channel=channel, seq=1))["code"] == "not_found"
    assert (await client.ask("read", channel=channel, seq=2**53 - 1))["read_seq"] == 2
    assert await db(stored, place.bob) == [2]


def test_many_reads_cost_two_queries_each_and_one_if_nothing_changes(place, bob, django_assert_num_queries):
    say_many(place, 3)
    with django_assert_num_queries(2):
        assert read(bob, place, 2) == (2, 1, 0)
    with django_assert_num_queries(1):
        assert read(bob, place, 2) == (2, 1, 0)


def test_who_comes_back_has_read_what_was_said_meanwhile(place, bob):
    say_many(place, 2)
    read(bob, place, 1)
    Member.objects.filter(pk=place.bob.pk).update(from_seq=2)  # left, and joined again later
    assert read(bob, place, 0) == (2, 0, 0)


def test_an_ended_room_is_gone(place, bob):
    factories.end_soon(place.space, -1)
    answer = person(bob).put(f"/api/v1/channels/{place.channel.pk}/read", {"seq": 1}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (410, "room_gone")


def test_over_rest(place, bob, charlie):
    say_many(place, 2)
    path = f"/api/v1/channels/{place.channel.pk}/read"
    put = {"data": {"seq": 1}, "content_type": "application/json"}

    assert person(bob).put(path, **put).json() == {"read_seq": 1, "unread": 1, "mentions": 0}
    assert person(charlie).put(path, **put).status_code == 404
    assert person(bob).put(path, {"seq": -1}, content_type="application/json").json()["fields"].keys() == {"seq"}
    assert person(bob).put(path, {"seq": 2**70}, content_type="application/json").status_code == 400


# --- What is unread, of all places


def test_the_list_says_what_is_unread_and_what_was_said_last(place, alice, bob):
    factories.say(place.alice, "First")
    factories.say(place.alice, "Hello @bob")
    quiet = factories.make_room(bob, name="Quiet room")

    listed = person(bob).get("/api/v1/unread").json()["results"]

    assert [row["channel"] for row in listed] == [str(quiet.channel.pk), str(place.channel.pk)]
    assert listed[0]["last_message"] is None
    row = listed[1]
    assert (row["unread"], row["mentions"], row["muted"], row["people"]) == (2, 1, False, [])
    assert row["space"].keys() == {"slug", "name", "kind", "private", "expires_at"}
    assert (row["space"]["slug"], row["space"]["kind"]) == (place.space.slug, "flyaway")
    assert row["last_message"]["body"] == "Hello @bob"
    assert row["last_message"]["author"]["name"] == "alice"
    assert row["last_message"]["seq"] == 2
    assert person(alice).get("/api/v1/unread").json()["results"][0]["unread"] == 0  # one's own are read


def test_what_was_said_before_one_joined_is_not_shown(place, charlie):
    factories.say(place.alice, "Before")
    factories.join(place.space, charlie)

    (row,) = person(charlie).get("/api/v1/unread").json()["results"]
    assert (row["unread"], row["last_message"]) == (0, None)


def test_ended_and_left_places_are_not_listed(place, bob):
    other = factories.make_room(bob)
    factories.end_soon(place.space, -1)
    Member.objects.filter(pk=other.member.pk).update(state=Member.State.LEFT)
    assert person(bob).get("/api/v1/unread").json()["results"] == []


def test_guests_see_their_rooms_and_strangers_sign_in(place):
    guest, token = factories.join_as_guest(place.space, "Gus")
    factories.say(place.alice, "Hello")

    (row,) = stranger().get("/api/v1/unread", headers=bearer(token)).json()["results"]
    assert row["unread"] == 1
    browser = guest_browser(factories.room_actions.Seated(place.space, place.channel, guest), guest)
    assert len(browser.get("/api/v1/unread").json()["results"]) == 1
    assert stranger().get("/api/v1/unread").status_code == 401


@pytest.mark.parametrize("many", [1, 20])
def test_the_list_takes_as_many_queries_for_twenty_as_for_one(alice, bob, many, django_assert_num_queries):
    for _ in range(many):
        place = factories.make_place(alice, bob)
        factories.say(place.alice, "Hello @bob")
    client = person(bob)

    with django_assert_num_queries(4):  # session, person; places with their counts; last messages with their authors
        listed = client.get("/api/v1/unread").json()["results"]
    assert [row["mentions"] for row in listed] == [1] * many
