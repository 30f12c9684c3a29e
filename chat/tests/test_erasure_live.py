"""An account is deleted while rooms are open."""

import pytest

from accounts import actions
from accounts.models import User
from accounts.tests.test_erasure import ask, make_due
from chat.tests.conftest import Connect
from chat.tests.factories import Place, access_token, say
from chat.tests.gateway import db

pytestmark = pytest.mark.django_db(transaction=True)


async def test_others_see_the_neutral_name_at_once_and_ones_own_sockets_close(
    alice: User, bob: User, place: Place, connect: Connect
) -> None:
    await db(say, place.bob, "I was here")
    await db(ask, bob)
    hers, his = await connect(alice), await connect(token=await db(access_token, bob))
    for client in (hers, his):
        await client.ask("sub", channel=str(place.channel.pk))
    await db(make_due, bob)

    await db(lambda: actions.erase_person(user_id=bob.pk))

    told = await hers.event("member")
    assert told["member"]["id"] == str(place.bob.pk)
    assert told["member"]["nickname"].startswith("deleted-")
    assert (told["member"]["state"], told["member"]["avatar"]) == ("left", None)
    assert await his.close_code() == 4401
    (message,) = (await hers.ask("sub", channel=str(place.channel.pk), after=0))["changes"]
    assert message["body"] == "I was here"
    assert message["author"]["name"].startswith("deleted-")


async def test_whoever_the_room_goes_to_is_told_as_everybody_there(
    alice: User, bob: User, place: Place, connect: Connect
) -> None:
    await db(ask, alice)
    his = await connect(bob)
    await his.ask("sub", channel=str(place.channel.pk))
    await db(make_due, alice)

    await db(lambda: actions.erase_person(user_id=alice.pk))

    heir = (await his.event("member"))["member"]
    said = (await his.event("message"))["message"]
    gone = (await his.event("member"))["member"]
    assert (heir["id"], heir["role"]) == (str(place.bob.pk), "owner")
    assert said["notice"] == {"code": "handed_over", "names": ["bob"]}
    assert (gone["id"], gone["role"], gone["state"]) == (str(place.alice.pk), "member", "left")
