"""Real threads on PostgreSQL: a long transcript is asked for by many at once, or while its room is swept."""

from functools import partial
from typing import Any

import pytest
from django.conf import settings as plaza_settings
from django.core.cache import cache

from accounts.tests.factories import make_alice
from chat import actions
from chat.models import TranscriptFile
from chat.tasks import make_transcript
from chat.tests import factories
from chat.transcript import Transcript
from core.errors import NotFound
from core.models import Mail
from rooms.models import Channel, Space
from rooms.schedule import sweep_rooms
from rooms.tests.factories import Seated, end, make_room
from rooms.tests.threads import ON_POSTGRES, at_once

pytestmark = ON_POSTGRES


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def room() -> Seated:
    room = make_room(make_alice())
    factories.say_much(room.member, 600)
    return room


def ask(room: Seated) -> TranscriptFile:
    assert room.member.user is not None
    channel = Channel.objects.select_related("space").get(space=room.space)
    transcript = Transcript.of_seat(channel, room.member)
    return actions.ask_transcript(caller=factories.caller(room.member.user), transcript=transcript)


def test_of_many_who_ask_at_once_one_is_made(room: Seated) -> None:
    outcomes = at_once(*[partial(ask, room) for _ in range(8)])

    assert len({one.pk for one in outcomes if isinstance(one, TranscriptFile)}) == 1, outcomes
    assert TranscriptFile.objects.count() == 1


def test_two_workers_make_one(room: Seated) -> None:
    row = ask(room)

    outcomes: Any = at_once(*[partial(make_transcript, row.pk) for _ in range(4)])

    assert outcomes == [None] * 4
    assert Mail.objects.filter(name="chat/transcript_ready").count() == 1


@pytest.mark.parametrize("round_number", range(5))
def test_whoever_asks_while_the_room_is_swept_leaves_nothing_behind(room: Seated, round_number: int) -> None:
    end(room, ago=plaza_settings.ROOM_SWEEP_AFTER + 1)

    swept, *asked = at_once(sweep_rooms, *[partial(ask, room) for _ in range(4)])

    assert not isinstance(swept, Exception), swept
    assert all(isinstance(one, TranscriptFile | NotFound | Channel.DoesNotExist) for one in asked), asked
    sweep_rooms()
    assert Space.objects.get(pk=room.space.pk).swept_at is not None
    assert not TranscriptFile.objects.exists()
