"""Conversations over the gateway: strangers, blocks, and what the others hear when somebody comes or goes."""

import pytest

from accounts.models import User
from accounts.tests.factories import make_person
from chat.tests.conftest import Connect
from chat.tests.factories import caller, say
from chat.tests.gateway import db
from rooms import actions
from rooms.models import Member, Space

pytestmark = pytest.mark.django_db(transaction=True)


def start(by: User, *people: str) -> tuple[Space, str]:
    started = actions.start_conversation(caller=caller(by), people=list(people))
    return started.space, str(started.channel.pk)


def seat(space: Space, user: User) -> Member:
    return Member.objects.select_related("space").get(space=space, user=user)


async def test_for_strangers_there_is_no_such_channel(alice: User, bob: User, charlie: User, connect: Connect) -> None:
    _space, channel = await db(start, alice, "bob")
    client = await connect(charlie)

    for op, fields in (
        ("sub", {}),
        ("send", {"nonce": "n", "body": "x"}),
        ("typing", {}),
        ("read", {"seq": 1}),
    ):
        assert (await client.ask(op, channel=channel, **fields))["code"] == "not_found"


async def test_a_block_silences_open_sockets_of_both(alice: User, bob: User, connect: Connect) -> None:
    _space, channel = await db(start, alice, "bob")
    clients = [await connect(alice), await connect(bob)]
    for client in clients:
        await client.ask("sub", channel=channel)
    await db(actions.block_person, by=bob, of=alice)

    for client in clients:
        refused = await client.ask("send", channel=channel, nonce="n", body="x")
        assert (refused["op"], refused["code"]) == ("err", "not_reachable")
        assert (await client.ask("typing", channel=channel))["code"] == "not_reachable"


async def test_both_hear_at_once_that_nobody_can_write_and_that_one_can_again(
    alice: User, bob: User, connect: Connect
) -> None:
    _space, channel = await db(start, alice, "bob")
    clients = [await connect(alice), await connect(bob)]
    for client in clients:
        assert (await client.ask("sub", channel=channel))["writable"] is True

    await db(actions.block_person, by=bob, of=alice)
    await db(actions.block_person, by=bob, of=alice)
    for client in clients:
        assert await client.event("writable") == {"op": "writable", "channel": channel, "writable": False}
    await db(actions.block_person, by=alice, of=bob)
    await db(actions.unblock_person, by=bob, of=alice)
    late = await connect(bob)
    assert (await late.ask("sub", channel=channel))["writable"] is False, "alice blocks bob still"
    await db(actions.unblock_person, by=alice, of=bob)
    await db(actions.unblock_person, by=alice, of=bob)
    for client in clients:
        said = [(await client.event("writable"))["writable"] for _ in range(3)]
        assert said == [False, False, True]
        await client.ask("ping")
        assert client.heard("writable") == []


async def test_of_rooms_and_groups_nothing_is_said_about_writing(
    alice: User, bob: User, charlie: User, connect: Connect
) -> None:
    _space, channel = await db(start, alice, "bob", "charlie")
    client = await connect(alice)
    assert "writable" not in await client.ask("sub", channel=channel)

    await db(actions.block_person, by=bob, of=alice)
    await client.ask("ping")
    assert client.heard("writable") == []


async def test_what_a_blocked_person_says_in_a_group_is_read_and_not_announced(
    alice: User, bob: User, charlie: User, connect: Connect
) -> None:
    space, channel = await db(start, alice, "bob", "charlie")
    await db(actions.block_person, by=bob, of=alice)
    deaf, open_ = await connect(bob), await connect(charlie)
    await deaf.ask("sub", channel=channel)

    await db(say, await db(seat, space, alice), "@bob and @charlie, hello")

    assert (await open_.event("notify"))["kind"] == "mention"
    assert (await deaf.event("message"))["message"]["body"] == "@bob and @charlie, hello"
    await deaf.ask("ping")
    assert deaf.heard("notify") == []


async def test_a_message_brings_back_what_was_put_away(alice: User, bob: User, connect: Connect) -> None:
    space, channel = await db(start, alice, "bob")
    await db(actions.leave_conversation, caller=caller(bob), space=space)
    client = await connect(bob)

    await db(say, await db(seat, space, alice), "Hello?")

    told = await client.event("notify")
    assert (told["kind"], told["channel"], told["unread"]) == ("direct", channel, 1)


async def test_the_others_hear_who_leaves_and_who_is_added(
    alice: User, bob: User, charlie: User, connect: Connect
) -> None:
    await db(make_person, "petra")
    space, channel = await db(start, alice, "bob", "charlie")
    stays, goes = await connect(alice), await connect(bob)
    for client in (stays, goes):
        await client.ask("sub", channel=channel)

    await db(actions.leave_conversation, caller=caller(bob), space=space)
    assert (await stays.event("member"))["member"]["state"] == "left"
    line = (await stays.event("message"))["message"]
    assert (line["notice"], line["author"]["kind"]) == ({"code": "left", "names": ["bob"]}, "system")
    assert (await goes.event("out"))["reason"] == "left"
    assert goes.heard("message") == []

    await db(actions.add_people, caller=caller(charlie), space=space, people=["petra"])
    assert (await stays.event("member"))["member"]["nickname"] == "petra"
