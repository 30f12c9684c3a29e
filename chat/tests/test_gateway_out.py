"""`out`: told once, to every socket of the person, and true from then on."""

import asyncio
import time
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import Client, db
from core.realtime import hub
from rooms import actions as room_actions
from rooms.models import Member, Space

pytestmark = pytest.mark.django_db(transaction=True)

LOOK = 1.3  # seconds: in so long the hub has looked at the database


def ban(alice: User, member: Member) -> None:
    room_actions.ban_member(caller=factories.caller(alice), member=member)


def ban_unheard(member: Member) -> None:
    """As by a process whose hints are lost: rows only."""
    Space.objects.filter(pk=member.space_id).update(acl_rev=F("acl_rev") + 1)
    Member.objects.filter(pk=member.pk).update(state=Member.State.BANNED)


def leave(user: User, space: Space) -> None:
    room_actions.leave_room(caller=factories.caller(user), slug=space.slug)


def out(place: Place, reason: str) -> dict[str, Any]:
    return {"op": "out", "channel": str(place.channel.pk), "reason": reason}


async def seated(user: User, place: Place, connect: Connect) -> Client:
    client = await connect(user)
    assert (await client.ask("sub", channel=str(place.channel.pk)))["op"] == "ok"
    return client


async def test_a_ban_is_told_once_to_every_socket_of_that_person(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    bobs = [await seated(bob, place, connect), await seated(bob, place, connect), await connect(bob)]
    owner = await seated(alice, place, connect)

    await db(ban, alice, place.bob)
    await asyncio.sleep(LOOK)

    for client in bobs:
        assert client.heard("out") == [out(place, "banned")]
    assert owner.heard("out") == []
    (member,) = [event["member"] for event in owner.heard("member")]
    assert (member["id"], member["state"]) == (str(place.bob.pk), "banned")


async def test_a_ban_upon_a_ban_is_no_news(place: Place, alice: User, bob: User, connect: Connect) -> None:
    clients = [await seated(bob, place, connect), await connect(bob)]

    for _ in range(2):
        await db(ban, alice, place.bob)
    await asyncio.sleep(LOOK)

    assert [client.heard("out") for client in clients] == [[out(place, "banned")]] * 2


async def test_after_a_ban_everything_there_looks_missing(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    message = await db(factories.say, place.bob)
    client = await seated(bob, place, connect)
    channel = str(place.channel.pk)

    await db(ban, alice, place.bob)
    await client.event("out")
    await db(factories.say, place.alice, "Behind his back")

    assert (await client.ask("send", channel=channel, nonce="n", body="x"))["code"] == "not_found"
    assert (await client.ask("sub", channel=channel))["code"] == "not_found"
    assert (await client.ask("edit", message=str(message.pk), body="x"))["code"] == "not_found"
    assert (await client.ask("delete", message=str(message.pk)))["code"] == "not_found"
    assert client.heard("message") == []


async def test_a_ban_whose_hint_was_lost_is_found_within_two_seconds(place: Place, bob: User, connect: Connect) -> None:
    client = await seated(bob, place, connect)
    began = time.monotonic()

    await db(ban_unheard, place.bob)

    assert await client.event("out") == out(place, "banned")
    assert time.monotonic() - began < 2
    await asyncio.sleep(LOOK)
    assert client.heard("out") == []


async def test_a_banned_sender_is_refused_before_anybody_told_the_socket(
    place: Place, bob: User, connect: Connect
) -> None:
    client = await seated(bob, place, connect)

    await db(ban_unheard, place.bob)

    answer = await client.ask("send", channel=str(place.channel.pk), nonce="n", body="x")
    assert answer["code"] == "not_found"


async def test_leaving_is_told_to_ones_other_sockets_and_one_may_return(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    first, other = await seated(bob, place, connect), await connect(bob)

    for _ in range(2):
        await db(leave, bob, place.space)
        assert await first.event("out") == await other.event("out") == out(place, "left")
        await db(factories.join, place.space, bob)
        assert (await first.ask("sub", channel=str(place.channel.pk)))["op"] == "ok"
    await db(ban, alice, place.bob)

    assert await first.event("out") == await other.event("out") == out(place, "banned")


async def test_a_guest_is_put_out_as_well(place: Place, alice: User, connect: Connect) -> None:
    guest, token = await db(factories.join_as_guest, place.space, "Gus")
    client = await connect(token=token)
    await client.ask("sub", channel=str(place.channel.pk))

    await db(ban, alice, guest)

    assert await client.event("out") == out(place, "banned")
    assert (await client.ask("sub", channel=str(place.channel.pk)))["code"] == "not_found"


async def test_a_room_ends_at_its_instant_with_no_worker_alive(alice: User, connect: Connect, settings: Any) -> None:
    settings.ROOM_LIFETIME = 2
    room = await db(factories.make_room, alice)
    place = Place(room.space, room.channel, room.member, room.member)
    client = await seated(alice, place, connect)
    channel = str(place.channel.pk)

    assert await client.event("out") == out(place, "expired")

    assert room.space.expires_at is not None
    assert abs(time.time() - room.space.expires_at.timestamp()) < 0.5
    assert (await client.ask("sub", channel=channel))["code"] == "room_gone"
    assert (await client.ask("send", channel=channel, nonce="n", body="x"))["code"] == "room_gone"
    await asyncio.sleep(LOOK)
    assert client.heard("out") == []


async def test_a_room_that_is_closed_puts_everybody_out_at_once(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    clients = [await seated(alice, place, connect), await seated(bob, place, connect), await connect(bob)]
    began = time.monotonic()

    await db(room_actions.close_room, caller=factories.caller(alice), slug=place.space.slug)

    for client in clients:
        assert await client.event("out") == out(place, "closed")
    assert time.monotonic() - began < 1
    assert (await clients[1].ask("sub", channel=str(place.channel.pk)))["code"] == "room_gone"
    await asyncio.sleep(LOOK)
    assert [client.heard("out") for client in clients] == [[]] * 3, "told once"


async def test_a_closing_whose_hint_was_lost_is_told_as_such(place: Place, bob: User, connect: Connect) -> None:
    client = await seated(bob, place, connect)

    now = timezone.now()
    await db(Space.objects.filter(pk=place.space.pk).update, expires_at=now, closed_at=now)

    assert await client.event("out") == out(place, "closed")


async def test_who_is_blocked_is_told_and_stays(place: Place, alice: User, bob: User, connect: Connect) -> None:
    client = await seated(bob, place, connect)
    channel = str(place.channel.pk)

    await db(room_actions.block_member, caller=factories.caller(alice), member=place.bob)

    assert (await client.event("member"))["member"]["state"] == "blocked"
    line = (await client.event("message"))["message"]
    assert (line["notice"], line["author"]["kind"]) == ({"code": "blocked", "names": ["bob"]}, "system")
    assert (await client.ask("send", channel=channel, nonce="n", body="May I?"))["code"] == "blocked"
    await db(room_actions.unblock_member, caller=factories.caller(alice), member=place.bob)
    assert (await client.ask("send", channel=channel, nonce="n2", body="Thanks"))["op"] == "ok"
    assert client.heard("out") == []


async def test_an_end_that_was_moved_is_found(place: Place, bob: User, connect: Connect) -> None:
    client = await seated(bob, place, connect)

    await db(factories.end_soon, place.space, 0.2)

    assert await client.event("out") == out(place, "expired")


async def test_an_end_that_the_timer_missed_is_found(place: Place, bob: User, connect: Connect) -> None:
    """As after the machine's clock was set back and forth: the timer has fired too early, or never will."""
    client = await seated(bob, place, connect)
    await db(factories.end_soon, place.space, 2)
    log = hub.ensure().logs[place.channel.pk]
    async with asyncio.timeout(2):
        while log.expires_at is None or log.expires_at.timestamp() > time.time() + 60:
            await asyncio.sleep(0.01)
    assert log.ending is not None
    log.ending.cancel()

    assert await client.event("out") == out(place, "expired")


async def test_nothing_is_left_of_a_seat_that_was_given_up(place: Place, bob: User, connect: Connect) -> None:
    client = await seated(bob, place, connect)
    log = hub.ensure().logs[place.channel.pk]
    timer = log.ending

    await client.ask("unsub", channel=str(place.channel.pk))

    assert timer is not None
    assert timer.cancelled()
    assert hub.ensure().logs == {}
    await client.leave()
    assert hub.ensure().sockets == set()
