"""A name that is taken comes with one that is free."""

import pytest

from core.names import clean_name
from rooms.actions.names import free_nickname, free_room_name
from rooms.errors import NicknameTaken
from rooms.models import Member, Space
from rooms.tests.factories import (
    ROOM_PASSWORD,
    code_of,
    end,
    join,
    join_path,
    make_guest,
    make_room,
    person,
    post_json,
    stranger,
)

pytestmark = pytest.mark.django_db


def test_a_taken_room_name_comes_with_a_free_one(bob, room):
    response = post_json(person(bob), "rooms", {"name": "tea house", "nickname": "bob"})

    assert code_of(response) == (409, "room_name_taken")
    free = response.json()["suggestion"]
    assert free.startswith("tea house ")
    assert f"“{free}” is free" in response.json()["detail"]
    assert post_json(person(bob), "rooms", {"name": free, "nickname": "bob"}).status_code == 201


def test_so_does_one_that_looks_the_same(bob, room):
    response = post_json(person(bob), "rooms", {"name": "Теа house", "nickname": "bob"})

    assert (
        post_json(person(bob), "rooms", {"name": response.json()["suggestion"], "nickname": "bob"}).status_code == 201
    )


def test_a_suggested_room_name_is_no_living_rooms(alice):
    """All but one of the numbers are taken, by private rooms too: it is that one, or none."""
    for number in range(2, 100):
        if number != 42:
            make_room(alice, name=f"Tea {number}", password=ROOM_PASSWORD if number % 2 else "")

    assert {free_room_name("Tea") for _try in range(40)} <= {"Tea 42", ""}


def test_a_room_that_ended_holds_no_name(alice):
    for number in range(2, 100):
        end(make_room(alice, name=f"Tea {number}"))

    assert free_room_name("Tea").startswith("Tea ")


def test_which_number_is_by_chance_and_says_nothing_of_the_others(alice):
    assert len({free_room_name("Tea") for _try in range(40)}) > 5


@pytest.mark.parametrize("name", ["x" * 40, "xy 12", "🍵" * 40, "e\u0301" * 40, "بيت الشاي", "ﷺ", "12", "7" * 40])
def test_a_suggestion_is_a_name_that_may_be(db, name):
    free = free_room_name(name)

    assert free == clean_name(free, field="name", minimum=2, maximum=40)
    assert len(free) <= 40


def test_a_taken_nickname_comes_with_a_free_one(bob, room):
    response = post_json(person(bob), join_path(room), {"nickname": "ALICE"})

    assert code_of(response) == (409, "nickname_taken")
    assert response.json()["suggestion"] == "ALICE 2"
    assert "“ALICE 2” is free" in response.json()["detail"]
    assert post_json(person(bob), join_path(room), {"nickname": "ALICE 2"}).status_code == 200


def test_it_passes_over_who_is_there_and_who_left(bob, charlie, room):
    join(room, bob, nickname="alice 2")
    make_guest(room, "аlice 3")  # with a Cyrillic a
    Member.objects.filter(nickname="alice 2").update(state="left")

    with pytest.raises(NicknameTaken) as refused:
        join(room, charlie, nickname="alice")
    assert refused.value.suggestion == "alice 4"


def test_a_number_is_counted_on(bob, room):
    make_guest(room, "Gus 2")

    assert free_nickname("Gus 2", room.space) == "Gus 3"


def test_none_is_better_than_a_taken_one(alice, room):
    others = Member.objects.filter(space=room.space)
    for number in [*range(2, 6), *range(10, 1000)]:
        Member(
            space=room.space,
            kind="guest",
            nickname=f"al {number}",
            nickname_key=f"al {number}",
            nickname_skeleton=f"{number}",
        ).save()

    assert others.count() > 900
    assert free_nickname("al", room.space) == ""


def test_asking_for_one_is_one_query(room, django_assert_num_queries):
    with django_assert_num_queries(1):
        free_nickname("alice", room.space)
    with django_assert_num_queries(1):
        free_room_name("Tea house")


# --- On the page


def test_the_form_offers_it_as_a_button_that_sends_it(bob, room):
    typed = {"name": "Tea house", "nickname": "bobby", "password": "typed before"}
    response = person(bob).post("/rooms/", typed)
    page = response.content.decode()
    free = response.context["form"].suggestion.value

    assert f'name="name" value="{free}"' in page
    assert page.index("Open the room</button>") < page.index(f"Use “{free}”")  # the Enter key presses the first one
    # What a browser sends by that button: the field, and behind it the button of the same name.
    sent = "&".join(["name=Tea+house", "nickname=bobby", "password=", f"name={free.replace(' ', '+')}"])
    assert person(bob).post("/rooms/", sent, content_type="application/x-www-form-urlencoded").status_code == 302
    assert Space.objects.filter(name=free, private=False).exists()


def test_so_does_the_door_of_a_room(room):
    page = stranger().post(f"/rooms/{room.space.slug}/join/", {"nickname": "alice"}).content.decode()

    assert 'name="nickname" value="alice 2"' in page
    assert "Use “alice 2”" in page


def test_nothing_is_offered_where_nothing_was_taken(bob, room):
    assert "Use “" not in person(bob).get("/rooms/").content.decode()
    page = person(bob).post("/rooms/", {"name": "x", "nickname": "bobby"}).content.decode()
    assert "Use “" not in page
