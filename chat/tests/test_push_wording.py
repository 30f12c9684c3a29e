"""What a push says is decided when it is sent: what was read, taken back or lost meanwhile is not pushed."""

import pytest

from accounts import actions as account_actions
from accounts.models import Push
from chat import actions, hearing
from chat.tests import factories
from chat.tests.test_notify import make_conversation, mute
from core.tests.push_service import Browser
from rooms.models import Member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pushed(place, bob):
    """The row of a push to bob, who was named."""
    keys = Browser().subscription("")["keys"]
    account_actions.subscribe_to_push(user=bob, endpoint="https://push.example/bob", **keys)
    factories.say(place.alice, "Hello @bob")
    return Push.objects.get()


def test_it_names_who_and_where(pushed, bob, place):
    shown = hearing.word_push(bob, pushed.about)
    assert (shown.title, shown.body) == (f"alice in {place.space.name}", "Hello @bob")


def test_not_what_was_read(pushed, bob, place):
    actions.mark_read(caller=factories.caller(bob), channel_id=place.channel.pk, seq=1)
    assert hearing.word_push(bob, pushed.about) is None


def test_not_what_was_deleted(pushed, bob, alice):
    actions.delete_message(caller=factories.caller(alice), message_id=pushed.about["message"])
    assert hearing.word_push(bob, pushed.about) is None


@pytest.mark.parametrize("state", ["left", "banned"])
def test_not_to_who_is_out(pushed, bob, place, state):
    Member.objects.filter(pk=place.bob.pk).update(state=state)
    assert hearing.word_push(bob, pushed.about) is None


def test_not_of_a_room_that_has_ended(pushed, bob, place):
    factories.end_soon(place.space, -1)
    assert hearing.word_push(bob, pushed.about) is None


def test_not_to_somebody_else_at_the_same_browser(pushed, charlie):
    assert hearing.word_push(charlie, pushed.about) is None


def test_the_text_is_as_it_is_now(pushed, bob, alice, place):
    message = place.channel.messages.get()
    factories.edit(alice, message, "Good evening @bob")
    assert hearing.word_push(bob, pushed.about).body == "Good evening @bob"


def test_a_conversation_is_pushed_unless_muted_meanwhile(alice, bob):
    seats = make_conversation(alice, bob)
    keys = Browser().subscription("")["keys"]
    account_actions.subscribe_to_push(user=bob, endpoint="https://push.example/bob", **keys)
    factories.say(seats[0], "Hello")
    about = Push.objects.get().about
    assert hearing.word_push(bob, about).title == "alice"
    mute(seats[1])
    assert hearing.word_push(bob, about) is None
