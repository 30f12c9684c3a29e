"""Who is there, in the database: several processes, each with its own page, and what is left of one that has died."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from core.models import PROCESS_SILENCE, Presence, PresenceChange, WebProcess
from core.presence import LATE_SECONDS, Register, idle_by_key, note_changes
from core.realtime import Event
from core.realtime.truth import Attendance, Noticed

pytestmark = pytest.mark.django_db

ALICE, BOB, GUS = "person:1", "person:2", "member:3"
BEAT = Attendance({}, [], continues=True, beat=True)
NOTHING = Attendance({}, [])


class Process:
    """A register and what it was told of."""

    def __init__(self) -> None:
        self.told: list[set[str]] = []
        self.register = Register(self._meaning)
        self.exchange()

    def _meaning(self, keys: Collection[str], _channels: Collection[int]) -> list[tuple[str, Event]]:
        self.told.append(set(keys))
        return []

    def exchange(self, own: Attendance = NOTHING) -> Noticed:
        return self.register.exchange(own, [])

    def say(self, *gone: str, **present: bool) -> Noticed:
        return self.exchange(Attendance({key.replace("_", ":"): idle for key, idle in present.items()}, list(gone)))


@pytest.fixture
def one(settings) -> Process:
    settings.DATABASE_URL = "postgres://of.several/processes"  # as far as the register is concerned
    return Process()


@pytest.fixture
def other(one: Process) -> Process:
    return Process()


def silence(process: Process, seconds: float = 0) -> None:
    """As if it had not been seen for longer than one lives without."""
    seen = Now() - PROCESS_SILENCE - timedelta(seconds=1 - seconds)
    WebProcess.objects.filter(pk=process.register._process).update(seen_at=seen)


def attentive(process: Process) -> None:
    """As if it had been at work for a while."""
    process.register._buries_from = 0.0


def test_who_is_there_is_known_to_all(one, other):
    one.say(person_1=False, member_3=True)

    assert idle_by_key([ALICE, BOB, GUS]) == {ALICE: False, GUS: True}
    other.exchange()
    assert one.told == other.told == [{ALICE, GUS}]


def test_idle_is_who_is_idle_everywhere(one, other):
    one.say(person_1=True)
    other.say(person_1=False)
    assert idle_by_key([ALICE]) == {ALICE: False}

    other.say(person_1=True)
    assert idle_by_key([ALICE]) == {ALICE: True}


def test_who_left_one_process_is_still_at_the_other(one, other):
    one.say(person_1=False)
    other.say(person_1=True)

    one.say(ALICE)
    assert idle_by_key([ALICE]) == {ALICE: True}
    other.say(ALICE)
    assert idle_by_key([ALICE]) == {}


def test_nobody_asked_for_is_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert idle_by_key([]) == {}


def test_a_change_is_told_once_by_each(one, other):
    one.say(person_1=False)
    for process in (one, other):
        for _ in range(3):
            process.exchange()

    assert one.told == other.told == [{ALICE}]


def test_a_change_that_commits_late_is_told_too(one, other):
    """Its id is smaller than one that was seen already."""
    late = PresenceChange.objects.create(key=BOB)
    late.delete()
    one.say(person_1=False)
    other.exchange()
    PresenceChange.objects.create(pk=late.pk, key=BOB)

    other.exchange()

    assert other.told == [{ALICE}, {BOB}]


def test_what_was_long_ago_is_not_read_again(one):
    one.say(person_1=False)
    one.register._handled = dict.fromkeys(one.register._handled, -LATE_SECONDS - 1.0)
    one.exchange()

    assert one.register._handled == {}
    assert one.register._floor == PresenceChange.objects.latest("pk").pk


def test_what_changed_before_a_process_began_is_none_of_its_business(one):
    one.say(person_1=False)

    assert Process().told == []


def test_a_quiet_second_is_one_query(one, django_assert_num_queries):
    one.say(person_1=False)
    with django_assert_num_queries(1):
        one.exchange()


def test_a_thousand_who_come_at_once_are_a_few_queries(one, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):  # SQLite takes them in portions
        one.exchange(Attendance({f"person:{number}": False for number in range(1000)}, []))

    assert Presence.objects.count() == 1000


def test_a_process_that_was_not_seen_for_long_has_nobody(one, other):
    one.say(person_1=False)
    silence(one)

    assert idle_by_key([ALICE]) == {}


def test_those_of_a_dead_process_are_announced_once(one, other):
    one.say(person_1=False)
    other.say(person_2=False)
    third = Process()
    for process in (other, third):
        process.exchange()
        attentive(process)
    silence(one)
    other.told, third.told = [], []

    other.exchange(BEAT)
    third.exchange(BEAT)
    other.exchange()

    assert other.told == third.told == [{ALICE}]
    assert list(Presence.objects.values_list("key", flat=True)) == [BOB]


def test_a_process_that_was_taken_for_dead_hears_so_and_comes_back(one, other):
    one.say(person_1=False)
    other.say(person_2=False)
    attentive(other)
    silence(one)
    other.exchange(BEAT)

    assert not one.exchange(Attendance({GUS: False}, [], continues=True)).known
    assert idle_by_key([ALICE, GUS]) == {}
    assert one.exchange(Attendance({ALICE: False, GUS: False}, [])).known
    assert idle_by_key([ALICE, GUS]) == {ALICE: False, GUS: False}


def test_a_beat_keeps_a_process_alive(one, other):
    one.say(person_1=False)
    silence(one)

    assert one.exchange(BEAT).known
    assert idle_by_key([ALICE]) == {ALICE: False}


def test_who_was_away_itself_buries_nobody_at_first(one, other):
    """The database was away for all: each has to be given the time to say that it lives."""
    one.say(person_1=False)
    other.say(person_2=False)
    other.register._exchanged_at -= 60
    silence(one)

    other.exchange(BEAT)

    assert WebProcess.objects.count() == 2


def test_a_process_that_ends_leaves_its_people_a_moment_to_come_back(one, other):
    one.say(person_1=False)
    one.register.end()
    assert idle_by_key([ALICE]) == {ALICE: False}

    seen = WebProcess.objects.get(pk=one.register._process).seen_at
    WebProcess.objects.filter(pk=one.register._process).update(seen_at=seen - timedelta(seconds=2))
    assert idle_by_key([ALICE]) == {}


def test_the_only_process_begins_alone(one, settings):
    """Embedded: whatever stands in the database was left by one that was killed."""
    one.say(person_1=False)
    settings.DATABASE_URL = ""

    Process()

    assert idle_by_key([ALICE]) == {}
    one.exchange()
    assert one.told == [{ALICE}, {ALICE}]


def test_changes_are_forgotten_after_a_minute(one):
    one.say(person_1=False)
    note_changes([BOB])
    PresenceChange.objects.filter(key=BOB).update(at=Now() - timedelta(seconds=61))
    attentive(one)

    one.exchange(BEAT)

    assert list(PresenceChange.objects.values_list("key", flat=True)) == [ALICE]
