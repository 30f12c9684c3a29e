"""What a member sees of the past: from their joining on, and again from their next joining on."""

import pytest

from accounts.models import User
from chat import history
from chat.tests import factories
from chat.tests.factories import Place
from core.errors import NotFound
from rooms import actions as room_actions
from rooms.errors import RoomGone
from rooms.models import Member

pytestmark = pytest.mark.django_db


def seen(user: User, place: Place) -> list[str]:
    seat = history.position(factories.caller(user), place.channel.pk).seat
    page = history.before(place.channel.pk, seat, None, 50)
    assert [m["body"] for m in history.changes(place.channel.pk, seat, 0).messages] == [
        m["body"] for m in sorted(page.messages, key=lambda message: message["rev"])
    ]
    return [message["body"] for message in reversed(page.messages)]


def test_one_sees_what_was_said_since_one_joined(place: Place, alice: User, charlie: User) -> None:
    factories.say(place.alice, "1")
    factories.join(place.space, charlie)
    factories.say(place.alice, "2")

    assert (seen(alice, place), seen(charlie, place)) == (["1", "2"], ["2"])


def test_joining_again_without_leaving_is_no_joining(place: Place, bob: User) -> None:
    factories.say(place.alice, "1")
    factories.join(place.space, bob, "Robert")

    assert seen(bob, place) == ["1"]


def test_who_left_and_came_back_sees_what_was_said_since(place: Place, bob: User) -> None:
    factories.say(place.bob, "1")
    room_actions.leave_room(caller=factories.caller(bob), slug=place.space.slug)
    factories.say(place.alice, "2")
    back = factories.join(place.space, bob)
    factories.say(place.alice, "3")

    assert back.pk == place.bob.pk
    assert seen(bob, place) == ["3"]
    assert history.read_seq(place.channel.pk, back) == 2, "read before leaving counts no more"


def test_an_edit_of_what_one_does_not_see_is_no_change(place: Place, alice: User, charlie: User) -> None:
    before = factories.say(place.alice, "1")
    factories.join(place.space, charlie)
    factories.edit(alice, before, "1b")

    assert seen(charlie, place) == []


def test_a_position_is_for_who_is_in(place: Place, alice: User, bob: User, charlie: User) -> None:
    assert history.position(factories.caller(bob), place.channel.pk).seat == place.bob
    room_actions.leave_room(caller=factories.caller(bob), slug=place.space.slug)

    for user in (bob, charlie):
        with pytest.raises(NotFound):
            history.position(factories.caller(user), place.channel.pk)


def test_the_blocked_may_read_the_banned_may_not(place: Place, bob: User) -> None:
    factories.say(place.alice, "1")
    Member.objects.filter(pk=place.bob.pk).update(state=Member.State.BLOCKED)
    assert seen(bob, place) == ["1"]

    Member.objects.filter(pk=place.bob.pk).update(state=Member.State.BANNED)
    with pytest.raises(NotFound):
        seen(bob, place)


def test_after_the_end_there_is_no_position(place: Place, alice: User, charlie: User) -> None:
    factories.end_soon(place.space, -1)

    with pytest.raises(RoomGone):
        history.position(factories.caller(alice), place.channel.pk)
    with pytest.raises(NotFound):
        history.position(factories.caller(charlie), place.channel.pk)


def test_the_sweep_deletes_what_was_said(place: Place, alice: User) -> None:
    factories.say(place.alice, "1")
    room_actions.sweep_room(place.space)

    assert place.channel.messages.count() == 0
    with pytest.raises(NotFound):
        history.position(factories.caller(alice), place.channel.pk)


def test_pages_are_cut_where_asked(place: Place, alice: User) -> None:
    for _ in range(5):
        factories.say(place.alice, "x" * 100)
    seat = place.alice

    by_size = history.changes(place.channel.pk, seat, 0, largest=500)
    at_least_one = history.changes(place.channel.pk, seat, 0, largest=1)
    whole = history.changes(place.channel.pk, seat, 0, 5)

    assert ([m["seq"] for m in by_size.messages], by_size.more) == ([1, 2], True)
    assert ([m["seq"] for m in at_least_one.messages], at_least_one.more) == ([1], True)
    assert ([m["seq"] for m in whole.messages], whole.more) == ([1, 2, 3, 4, 5], False)
