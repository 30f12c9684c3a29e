"""`notify`: whoever is named hears of it on every page, and so do the people of a conversation."""

import pytest

from accounts.models import User
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import db
from rooms.models import Channel, Member, PersonBlock, Space

pytestmark = pytest.mark.django_db(transaction=True)


def make_conversation(*people: User) -> list[Member]:
    """The rows that a conversation is made of; rooms.actions opens them for people."""
    space = Space.objects.create(kind=Space.Kind.DIRECT, slug=f"direct-{people[0].pk}-{len(people)}")
    Channel.objects.create(space=space, name="talk")
    return [
        Member.objects.create(
            space=space, user=user, nickname=user.username, nickname_key=user.username, nickname_skeleton=user.username
        )
        for user in people
    ]


def mute(seat: Member) -> None:
    Member.objects.filter(pk=seat.pk).update(muted=True)


def ignore(by: User, of: User) -> None:
    PersonBlock.objects.create(by=by, of=of)


async def test_who_is_named_is_told_and_nobody_else(place: Place, alice: User, bob: User, connect: Connect) -> None:
    device, author = await connect(bob), await connect(alice)  # neither follows the channel
    await db(factories.say, place.alice, "Hello")

    message = await db(factories.say, place.alice, "@bob are you there?")

    assert await device.event("notify") == {
        "op": "notify",
        "kind": "mention",
        "channel": str(place.channel.pk),
        "space": {"slug": place.space.slug, "name": place.space.name, "kind": "flyaway"},
        "message": {"id": str(message.pk), "seq": 2, "author": "alice"},
        "unread": 2,
        "mentions": 1,
    }
    await author.ask("ping")
    assert author.heard("notify") == []


async def test_a_muted_room_still_tells_of_mentions_and_guests_hear_too(place: Place, connect: Connect) -> None:
    await db(mute, place.bob)
    _guest, token = await db(factories.join_as_guest, place.space, "Gus")
    device, guests = await connect(place.bob.user), await connect(token=token)

    await db(factories.say, place.alice, "@bob @gus")

    for client in (device, guests):
        assert (await client.event("notify"))["kind"] == "mention"


async def test_edits_tell_nobody(place: Place, alice: User, bob: User, connect: Connect) -> None:
    message = await db(factories.say, place.alice, "Hello")
    device = await connect(bob)
    await db(factories.edit, alice, message, "Hello @bob")
    await device.ask("ping")
    assert device.heard("notify") == []


async def test_every_message_of_a_conversation_is_told_unless_muted_or_ignored(
    alice: User, bob: User, charlie: User, connect: Connect
) -> None:
    seats = await db(make_conversation, alice, bob, charlie)
    bobs, charlies = await connect(bob), await connect(charlie)

    await db(factories.say, seats[0], "Hello both")
    for client in (bobs, charlies):
        told = await client.event("notify")
        assert (told["kind"], told["space"]["kind"], told["unread"]) == ("direct", "direct", 1)

    await db(mute, seats[1])
    await db(ignore, charlie, alice)
    await db(factories.say, seats[0], "Anybody?")
    await db(factories.say, seats[0], "@bob @charlie")
    assert (await bobs.event("notify"))["message"]["seq"] == 3  # muted: of mentions only
    await charlies.ask("ping")
    assert charlies.heard("notify") == []
