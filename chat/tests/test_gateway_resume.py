"""Coming back: `sub` with `after` tells everything that changed since, and joins on to what is live."""

import asyncio

import pytest

from accounts.models import User
from chat import actions as chat_actions
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import Client, db

pytestmark = pytest.mark.django_db(transaction=True)


def say_many(place: Place, count: int, body: str = "Hello") -> None:
    drafts = [chat_actions.Draft(place.channel.pk, place.alice.pk, f"many{n}", body) for n in range(count)]
    for start in range(0, count, 100):
        chat_actions.post_messages(drafts[start : start + 100])


async def collect(client: Client, place: Place) -> list[dict]:
    """All changes, by as many subs as it takes."""
    changes: list[dict] = []
    while True:
        after = changes[-1]["rev"] if changes else 0
        answer = await client.ask("sub", channel=str(place.channel.pk), after=after)
        assert answer["op"] == "ok", answer
        changes += answer["changes"]
        if not answer["more"]:
            return changes
        assert answer["changes"]


async def test_changes_are_what_changed_after_by_rev(place: Place, alice: User, bob: User, connect: Connect) -> None:
    first, *_ = [await db(factories.say, place.alice, body) for body in ("1", "2", "3")]
    await db(factories.edit, alice, first, "1b")
    client = await connect(bob)

    answer = await client.ask("sub", channel=str(place.channel.pk), after=1)

    assert (answer["head"], answer["last_seq"], answer["more"]) == (4, 3, False)
    assert [(m["seq"], m["rev"], m["body"]) for m in answer["changes"]] == [(2, 2, "2"), (3, 3, "3"), (1, 4, "1b")]


async def test_nothing_changed_is_no_change(place: Place, bob: User, connect: Connect) -> None:
    await db(factories.say, place.alice)
    client = await connect(bob)

    for after in (1, 5, 2**53 - 1):
        answer = await client.ask("sub", channel=str(place.channel.pk), after=after)
        assert (answer["head"], answer["changes"], answer["more"]) == (1, [], False)


async def test_many_changes_come_in_pages(place: Place, bob: User, connect: Connect) -> None:
    await db(say_many, place, 450)
    client = await connect(bob)

    answer = await client.ask("sub", channel=str(place.channel.pk), after=0)

    assert (len(answer["changes"]), answer["more"], answer["head"]) == (200, True, 450)
    assert [message["seq"] for message in await collect(client, place)] == list(range(1, 451))


async def test_a_page_of_long_messages_does_not_close_the_socket(place: Place, bob: User, connect: Connect) -> None:
    """Each is 24,000 characters in the answer: two hundred of them are more than may wait for a socket."""
    await db(say_many, place, 200, "&" * 4000)
    client = await connect(bob)

    changes = await collect(client, place)

    assert [message["seq"] for message in changes] == list(range(1, 201))
    assert client.closed is None


async def test_who_joined_later_is_not_told_what_was_said_before(
    place: Place, alice: User, charlie: User, connect: Connect
) -> None:
    before = await db(factories.say, place.alice, "Before")
    await db(factories.join, place.space, charlie)
    late, early = await connect(charlie), await connect(alice)
    for client in (late, early):
        answer = await client.ask("sub", channel=str(place.channel.pk), after=0)
    await db(factories.say, place.alice, "After")

    await db(factories.edit, alice, before, "Before, changed")

    assert answer["last_seq"] == 1
    assert [(e["rev"], e["message"] and e["message"]["body"]) for e in [await late.event("message") for _ in "ab"]] == [
        (2, "After"),
        (3, None),
    ]
    assert [(await early.event("message"))["message"]["body"] for _ in "ab"] == ["After", "Before, changed"]
    again = await late.ask("sub", channel=str(place.channel.pk), after=0)
    assert (again["head"], [message["body"] for message in again["changes"]]) == (3, ["After"])
    assert again["read_seq"] == 1, "unread counts from one's joining"


async def test_what_is_not_ones_to_see_cannot_be_changed_either(place: Place, charlie: User, connect: Connect) -> None:
    before = await db(factories.say, place.alice, "Before")
    await db(factories.join, place.space, charlie)
    client = await connect(charlie)

    assert (await client.ask("edit", message=str(before.pk), body="x"))["code"] == "not_found"
    assert (await client.ask("delete", message=str(before.pk)))["code"] == "not_found"


async def test_subscribing_again_and_again_amid_talk_misses_nothing(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    """Answers and events together are every rev, each event after the head of the answer before it."""
    speaker, client = await connect(alice), await connect(bob)
    channel = str(place.channel.pk)

    async def talk() -> None:
        for number in range(40):
            await speaker.ask("send", channel=channel, nonce=f"n{number}", body=f"m{number}")

    talking = asyncio.create_task(talk())
    seen, position = set(), 0
    while not talking.done():
        answer = await client.ask("sub", channel=channel, after=position)
        seen |= {message["rev"] for message in answer["changes"]}
        position = answer["head"]
        seen |= {event["rev"] for event in client.heard("message")}
        await asyncio.sleep(0.01)
    await talking
    answer = await client.ask("sub", channel=channel, after=position)
    seen |= {message["rev"] for message in answer["changes"]} | {event["rev"] for event in client.heard("message")}

    assert seen == set(range(1, 41))


async def test_sending_moves_ones_own_read_position(place: Place, alice: User, bob: User, connect: Connect) -> None:
    await db(factories.say, place.alice)
    await db(factories.say, place.bob)
    await db(factories.say, place.alice)

    for user, read in ((alice, 3), (bob, 2)):
        assert (await (await connect(user)).ask("sub", channel=str(place.channel.pk)))["read_seq"] == read
