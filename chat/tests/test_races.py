"""Real threads on PostgreSQL: a nonce is one message, and the log of a channel has no gap, whoever writes when."""

import itertools
import random
from functools import partial

import pytest
from django.db import connection
from django.db.models import F

from accounts.tests.factories import make_alice, make_bob, make_person
from chat import actions
from chat.actions import Draft, Posted
from chat.errors import NonceConflict
from chat.models import Message
from rooms.models import Channel
from rooms.tests.factories import caller, join, make_room, say
from rooms.tests.threads import ON_POSTGRES, at_once, sooner_or_later

pytestmark = ON_POSTGRES


@pytest.fixture
def room():
    return make_room(make_alice())


def assert_no_gaps(channel_id: int) -> None:
    """seq is 1…n, rev is below the head, and the counters say what is there."""
    channel = Channel.objects.get(pk=channel_id)
    rows = list(Message.objects.filter(channel=channel).order_by("seq").values_list("seq", "rev"))
    assert [seq for seq, _ in rows] == list(range(1, channel.last_seq + 1))
    revs = [rev for _, rev in rows]
    assert len(set(revs)) == len(revs)
    assert max(revs, default=0) <= channel.head


def test_one_nonce_twenty_times_at_once_is_one_message_and_all_get_it(room):
    outcomes = at_once(*[partial(say, room, room.member)] * 20)

    assert all(isinstance(outcome, Posted) for outcome in outcomes), outcomes
    assert len({outcome.message.pk for outcome in outcomes}) == 1
    assert sum(outcome.created for outcome in outcomes) == 1
    assert Message.objects.count() == 1
    assert_no_gaps(room.channel.pk)


def test_one_nonce_with_different_bodies_at_once_is_one_message_and_conflicts(room):
    outcomes = at_once(*[partial(say, room, room.member, f"body {n}") for n in range(20)])

    stored = [outcome for outcome in outcomes if isinstance(outcome, Posted)]
    assert len(stored) == 1
    assert sum(isinstance(outcome, NonceConflict) for outcome in outcomes) == 19
    assert Message.objects.get().body == stored[0].message.body
    assert_no_gaps(room.channel.pk)


def test_control_without_the_constraint_a_nonce_is_stored_again_and_again(room):
    (constraint,) = [one for one in Message._meta.constraints if one.name == "message_nonce"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Message, constraint)
    nonces = itertools.count()

    def is_stored_again() -> bool:
        nonce = f"nonce {next(nonces)}"
        at_once(*[partial(say, room, room.member, nonce=nonce)] * 20)
        return Message.objects.filter(nonce=nonce).count() > 1

    try:
        assert sooner_or_later(is_stored_again)
        assert_no_gaps(room.channel.pk)
    finally:
        Message.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Message, constraint)


def test_one_nonce_of_two_people_is_two_messages(room):
    bob = join(room, make_bob())

    outcomes = at_once(partial(say, room, room.member), partial(say, room, bob))

    assert [outcome.created for outcome in outcomes] == [True, True]


def test_overlapping_batches_store_each_nonce_once(room):
    """A batch that fails as a whole over one nonce is tried again message by message."""
    drafts = [Draft(room.channel.pk, room.member.pk, f"n{n}", f"body {n}") for n in range(30)]
    batches = [drafts[start : start + 20] for start in (0, 3, 6, 10)]

    outcomes = at_once(*[partial(actions.post_messages, batch) for batch in batches])

    posted = list(itertools.chain.from_iterable(outcomes))
    assert all(isinstance(one, Posted) for one in posted), posted
    assert sum(one.created for one in posted) == 30
    assert Message.objects.count() == 30
    assert_no_gaps(room.channel.pk)


def test_batches_over_several_rooms_in_different_orders_neither_lock_each_other_nor_leave_gaps():
    people = [make_person(f"person{n}") for n in range(8)]
    rooms = [make_room(people[0], name=f"Room {n}", nickname="owner") for n in range(5)]
    seats = {(room.channel.pk, n): join(room, one, nickname=f"P {n}") for room in rooms for n, one in enumerate(people)}
    orders = random.Random(7)

    def post(number: int) -> list[actions.Outcome]:
        outcomes: list[actions.Outcome] = []
        for turn in range(10):
            shuffled = orders.sample(rooms, len(rooms))
            outcomes += actions.post_messages(
                [
                    Draft(room.channel.pk, seats[room.channel.pk, number].pk, f"{number}.{turn}", "hello")
                    for room in shuffled
                ]
            )
        return outcomes

    outcomes = at_once(*[partial(post, number) for number in range(8)])

    assert all(isinstance(one, Posted) and one.created for one in itertools.chain.from_iterable(outcomes)), outcomes
    for room in rooms:
        assert Channel.objects.get(pk=room.channel.pk).last_seq == 80
        assert_no_gaps(room.channel.pk)


def test_control_counting_before_writing_gives_a_place_twice(room):
    """What `chat.log` must not do: read the counter, then write by it."""

    def naive() -> int:
        seq = Channel.objects.get(pk=room.channel.pk).last_seq + 1
        Channel.objects.filter(pk=room.channel.pk).update(last_seq=seq, head=seq)
        return seq

    def gives_one_twice() -> bool:
        return len(set(at_once(*[naive] * 12))) < 12

    assert sooner_or_later(gives_one_twice)


def test_edits_and_new_messages_at_once_each_get_a_rev_of_their_own(room):
    alice = room.member.user
    messages = [say(room, room.member, nonce=f"old {n}").message for n in range(8)]
    edits = [
        partial(actions.edit_message, caller=caller(alice), message_id=one.pk, body=f"new {one.seq}")
        for one in messages
    ]
    news = [partial(say, room, room.member, nonce=f"new {n}") for n in range(8)]

    outcomes = at_once(*edits, *news)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    channel = Channel.objects.get()
    assert (channel.last_seq, channel.head) == (16, 24)
    assert_no_gaps(channel.pk)
    assert not Message.objects.filter(rev__gt=F("channel__head")).exists()


def test_editing_and_deleting_one_message_at_once_leaves_it_deleted(room):
    alice = caller(room.member.user)
    message = say(room, room.member).message

    at_once(
        partial(actions.delete_message, caller=alice, message_id=message.pk),
        *[partial(actions.edit_message, caller=alice, message_id=message.pk, body=f"body {n}") for n in range(6)],
    )

    message.refresh_from_db()
    assert (message.body, message.deleted_at is not None) == ("", True)
    assert message.rev == Channel.objects.get().head
    assert_no_gaps(room.channel.pk)
