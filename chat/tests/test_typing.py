"""`typing`: to the others in the channel, seldom, from those who may speak."""

import asyncio

import pytest
from django.db.models import F

from accounts.models import User
from chat import ops
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import db
from core.realtime.channel import ChannelLog, chunks
from core.realtime.events import Event, pack, unpack
from core.realtime.lines import AsgiLine
from core.realtime.sockets import Seat, Socket
from rooms.models import Member, Space

pytestmark = pytest.mark.django_db(transaction=True)


def rename(member: Member, nickname: str) -> None:
    Member.objects.filter(pk=member.pk).update(nickname=nickname)


def set_state(member: Member, state: str) -> None:
    Member.objects.filter(pk=member.pk).update(state=state)
    Space.objects.filter(pk=member.space_id).update(acl_rev=F("acl_rev") + 1)


async def test_the_others_are_told_once_in_five_seconds(
    place: Place, alice: User, bob: User, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = str(place.channel.pk)
    typist, same_person, reader = await connect(bob), await connect(bob), await connect(alice)
    for client in (typist, same_person, reader):
        await client.ask("sub", channel=channel)

    for _ in range(3):
        assert (await typist.ask("typing", channel=channel)).keys() == {"op", "id"}
    told = await reader.event("typing")
    assert told == {"op": "typing", "channel": channel, "member": str(place.bob.pk), "name": "bob"}
    await reader.ask("ping")
    assert reader.heard("typing") == []
    for own in (typist, same_person):
        await own.ask("ping")
        assert own.heard("typing") == []

    monkeypatch.setattr(ops, "TYPING_SECONDS", 0)
    await typist.ask("typing", channel=channel)
    assert (await reader.event("typing"))["name"] == "bob"


async def test_the_seat_is_not_looked_at_again_for_a_minute(
    place: Place, alice: User, bob: User, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database says meanwhile does not show: it is not asked."""
    monkeypatch.setattr(ops, "TYPING_SECONDS", 0)
    channel = str(place.channel.pk)
    client, reader = await connect(bob), await connect(alice)
    for one in (client, reader):
        await one.ask("sub", channel=channel)
    await client.ask("typing", channel=channel)
    await db(rename, place.bob, "bobby")

    await client.ask("typing", channel=channel)
    for _ in range(2):
        assert (await reader.event("typing"))["name"] == "bob"
    monkeypatch.setattr(ops, "NAME_SECONDS", 0)
    await client.ask("typing", channel=channel)
    assert (await reader.event("typing"))["name"] == "bobby"


@pytest.mark.parametrize(("state", "code"), [("blocked", "blocked"), ("banned", "not_found"), ("left", "not_found")])
async def test_who_may_not_speak_is_refused(
    place: Place, alice: User, bob: User, connect: Connect, monkeypatch: pytest.MonkeyPatch, state: str, code: str
) -> None:
    monkeypatch.setattr(ops, "TYPING_SECONDS", 0)
    channel = str(place.channel.pk)
    client, reader = await connect(bob), await connect(alice)
    for one in (client, reader):
        await one.ask("sub", channel=channel)
    assert (await client.ask("typing", channel=channel))["op"] == "ok"
    await reader.event("typing")

    await db(set_state, place.bob, state)
    async with asyncio.timeout(10):
        while (answer := await client.ask("typing", channel=channel))["op"] == "ok":
            await asyncio.sleep(0.1)  # what its seat was let in by holds until the next look, a second at most
    assert answer["code"] == code
    reader.events.clear()
    assert (await client.ask("typing", channel=channel))["code"] == code
    await reader.ask("ping")
    assert reader.heard("typing") == []


async def test_hostile_channels(place: Place, charlie: User, connect: Connect) -> None:
    client = await connect(charlie)
    assert (await client.ask("typing", channel=str(place.channel.pk)))["code"] == "not_found"
    assert (await client.ask("typing", channel="9" * 30))["code"] == "not_found"
    assert (await client.ask("typing"))["code"] == "invalid"
    await db(factories.end_soon, place.space, -1)
    member = await connect(place.bob.user)
    assert (await member.ask("typing", channel=str(place.channel.pk)))["code"] == "room_gone"


def test_whom_an_event_skips_survives_the_bus_and_the_gathering() -> None:
    event = Event.of("typing", light="typing:1:7", skips=7, name="bob")
    assert unpack(pack("me", "channel:1", (event,)))[2] == (event,)

    async def gathered() -> dict[int, str]:
        async def send(_message: object) -> None: ...

        log = ChannelLog(0)
        for member in (7, 8):
            seat = Seat(Socket(AsgiLine(send)), 1)
            seat.member, seat.held = member, None
            log.seats.add(seat)
        plain = Event.of("member", who="x")
        return {seat.member: text for seat, text in chunks([event, plain], log.seats)}

    got = asyncio.run(gathered())
    assert '"typing"' not in got[7]
    assert '"member"' in got[7]
    assert '"typing"' in got[8]
