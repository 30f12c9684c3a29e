"""The sweep goes in short steps, and may be killed between any two of them."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from chat.models import Mention, Message, ReadState
from core.tests import figures
from rooms import actions
from rooms.models import Ban, Channel, Member, Space
from rooms.tests.factories import ban, caller, end, join, make_guest, say

pytestmark = pytest.mark.django_db
STEP = 1000


class Steps:
    """What was asked of the database, and how long the longest took. May fail at one of the deletions."""

    def __init__(self, *, fail_at: int = 0) -> None:
        self.deletions: list[str] = []
        self.longest = 0.0
        self._fail_at = fail_at

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        found = re.match(r'DELETE FROM "(\w+)"', sql)
        if found:
            self.deletions.append(found[1])
            if len(self.deletions) == self._fail_at:
                raise DatabaseError("killed")
        began = time.monotonic()
        try:
            return execute(sql, *rest)
        finally:
            self.longest = max(self.longest, time.monotonic() - began)


def fill(room, many: int) -> None:
    last = Message.objects.filter(channel=room.channel).count()
    numbers = range(last + 1, last + many + 1)
    Message.objects.bulk_create(
        (
            Message(channel=room.channel, seq=number, rev=number, author=room.member, nonce=str(number),
                    body_hash=b"x", body=f"Line {number}")
            for number in numbers
        ),
        batch_size=2000,
    )  # fmt: skip
    Channel.objects.filter(pk=room.channel.pk).update(last_seq=numbers[-1], head=numbers[-1])


@pytest.mark.parametrize("many", [3 * STEP, pytest.param(50 * STEP, marks=pytest.mark.slow)])
def test_a_long_room_goes_in_steps(room, many):
    fill(room, many)
    end(room)
    steps, began = Steps(), time.monotonic()

    with connection.execute_wrapper(steps):
        actions.sweep_room(room.space)

    figures.show(f"{many} messages swept in {time.monotonic() - began:.1f} s, longest statement {steps.longest:.3f} s")
    assert steps.deletions.count("chat_message") >= many // STEP
    assert steps.longest < 1
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_each_step_is_a_transaction_of_its_own(room):
    fill(room, 3 * STEP)
    end(room)
    committed: list[str] = []
    seen: list[int] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith('DELETE FROM "chat_message"'):
            seen.append(len(committed))
            transaction.on_commit(lambda: committed.append(sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        actions.sweep_room(room.space)

    assert len(set(seen)) >= 3, "what one step has deleted is committed when the next one begins"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fail_at", range(1, 8))
def test_killed_in_the_middle_the_next_time_finishes(room, bob, fail_at):
    member = join(room, bob)
    message = say(room, member).message
    Mention.objects.create(message=message, channel=room.channel, member=room.member, seq=message.seq)
    ban(room, make_guest(room))
    end(room)
    steps = Steps(fail_at=fail_at)

    with connection.execute_wrapper(steps), pytest.raises(DatabaseError):
        actions.sweep_room(room.space)
    assert Space.objects.get().swept_at is None
    actions.sweep_room(room.space)

    for model in (Message, ReadState, Mention, Member, Ban, Channel):
        assert not model.objects.exists(), model
    space = Space.objects.get()
    assert (space.swept_at is not None, space.name) == (True, "")


def test_swept_twice_is_swept_once(room):
    end(room)
    actions.sweep_room(room.space)
    first = Space.objects.get().swept_at
    actions.sweep_room(room.space)

    assert Space.objects.get().swept_at == first


def test_a_ban_of_an_address_goes_too(room, dana):
    actions.ban_address(caller=caller(dana), space=room.space, address="192.0.2.9")
    end(room)
    actions.sweep_room(room.space)

    assert not Ban.objects.exists()
