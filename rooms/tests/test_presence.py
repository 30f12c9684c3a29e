"""What members are shown as, and that a new picture reaches the rooms where somebody is."""

from typing import Any

import pytest
from django.db.models.functions import Now

from accounts.models import User
from accounts.signals import profile_changed
from core.models import Presence, WebProcess
from core.realtime import Event
from core.realtime.watches import topic_of
from rooms import actions, events
from rooms.tests.factories import ban, caller, end, guest_browser, join, make_guest, make_room, person

pytestmark = pytest.mark.django_db


def come(*keys: str, idle: bool = False) -> None:
    """As if they had a page open."""
    process = WebProcess.objects.create(seen_at=Now())
    Presence.objects.bulk_create([Presence(process=process, key=key, idle=idle) for key in keys])


def key(user: User) -> str:
    return f"person:{user.pk}"


def listed(client: Any, room: Any) -> dict[str, str]:
    results = client.get(f"/api/v1/rooms/{room.space.slug}/members").json()["results"]
    return {one["nickname"]: one["status"] for one in results}


def choose(user: User, status: str) -> None:
    User.objects.filter(pk=user.pk).update(status=status)


def test_members_are_listed_as_they_are(alice, bob, charlie, dana, room):
    guest, gone = make_guest(room, "Gus"), make_guest(room, "Gil")
    for user in (bob, charlie, dana):
        join(room, user)
    choose(bob, "busy")
    choose(charlie, "absent")
    come(key(alice), key(bob), f"member:{guest.pk}")
    come(key(dana), idle=True)

    assert listed(person(alice), room) == {
        "alice": "online", "bob": "busy", "charlie": "offline", "dana": "absent", "Gus": "online", "Gil": "offline",
    }  # fmt: skip
    assert gone.is_present


def test_the_page_shows_who_is_there_and_who_is_not(alice, bob, charlie, room):
    join(room, bob), join(room, charlie)
    come(key(charlie), idle=True)

    page = person(alice).get(f"/rooms/{room.space.slug}/")

    assert [(one["nickname"], one["status"]) for one in page.context["online"]] == [
        ("alice", "online"),  # whose page it is: their socket comes after it
        ("charlie", "absent"),
    ]
    assert [one["nickname"] for one in page.context["offline"]] == ["bob"]


def test_ones_own_choice_is_on_ones_own_page(alice, room):
    choose(alice, "busy")

    page = person(alice).get(f"/rooms/{room.space.slug}/")

    assert [one["status"] for one in page.context["online"]] == ["busy"]


def test_a_guest_is_there_on_their_own_page(alice, room):
    guest = make_guest(room)

    page = guest_browser(room, guest).get(f"/rooms/{room.space.slug}/")

    assert [one["nickname"] for one in page.context["online"]] == ["Gus"]


def test_a_room_full_of_people_is_as_many_queries_as_one_person(alice, room, django_assert_num_queries):
    client = person(alice)
    client.get(f"/rooms/{room.space.slug}/")
    # session, person; room, channel, seat; its position; messages; members, who is there; read; rail (2)
    with django_assert_num_queries(12) as counted:
        client.get(f"/rooms/{room.space.slug}/")
    for number in range(30):
        make_guest(room, f"Guest {number}", address=f"192.0.2.{number}")

    with django_assert_num_queries(len(counted)):
        client.get(f"/rooms/{room.space.slug}/")


# --- Who is told ----------------------------------------------------------------------------------------------------
def told(*keys: str, channels: list[int]) -> set[tuple[str, str]]:
    return {(topic, event.frame) for topic, event in events.presence_changed(keys, channels)}


def test_the_channels_where_somebody_is_are_told_and_their_own_sockets_and_pages_that_show_them(alice, bob, room):
    garden, cellar = make_room(bob, name="Garden", nickname="bob"), make_room(alice, name="Cellar")
    seat = join(garden, alice)
    choose(alice, "busy")
    come(key(alice))
    channels = [garden.channel.pk, room.channel.pk]

    assert told(key(alice), channels=channels) == {
        (key(alice), frame(user=alice, status="busy", chosen="busy")),
        (topic_of(alice.pk), frame(user=alice, status="busy")),
        *(
            (f"channel:{channel}", frame(user=alice, member=str(member), channel=str(channel), status="busy"))
            for member, channel in ((seat.pk, garden.channel.pk), (room.member.pk, room.channel.pk))
        ),
    }
    assert cellar.channel.pk not in channels


def frame(*, user, **fields):
    return Event.of("presence", user=str(user.pk), **fields).frame


def test_a_guest_is_told_of_under_their_members_id(room):
    guest = make_guest(room)
    come(f"member:{guest.pk}", idle=True)

    ((topic, event),) = events.presence_changed([f"member:{guest.pk}"], [room.channel.pk])

    assert topic == f"channel:{room.channel.pk}"
    ids = {"member": str(guest.pk), "channel": str(room.channel.pk)}
    assert event.frame == frame(user=guest, **ids, status="absent")


def test_nobody_is_told_of_who_left_or_was_banned(alice, bob, charlie, room):
    gone, banned = join(room, bob), join(room, charlie)
    actions.leave_room(caller=caller(bob), slug=room.space.slug)
    ban(room, banned)
    come(key(bob), key(charlie))

    found = told(key(bob), key(charlie), channels=[room.channel.pk])

    assert {topic for topic, _ in found} == {key(bob), key(charlie), topic_of(bob.pk), topic_of(charlie.pk)}
    assert gone.pk != banned.pk


def test_who_is_gone_altogether_is_nobody(room):
    assert told("person:4711", "member:4712", channels=[room.channel.pk]) == set()


@pytest.mark.parametrize("many", [1, 30])
def test_any_number_of_changes_is_as_many_queries(alice, room, many, django_assert_num_queries):
    guests = [make_guest(room, f"Guest {number}", address=f"192.0.2.{number}") for number in range(many)]
    keys = [key(alice), *(f"member:{guest.pk}" for guest in guests)]

    with django_assert_num_queries(4):  # people, and who of them is there; seats, and who of those is there
        assert len(events.presence_changed(keys, [room.channel.pk])) == many + 3


# --- A new picture ---------------------------------------------------------------------------------------------------
def test_a_new_picture_is_told_in_every_living_room(alice, bob, room, django_capture_on_commit_callbacks):
    """chat/tests/test_presence.py sees it arrive."""
    garden, ended, left = (make_room(bob, name=name, nickname="bob") for name in ("Garden", "Ended", "Left"))
    for other in (garden, ended, left):
        join(other, alice)
    actions.leave_room(caller=caller(alice), slug=left.space.slug)
    end(ended)

    with django_capture_on_commit_callbacks() as told:
        profile_changed.send(sender=User, user=alice)

    assert len(told) == len([room, garden])
