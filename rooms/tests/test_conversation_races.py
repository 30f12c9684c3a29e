"""Real threads on PostgreSQL: two people have one conversation, however many start it at once."""

from functools import partial

import pytest

from accounts.tests.factories import make_person
from rooms import actions
from rooms.actions import Started
from rooms.models import Member, Space
from rooms.tests.factories import caller
from rooms.tests.threads import ON_POSTGRES, at_once

pytestmark = ON_POSTGRES


def start(by, *people):
    return actions.start_conversation(caller=caller(by), people=list(people))


@pytest.mark.parametrize("round_number", range(3))
def test_a_pair_has_one_conversation_when_both_start_it_at_once(round_number):
    alice, bob = make_person("alice"), make_person("bob")

    outcomes = at_once(*[partial(start, alice, "bob"), partial(start, bob, "alice")] * 5)

    assert all(isinstance(outcome, Started) for outcome in outcomes), outcomes
    assert sum(outcome.created for outcome in outcomes) == 1
    assert {outcome.space.pk for outcome in outcomes} == {Space.objects.get().pk}
    assert Member.objects.count() == 2


def test_a_group_never_grows_beyond_its_limit():
    alice = make_person("alice")
    names = [make_person(f"person{number}").username for number in range(16)]
    space = start(alice, *names[:2]).space
    add = partial(actions.add_people, caller=caller(alice), space=space)

    at_once(*[partial(add, people=[name]) for name in names[2:]])

    assert Member.objects.present().filter(space=space).count() == 10


def test_leaving_and_adding_at_once_end_in_one_of_the_two():
    alice, bob = make_person("alice"), make_person("bob")
    make_person("charlie")
    space = start(alice, "bob", "charlie").space

    outcomes = at_once(
        partial(actions.leave_conversation, caller=caller(bob), space=space),
        partial(actions.add_people, caller=caller(alice), space=space, people=["bob"]),
    )

    assert outcomes == [None, None]
    assert Member.objects.get(user=bob).state in ("left", "active")
