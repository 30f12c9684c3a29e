"""How many rooms somebody may open: by plan, by account and, for free people, by address."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone, translation

from accounts.actions import erase_person
from accounts.tests.factories import make_person
from billing.tests.factories import end as end_grant
from billing.tests.factories import give
from core.network import NOWHERE, address_key
from core.person_data import parts
from rooms import actions, demo, openings
from rooms.errors import RoomCooldown, RoomNameTaken
from rooms.models import RoomOpening, Space
from rooms.schedule import forget_openings
from rooms.tests.factories import ADDRESS, ELSEWHERE, caller, code_of, end, make_room, person, post_json

pytestmark = pytest.mark.django_db
HOURS = 12
TURN = connection.vendor == "postgresql"  # there the turn at an address is a query of its own
TEA = {"name": "Tea house", "nickname": "alice"}


@pytest.fixture(autouse=True)
def cooldown(settings) -> None:
    """As shipped; the other tests are not slowed down."""
    settings.ROOM_COOLDOWN = HOURS * 3600


@pytest.fixture
def petra(db):
    found = make_person("petra")
    give(found, "premium")
    return found


def pass_time(**span) -> None:
    """All rooms were opened so much earlier."""
    for opening in RoomOpening.objects.all():
        RoomOpening.objects.filter(pk=opening.pk).update(opened_at=opening.opened_at - timedelta(**span))


def opens(user, name="Another", address=ADDRESS) -> bool:
    try:
        make_room(user, name=name, nickname=user.username, address=address)
    except RoomCooldown:
        return False
    return True


# --- By account


def test_a_free_member_opens_one_room_in_twelve_hours(alice):
    assert opens(alice, "First")
    assert not opens(alice, "Second", address=ELSEWHERE)

    assert Space.objects.get().name == "First"
    assert RoomOpening.objects.count() == 1


def test_and_the_next_one_when_they_have_passed(alice):
    opens(alice, "First")
    pass_time(hours=HOURS, seconds=-20)
    assert not opens(alice, "Second")
    pass_time(seconds=21)
    assert opens(alice, "Second")


def test_the_refusal_says_when(alice):
    opens(alice, "First")
    pass_time(hours=5)

    response = post_json(person(alice), "rooms", {**TEA, "name": "Second"})

    assert code_of(response) == (429, "room_cooldown")
    assert 7 * 3600 - 30 <= int(response["Retry-After"]) <= 7 * 3600 + 5
    assert "as many rooms as your plan allows" in response.json()["detail"]
    assert re.search(r"You can open your next room at .*[0-9]{2}:[0-9]{2} UTC\.$", response.json()["detail"])
    assert Space.objects.get().name == "First"


@pytest.mark.parametrize(
    ("zone", "language", "said"),
    [
        ("", "en", "You can open your next room at 18:05 UTC."),
        ("Africa/Cairo", "en", "You can open your next room at 20:05."),
        ("Asia/Tokyo", "en", "You can open your next room at 3 March 2026, 03:05."),
        ("Africa/Cairo", "ar", "8:05 م"),
    ],
)
def test_the_time_is_the_readers_own(monkeypatch, zone, language, said):
    at = datetime(2026, 3, 2, 18, 4, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at - timedelta(hours=6))  # the clock is not ours
    with timezone.override(zone or None), translation.override(language):
        assert said in str(RoomCooldown(at=at, by_address=False).detail)


@pytest.mark.parametrize(
    "body", [{**TEA, "name": "x"}, {**TEA, "nickname": ""}, {**TEA, "password": "x" * 129}, {**TEA, "name": "First"}]
)
def test_a_refused_creation_does_not_count(alice, bob, body):
    give(bob, "level1")
    make_room(bob, name="First", nickname="bob")

    assert post_json(person(alice), "rooms", body).status_code in (400, 409)

    assert not RoomOpening.objects.filter(user=alice).exists()
    assert opens(alice)


def test_nor_does_a_refusal_move_the_time(alice):
    opens(alice, "First")
    before = openings.cooldown(alice, ADDRESS).at
    opens(alice, "Second")

    assert openings.cooldown(alice, ADDRESS).at == before


def test_an_ended_or_closed_room_counts_still(alice):
    room = make_room(alice)
    end(room)
    Space.objects.all().delete()

    assert not opens(alice)


def test_who_may_open_none_now_is_told_before_the_password_is_hashed(alice, settings):
    settings.PASSWORD_HASHERS = []  # hashing would fail
    opens(alice, "First")

    with pytest.raises(RoomCooldown):
        make_room(alice, name="Second", password="open sesame")


# --- By plan


@pytest.mark.parametrize(("code", "rooms"), [("level1", 3), ("level2", 10)])
def test_a_plan_allows_more(alice, code, rooms):
    give(alice, code)

    assert [opens(alice, f"Room {number}") for number in range(rooms + 1)] == [True] * rooms + [False]


def test_the_next_is_possible_when_the_oldest_that_counts_is_over(alice):
    give(alice, "level1")
    for number in range(3):
        opens(alice, f"Room {number}")
        pass_time(hours=1)

    oldest = RoomOpening.objects.order_by("opened_at")[0].opened_at
    assert openings.cooldown(alice, ADDRESS).at == oldest + timedelta(hours=HOURS)


def test_premium_and_staff_open_as_many_as_they_like(petra, dana):
    for user in (petra, dana):
        assert all(opens(user, f"{user.username} {number}") for number in range(12))


def test_what_was_opened_as_a_premium_member_counts_for_the_account_afterwards(alice, bob):
    grant = give(alice, "premium")
    opens(alice, "First")
    end_grant(grant)
    alice = type(alice).objects.get(pk=alice.pk)

    assert not opens(alice, "Second")
    assert opens(bob)  # from the same address: that room was not a free one


def test_a_new_plan_counts_at_once(alice):
    opens(alice, "First")
    assert not opens(alice, "Second")
    give(alice, "level1")

    assert opens(alice, "Second")


# --- By address


def test_free_people_share_the_limit_of_their_address(alice, bob):
    opens(alice, "First")

    response = post_json(person(bob), "rooms", {"name": "Second", "nickname": "bob"})
    assert code_of(response) == (429, "room_cooldown")
    assert "Free members at your address" in response.json()["detail"]
    assert opens(bob, address=ELSEWHERE)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [("2001:db8:0:1::2", True), ("2001:db8:0:1:ffff::1", True), ("2001:db8:0:2::1", False)],
)
def test_of_ipv6_the_network_counts(alice, bob, other, is_same):
    opens(alice, "First", address="2001:db8:0:1::1")

    assert opens(bob, address=other) is not is_same


def test_paid_people_are_not_bound_by_it_and_their_rooms_do_not_count(alice, bob, petra):
    give(bob, "level1")
    assert opens(petra, "First")
    assert opens(alice, "Second")
    assert opens(bob, "Third")
    assert opens(petra, "Fourth")
    assert set(RoomOpening.objects.values_list("user__username", "is_free")) == {
        ("petra", False),
        ("alice", True),
        ("bob", False),
    }


def test_only_for_free_people_it_is_kept_where_they_came_from(alice, petra):
    opens(alice, "First")
    opens(petra, "Second")

    assert RoomOpening.objects.get(user=alice).address_key == address_key(ADDRESS)
    assert RoomOpening.objects.get(user=petra).address_key == ""


def test_where_no_address_is_known_nobody_shares_one(alice, bob):
    assert opens(alice, "First", address=NOWHERE)
    assert opens(bob, "Second", address=NOWHERE)
    assert not opens(bob, "Third", address=NOWHERE)


def test_a_forged_header_changes_nothing(alice, bob):
    opens(alice, "First")

    forged = post_json(person(bob), "rooms", TEA, headers={"X-Forwarded-For": "192.0.2.77"})
    assert code_of(forged) == (429, "room_cooldown")


# --- Seen beforehand


def test_the_page_says_when_before_one_tries(alice):
    page = person(alice).get("/rooms/").content.decode()
    assert "data-countdown" not in page
    opens(alice, "First")

    page = person(alice).get("/rooms/").content.decode()
    assert "You can open your next room at" in page
    at = openings.cooldown(alice, ADDRESS).at
    assert f'datetime="{timezone.localtime(at).isoformat()}"' in page


def test_it_says_so_to_whom_the_address_binds_and_to_nobody_else(alice, bob, petra):
    opens(alice, "First")

    assert "Free members at your address" in person(bob).get("/rooms/").content.decode()
    assert "data-countdown" not in person(bob, ELSEWHERE).get("/rooms/").content.decode()
    assert "data-countdown" not in person(petra).get("/rooms/").content.decode()


def test_a_refused_form_says_it_once_and_keeps_what_was_typed(alice):
    opens(alice, "First")

    response = person(alice).post("/rooms/", {"name": "Second", "nickname": "Ally", "password": ""})
    page = response.content.decode()
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert page.count("You can open your next room at") == 1
    assert 'value="Ally"' in page
    assert Space.objects.get().name == "First"


# --- What is kept


def test_what_no_limit_counts_any_more_is_forgotten(alice, bob):
    opens(alice, "First")
    pass_time(hours=HOURS)
    opens(bob, "Second")

    assert forget_openings() == 1
    assert RoomOpening.objects.get().user == bob


def test_where_somebody_came_from_is_kept_for_thirty_days_at_most(alice, settings):
    settings.ROOM_COOLDOWN = 60 * 86400
    opens(alice, "First")
    pass_time(days=30, hours=1)

    assert forget_openings() == 0
    assert RoomOpening.objects.get().address_key == ""
    assert not opens(alice, "Second")


def test_the_demos_room_does_not_count(alice):
    demo.load()
    demo.load()

    assert Space.objects.get().created_by == alice
    assert not RoomOpening.objects.exists()
    assert opens(alice)


def test_without_a_cooldown_nobody_waits(alice, settings):
    settings.ROOM_COOLDOWN = 0

    assert all(opens(alice, f"Room {number}") for number in range(3))


def test_openings_go_with_the_account_and_are_in_the_export(alice):
    opens(alice, "First")
    (part,) = [part for part in parts() if part.name == "openings"]
    (row,) = part.export(alice)
    assert row["opened_at"].endswith("Z")

    type(alice).objects.filter(pk=alice.pk).update(erase_at=timezone.now() - timedelta(days=1))
    erase_person(user_id=alice.pk)
    assert not RoomOpening.objects.exists()


# --- How often the database is asked


def test_a_refusal_is_a_handful_of_queries(alice, django_assert_num_queries):
    opens(alice, "First")
    by_alice = caller(type(alice).objects.get(pk=alice.pk))
    with (
        django_assert_num_queries(6 + TURN),
        pytest.raises(RoomCooldown),
    ):  # savepoint; plan, person, rooms opened; back (2)
        actions.create_room(caller=by_alice, name="Second", nickname="alice")


def test_so_is_a_taken_name(alice, bob, django_assert_num_queries):
    opens(alice, "First")
    by_bob = caller(type(bob).objects.get(pk=bob.pk), address=ELSEWHERE)
    # Savepoint; plan, person, rooms opened, this one; its holder; savepoint, room, back (2); a free one; back (2).
    with django_assert_num_queries(13 + TURN), pytest.raises(RoomNameTaken):
        actions.create_room(caller=by_bob, name="First", nickname="bob")
