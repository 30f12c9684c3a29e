"""What the writer stores together: what a batch costs, and that each of its drafts has its own end."""

import asyncio
import itertools
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from chat import actions, log, payloads
from chat.actions import Draft, Posted
from chat.errors import NonceConflict
from chat.models import Mention, Message, ReadState
from chat.tests import factories
from chat.tests.gateway import db
from chat.writer import Writer
from core.errors import Unavailable
from rooms.errors import Blocked, RoomGone
from rooms.models import Channel, Member, Space

pytestmark = pytest.mark.django_db(transaction=True)
_nonces = itertools.count(1)


@pytest.fixture
def places(alice, bob):
    return [factories.make_place(alice, bob) for _ in range(3)]


def draft(place, member=None, body="Hello", nonce=""):
    return Draft(place.channel.pk, (member or place.alice).pk, nonce or f"b{next(_nonces)}", body)


def assert_no_gaps(*places):
    for place in places:
        channel = Channel.objects.get(pk=place.channel.pk)
        rows = list(Message.objects.filter(channel=channel).order_by("seq").values_list("seq", "rev"))
        assert rows == [(number, number) for number in range(1, channel.last_seq + 1)]
        assert channel.head == channel.last_seq


def statements(drafts):
    with CaptureQueriesContext(connection) as asked:
        outcomes = actions.post_messages(drafts)
    assert all(isinstance(outcome, Posted) for outcome in outcomes)
    return [one["sql"].split(None, 1)[0] for one in asked.captured_queries]


def test_a_batch_of_many_in_several_rooms_costs_the_statements_of_one_message(places):
    alone = statements([draft(places[0])])
    together = statements(
        [draft(place, seat) for place in places for seat in (place.alice, place.bob) for _ in range(40)]
    )

    write = (
        ["WITH"]
        if connection.vendor == "postgresql"
        else ["BEGIN", *["UPDATE", "SELECT", "INSERT", "SELECT", "INSERT", "COMMIT"]]
    )
    assert alone == together == ["SELECT", *write]
    assert_no_gaps(*places)


def test_messages_of_several_rooms_stand_in_the_order_they_were_sent_in_each(places):
    drafts = [draft(places[n % 3], body=f"Line {n}") for n in range(30)]

    outcomes = actions.post_messages(drafts)

    assert [outcome.message.body for outcome in outcomes] == [one.body for one in drafts]
    for number, place in enumerate(places):
        said = Message.objects.filter(channel=place.channel).order_by("seq").values_list("body", flat=True)
        assert list(said) == [f"Line {n}" for n in range(number, 30, 3)]
        assert ReadState.objects.get(channel=place.channel, member=place.alice).read_seq == 10
    assert_no_gaps(*places)


def test_who_is_named_in_a_batch_is_named_in_the_right_message(places):
    bodies = ["nobody", "@bob", "nobody", "@alice and @bob", "@bob"]
    seats = [places[n % 2].alice for n in range(5)]

    outcomes = actions.post_messages([draft(places[n % 2], seats[n], body) for n, body in enumerate(bodies)])

    named = {(row.message_id, row.seq, row.member_id) for row in Mention.objects.all()}
    assert named == {(outcomes[n].message.pk, outcomes[n].message.seq, places[n % 2].bob.pk) for n in (1, 3, 4)}


def test_a_nonce_that_was_stored_stops_only_its_own_draft(places):
    place = places[0]
    (first,) = actions.post_messages([draft(place, nonce="again", body="@bob, once")])

    outcomes = actions.post_messages(
        [
            draft(place, body="Before"),
            draft(place, nonce="again", body="Otherwise"),
            draft(place, nonce="again", body="@bob, once"),
            draft(place, place.bob, nonce="again", body="Bob's own"),
            draft(places[1], nonce="again", body="In another room"),
        ]
    )

    assert [type(outcome) for outcome in outcomes] == [Posted, NonceConflict, Posted, Posted, Posted]
    assert [outcome.created for outcome in outcomes if isinstance(outcome, Posted)] == [True, False, True, True]
    assert (outcomes[2].message.pk, outcomes[2].shown) == (first.message.pk, first.shown)
    assert Mention.objects.count() == 1
    assert Message.objects.count() == 4
    assert_no_gaps(*places)


def test_a_nonce_that_is_twice_in_a_batch_is_written_once(places):
    twice = draft(places[0], nonce="twice", body="Same")

    outcomes = actions.post_messages([twice, twice, twice._replace(body="Other"), draft(places[0])])

    assert [type(outcome) for outcome in outcomes] == [Posted, Posted, NonceConflict, Posted]
    assert [outcome.created for outcome in outcomes if isinstance(outcome, Posted)] == [True, False, True]
    assert outcomes[0].shown == outcomes[1].shown
    assert Message.objects.count() == 2
    assert_no_gaps(places[0])


def test_refusals_are_each_ones_own(places):
    place, ended, other = places
    Member.objects.filter(pk=place.bob.pk).update(state=Member.State.BLOCKED)
    Member.objects.filter(pk=other.bob.pk).update(state=Member.State.LEFT)
    Space.objects.filter(pk=ended.space.pk).update(expires_at=timezone.now())

    outcomes = actions.post_messages(
        [
            draft(place),
            draft(place, place.bob),
            draft(ended),
            draft(other, other.bob),
            draft(other, place.alice),  # a seat in another room
            draft(other),
        ]
    )

    codes = [outcome.code if not isinstance(outcome, Posted) else "" for outcome in outcomes]
    assert codes == ["", Blocked.code, RoomGone.code, "not_found", "not_found", ""]
    assert Message.objects.count() == 2
    assert_no_gaps(*places)


def test_a_refused_draft_does_not_show_whether_its_nonce_is_known(places):
    actions.post_message(draft(places[0], places[0].bob, nonce="mine"))
    Member.objects.filter(pk=places[0].bob.pk).update(state=Member.State.BLOCKED)

    outcomes = actions.post_messages([draft(places[0], places[0].bob, nonce=nonce) for nonce in ("mine", "new")])

    assert [outcome.code for outcome in outcomes] == [Blocked.code, Blocked.code]


@pytest.mark.parametrize(
    "body", ["Plain", 'Quotes " \\ and \n lines', "*Bold* & <b>", "Hello @bob", "مرحبا 小明 \N{GRINNING FACE}"]
)
def test_what_was_just_written_is_shown_as_the_row_is_shown_later(places, body):
    """The answer and the event are made of plain rows, the history of models."""
    place = places[0]
    User.objects.filter(pk=place.alice.user_id).update(avatar="a1b2")
    guest, _token = factories.join_as_guest(place.space, "Gus")

    for seat in (place.alice, guest):
        posted = actions.post_message(draft(place, seat, body, nonce='a"b\\c'))
        stored = Message.objects.shown().get(pk=posted.message.pk)
        assert payloads.encoded(posted.message) == payloads.encoded(stored)
        assert posted.shown == payloads.encoded(stored, reader=seat.pk)


def test_a_batch_that_fails_writes_nothing_of_it(places):
    place, other = places[:2]
    actions.post_message(draft(place, nonce="there"))
    entries = [
        log.Entry(d.channel, d.member, d.nonce, d.body_hash, d.body, timezone.now())
        for d in (draft(other), draft(place, nonce="there"), draft(place))
    ]

    with pytest.raises(IntegrityError), transaction.atomic():
        log.append(entries)

    assert Message.objects.count() == 1
    assert_no_gaps(place, other)


class Broken:
    """In place of a member's id: no database takes it."""


async def submit_and_wait(writer: Writer, drafts):
    answers = []
    done = asyncio.Event()

    def take(number, outcome):
        answers.append((number, outcome))
        if len(answers) == len(drafts):
            done.set()

    for number, one in enumerate(drafts):
        writer.submit(one, partial(take, number))
    await asyncio.wait_for(done.wait(), 30)
    return answers


async def test_the_writer_answers_everybody_in_order_over_many_batches(places):
    drafts = [draft(places[n % 3], body=f"Line {n}") for n in range(700)]

    answers = await submit_and_wait(Writer.of_running_loop(), drafts)

    assert [number for number, _ in answers] == list(range(700))
    assert [outcome.message.body for _, outcome in answers] == [one.body for one in drafts]
    assert await db(Message.objects.count) == 700


async def test_the_writer_goes_on_after_a_batch_that_nobody_understands(places):
    writer = Writer.of_running_loop()

    (broken,) = await submit_and_wait(writer, [draft(places[0])._replace(member=Broken())])
    (sound,) = await submit_and_wait(writer, [draft(places[0])])

    assert isinstance(broken[1], Unavailable)
    assert sound[1].created
