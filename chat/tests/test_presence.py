"""Online, busy, absent, offline: chosen or automatic, and told wherever somebody is shown."""

import asyncio
from typing import Any

import pytest

from accounts import actions as accounts
from accounts.models import User
from accounts.pictures import avatar_path
from accounts.presence import statuses
from accounts.signals import profile_changed
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import Client, db
from core.models import PresenceChange
from rooms import actions as rooms

pytestmark = pytest.mark.django_db(transaction=True)

GRACE = 2.0


async def subscribed(connect: Connect, place: Place, user: User | None = None, token: str = "") -> Client:
    client = await connect(user, token=token)
    await client.ask("sub", channel=str(place.channel.pk))
    return client


async def status_of(user: User) -> str:
    return (await db(lambda: statuses([User.objects.get(pk=user.pk)])))[user.pk]


def presence(place: Place, user: User, seat: Any, status: str) -> dict[str, str]:
    return {
        "op": "presence",
        "user": str(user.pk),
        "member": str(seat.pk),
        "channel": str(place.channel.pk),
        "status": status,
    }


async def test_who_connects_is_online_for_all_who_see_them(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    watching = await subscribed(connect, place, alice)

    await connect(bob)

    assert await watching.event("presence", user=str(bob.pk)) == presence(place, bob, place.bob, "online")
    assert await status_of(bob) == "online"


async def test_who_leaves_for_good_is_offline_two_seconds_later(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    watching, leaving = await subscribed(connect, place, alice), await connect(bob)
    await watching.event("presence", user=str(bob.pk), status="online")

    loop = asyncio.get_running_loop()
    began = loop.time()
    await leaving.leave()

    assert await watching.event("presence", user=str(bob.pk)) == presence(place, bob, place.bob, "offline")
    assert GRACE <= loop.time() - began < GRACE + 2
    assert await status_of(bob) == "offline"


async def test_who_loads_the_page_again_was_never_gone(place: Place, alice: User, bob: User, connect: Connect) -> None:
    watching, page = await subscribed(connect, place, alice), await connect(bob)
    await watching.event("presence", user=str(bob.pk), status="online")

    await page.leave()
    await asyncio.sleep(0.8)
    again = await connect(bob)
    await asyncio.sleep(GRACE + 0.8)

    assert watching.heard("presence") == []
    assert await status_of(bob) == "online"
    assert again.closed is None


async def test_one_of_two_tabs_is_enough(place: Place, alice: User, bob: User, connect: Connect) -> None:
    watching = await subscribed(connect, place, alice)
    tabs = [await connect(bob), await connect(bob)]
    await watching.event("presence", user=str(bob.pk), status="online")

    await tabs[0].leave()
    await asyncio.sleep(GRACE + 0.8)

    assert watching.heard("presence") == []
    assert await status_of(bob) == "online"


async def test_idle_on_all_pages_is_absent(place: Place, alice: User, bob: User, connect: Connect) -> None:
    watching = await subscribed(connect, place, alice)
    tabs = [await connect(bob), await connect(bob)]
    await watching.event("presence", user=str(bob.pk), status="online")

    assert (await tabs[0].ask("status", idle=True))["op"] == "ok"
    await asyncio.sleep(0.8)
    assert watching.heard("presence") == []
    await tabs[1].ask("status", idle=True)
    await watching.event("presence", user=str(bob.pk), status="absent")
    await tabs[0].ask("status", idle=False)
    await watching.event("presence", user=str(bob.pk), status="online")


async def test_a_choice_follows_the_person_and_their_devices_hear_of_it(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    watching = await subscribed(connect, place, alice)
    phone, laptop = await connect(bob), await connect(bob)
    await watching.event("presence", user=str(bob.pk), status="online")

    answer = await phone.ask("status", status="busy")

    assert answer == {"op": "ok", "id": answer["id"], "status": "busy"}
    await watching.event("presence", user=str(bob.pk), status="busy")
    heard = await laptop.event("presence", status="busy")
    assert heard == {"op": "presence", "user": str(bob.pk), "status": "busy", "chosen": "busy"}
    hello = await (await connect(bob)).event("hello")
    assert hello["user"]["status"] == "busy"


async def test_a_choice_stands_whatever_the_pages_say(place: Place, alice: User, bob: User, connect: Connect) -> None:
    watching, page = await subscribed(connect, place, alice), await connect(bob)
    await page.ask("status", status="online", idle=True)
    await watching.event("presence", user=str(bob.pk), status="online")
    assert await status_of(bob) == "online"

    await page.ask("status", status="auto")
    await watching.event("presence", user=str(bob.pk), status="absent")


async def test_who_chose_and_is_not_there_is_offline(place: Place, bob: User) -> None:
    await db(accounts.set_status, user=bob, status="busy")

    assert await status_of(bob) == "offline"


async def test_a_choice_of_another_process_is_found_without_a_hint(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    """As with a dead Redis: only the rows tell of it."""
    watching, _page = await subscribed(connect, place, alice), await connect(bob)
    await watching.event("presence", user=str(bob.pk), status="online")

    def choose_unheard() -> None:
        User.objects.filter(pk=bob.pk).update(status="absent")
        PresenceChange.objects.create(key=f"person:{bob.pk}")

    await db(choose_unheard)
    async with asyncio.timeout(2):
        await watching.event("presence", user=str(bob.pk), status="absent")


async def test_a_guest_is_shown_by_the_sockets_of_their_seat(place: Place, alice: User, connect: Connect) -> None:
    watching = await subscribed(connect, place, alice)
    guest, token = await db(factories.join_as_guest, place.space, "Gus")
    page = await connect(token=token)

    heard = await watching.event("presence", member=str(guest.pk))
    assert (heard["user"], heard["status"]) == (str(guest.pk), "online")
    await page.ask("status", idle=True)
    await watching.event("presence", member=str(guest.pk), status="absent")
    await page.leave()
    await watching.event("presence", member=str(guest.pk), status="offline")


async def test_a_guest_has_nothing_to_keep_a_choice_in(place: Place, connect: Connect) -> None:
    _, token = await db(factories.join_as_guest, place.space, "Gus")
    page = await connect(token=token)

    refused = await page.ask("status", status="busy", idle=True)

    assert (refused["op"], refused["code"]) == ("err", "not_authenticated")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "status"),
        ({"status": "dancing"}, "status"),
        ({"status": ""}, "status"),
        ({"status": ["busy"]}, "status"),
        ({"status": {"a": 1}}, "status"),
        ({"status": True}, "status"),
        ({"status": "Busy\x00"}, "status"),
        ({"idle": "yes"}, "idle"),
        ({"idle": 1}, "idle"),
        ({"idle": None}, "status"),
        ({"status": "busy", "idle": []}, "idle"),
    ],
)
async def test_what_is_no_status_is_refused_and_changes_nothing(
    bob: User, connect: Connect, fields: dict[str, Any], wrong: str
) -> None:
    page = await connect(bob)

    refused = await page.ask("status", **fields)

    assert (refused["code"], list(refused["fields"])) == ("invalid", [wrong])
    assert await db(lambda: User.objects.get(pk=bob.pk).status) == ""


async def test_strangers_hear_nothing(place: Place, alice: User, bob: User, charlie: User, connect: Connect) -> None:
    watching, stranger = await subscribed(connect, place, alice), await connect(charlie)
    assert (await stranger.ask("sub", channel=str(place.channel.pk)))["code"] == "not_found"

    page = await connect(bob)
    await page.ask("status", status="busy")
    await watching.event("presence", user=str(bob.pk), status="busy")
    await asyncio.sleep(0.3)

    assert {frame["user"] for frame in stranger.heard("presence")} <= {str(charlie.pk)}


async def test_who_left_or_was_banned_is_shown_no_more(place: Place, alice: User, bob: User, connect: Connect) -> None:
    watching, page = await subscribed(connect, place, alice), await connect(bob)
    await watching.event("presence", user=str(bob.pk), status="online")

    await db(rooms.ban_member, caller=factories.caller(alice), member=place.bob)
    assert (await watching.event("member"))["member"]["status"] == "offline"
    await page.ask("status", status="busy")
    await asyncio.sleep(1.3)

    assert watching.heard("presence") == []


async def test_who_signs_out_is_gone(place: Place, alice: User, bob: User, connect: Connect) -> None:
    watching = await subscribed(connect, place, alice)
    page = await connect(bob)
    await watching.event("presence", user=str(bob.pk), status="online")

    await db(accounts.deactivate, user=bob)

    assert await page.close_code() == 4401
    await watching.event("presence", user=str(bob.pk), status="offline")


async def test_a_new_picture_reaches_the_room_and_what_one_says(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    watching = await subscribed(connect, place, alice)

    def change() -> None:
        User.objects.filter(pk=bob.pk).update(avatar="abc")
        profile_changed.send(sender=User, user=User.objects.get(pk=bob.pk))

    await db(change)
    heard = await watching.event("member")
    assert heard["member"]["id"] == str(place.bob.pk)
    assert heard["member"]["avatar"] == avatar_path("abc")
    await db(factories.say, place.bob)
    assert (await watching.event("message"))["message"]["author"]["avatar"] == avatar_path("abc")
