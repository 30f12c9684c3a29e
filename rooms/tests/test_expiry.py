"""A room ends by its row, at that instant; the sweep comes later and only cleans."""

import pytest

from chat.models import Message, ReadState
from core.names import name_skeleton
from rooms.models import Ban, Channel, Member, Space
from rooms.schedule import sweep_rooms
from rooms.tests.factories import (
    ban,
    code_of,
    end,
    guest_browser,
    join,
    join_path,
    make_guest,
    make_room,
    person,
    post_json,
    say,
    stranger,
)

pytestmark = pytest.mark.django_db


def answers_of(client, room) -> dict[str, tuple[int, str]]:
    slug, messages = room.space.slug, f"channels/{room.channel.pk}/messages"
    said = Message.objects.filter(channel=room.channel).values_list("pk", flat=True).first() or 1
    edited = client.patch(f"/api/v1/messages/{said}", {"body": "x"}, content_type="application/json")
    return {
        "show": code_of(client.get(f"/api/v1/rooms/{slug}")),
        "join": code_of(post_json(client, join_path(room), {"nickname": "alice"})),
        "members": code_of(client.get(f"/api/v1/rooms/{slug}/members")),
        "leave": code_of(post_json(client, f"rooms/{slug}/leave", {})),
        "history": code_of(client.get(f"/api/v1/{messages}")),
        "send": code_of(post_json(client, messages, {"nonce": "n9", "body": "too late"})),
        "edit": code_of(edited),
        "delete": code_of(client.delete(f"/api/v1/messages/{said}")),
    }


def test_all_that_was_in_it_is_gone_at_its_last_instant(alice, room, django_capture_on_commit_callbacks):
    message = say(room, room.member).message
    end(room, ago=0)
    with django_capture_on_commit_callbacks() as told:
        answers = answers_of(person(alice), room)

    assert set(answers.values()) == {(410, "room_gone")}, answers
    assert Message.objects.get() == message
    assert Message.objects.get().body == "Hello"
    assert told == []


def test_for_a_guest_too(room):
    guest = make_guest(room)
    say(room, guest)
    end(room)

    assert set(answers_of(guest_browser(room, guest), room).values()) == {(410, "room_gone")}


def test_a_stranger_hears_410_at_its_address_and_404_inside(bob, room):
    say(room, room.member)
    end(room)

    answers = answers_of(person(bob), room)
    inside = {"history", "send", "edit", "delete"}
    assert {answers[name] for name in inside} == {(404, "not_found")}
    assert {answers[name] for name in set(answers) - inside} == {(410, "room_gone")}


def test_the_banned_hear_404_still(bob, room):
    ban(room, join(room, bob))
    end(room)

    assert code_of(person(bob).get(f"/api/v1/rooms/{room.space.slug}")) == (404, "not_found")


def test_lists_leave_it_out_at_once(alice, room):
    end(room)

    assert person(alice).get("/api/v1/rooms").json() == {"results": [], "next": None}
    assert room.space.slug not in person(alice).get("/rooms/").content.decode()


def test_its_page_says_that_it_flew_away(alice, private_room):
    end(private_room)

    for client in (person(alice), stranger()):
        page = client.get(f"/rooms/{private_room.space.slug}/")
        assert page.status_code == 410
        assert "flew away" in page.content.decode()
        assert "Attic" not in page.content.decode()


@pytest.mark.parametrize("name", ["Tea house", "TEA HOUSE", "Теа hоusе"])
def test_its_name_is_free_at_once_for_all_that_looks_like_it(bob, room, name):
    end(room)

    assert post_json(person(bob), "rooms", {"name": name, "nickname": "bob"}).status_code == 201
    again = post_json(person(bob), "rooms", {"name": "tea house", "nickname": "bob"})
    assert code_of(again) == (409, "room_name_taken")


def test_two_ended_rooms_may_each_hold_half_of_a_name(alice, bob):
    """One is equal by case, another by look: a new one takes from both."""
    for name in ("Tea house 1", "Tea house 2"):
        end(make_room(alice, name=name))
    Space.objects.filter(name="Tea house 1").update(name_key="tea house")
    Space.objects.filter(name="Tea house 2").update(name_skeleton=name_skeleton("Tea house"))

    assert post_json(person(bob), "rooms", {"name": "Tea house", "nickname": "bob"}).status_code == 201


def test_taking_a_name_over_leaves_the_rest_of_the_ended_room_alone(alice, bob, room):
    end(room)
    make_room(bob, nickname="bob")

    old = Space.objects.get(pk=room.space.pk)
    assert (old.name, old.name_key, old.name_skeleton) == ("Tea house", None, None)
    assert code_of(person(alice).get(f"/api/v1/rooms/{room.space.slug}")) == (410, "room_gone")


def test_the_sweep_waits_its_time(room, settings):
    end(room, ago=settings.ROOM_SWEEP_AFTER - 5)

    assert sweep_rooms() == 0
    assert Member.objects.exists()


def test_after_the_sweep_nothing_is_left_but_the_used_address(alice, bob, room, settings):
    member = join(room, bob)
    say(room, member)
    ban(room, make_guest(room))
    end(room, ago=settings.ROOM_SWEEP_AFTER + 1)

    assert sweep_rooms() == 1

    for model in (Message, ReadState, Member, Ban, Channel):
        assert not model.objects.exists(), model
    space = Space.objects.get()
    assert (space.slug, space.name, space.name_key, space.name_skeleton) == (room.space.slug, "", None, None)
    assert set(answers_of(person(alice), room).values()) == {(404, "not_found")}
    assert person(alice).get(f"/rooms/{room.space.slug}/").status_code == 404


def test_a_swept_private_room_keeps_no_password(private_room, settings):
    end(private_room, ago=settings.ROOM_SWEEP_AFTER + 1)
    sweep_rooms()

    assert Space.objects.get().password == "!"


def test_sweeping_again_does_nothing(room, settings):
    end(room, ago=settings.ROOM_SWEEP_AFTER + 1)

    assert (sweep_rooms(), sweep_rooms()) == (1, 0)


def test_the_sweep_touches_no_living_room(alice, room, settings):
    garden = make_room(alice, name="Garden")
    say(garden, garden.member)
    end(room, ago=settings.ROOM_SWEEP_AFTER + 1)
    sweep_rooms()

    assert Message.objects.get().channel == garden.channel
    assert person(alice).get(f"/api/v1/rooms/{garden.space.slug}").status_code == 200
