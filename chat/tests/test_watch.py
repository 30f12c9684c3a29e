"""The people whom a page shows outside of rooms: what they are is told at once, and then live."""

import asyncio
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import actions as accounts
from accounts.models import User
from accounts.tests import factories as people
from chat.consumers import Gateway
from chat.ops import _shown
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import Client, db
from core.realtime import hub
from core.realtime.lines import DIED

pytestmark = pytest.mark.django_db(transaction=True)


async def watch(client: Client, *users: User) -> dict[str, str]:
    """Name -> status, as answered."""
    answer = await client.ask("watch", people=[str(user.pk) for user in users])
    assert answer["op"] == "ok", answer
    names = {str(user.pk): user.username for user in users}
    return {names[one["user"]]: one["status"] for one in answer["presence"]}


async def test_whom_a_page_shows_is_told_at_once_and_live(alice: User, bob: User, connect: Connect) -> None:
    watching = await connect(alice)
    assert await watch(watching, bob) == {"bob": "offline"}

    page = await connect(bob)
    assert await watching.event("presence", user=str(bob.pk)) == {
        "op": "presence", "user": str(bob.pk), "status": "online",
    }  # fmt: skip
    await page.ask("status", status="busy")
    heard = await watching.event("presence", user=str(bob.pk))
    assert (heard["status"], "chosen" in heard) == ("busy", False)
    assert await watch(watching, bob) == {"bob": "busy"}
    await page.leave()
    await watching.event("presence", user=str(bob.pk), status="offline")


async def test_a_list_takes_the_place_of_the_one_before(
    alice: User, bob: User, charlie: User, connect: Connect
) -> None:
    watching = await connect(alice)
    await watch(watching, bob)
    await watch(watching, charlie)

    for user in (bob, charlie):
        await connect(user)
    await watching.event("presence", user=str(charlie.pk), status="online")
    assert await watch(watching) == {}
    await db(accounts.set_status, user=charlie, status="busy")
    await asyncio.sleep(1.3)

    assert {frame["user"] for frame in watching.heard("presence")} <= {str(alice.pk)}
    assert hub.ensure().watches._sockets == {}


async def test_nobody_else_hears_of_whom_one_watches(alice: User, bob: User, charlie: User, connect: Connect) -> None:
    watching, other = await connect(alice), await connect(charlie)
    await watch(watching, bob)

    await connect(bob)
    await watching.event("presence", user=str(bob.pk), status="online")
    await asyncio.sleep(0.3)

    assert {frame["user"] for frame in other.heard("presence")} <= {str(charlie.pk)}


async def test_one_is_there_oneself_by_the_very_socket_that_asks(alice: User, connect: Connect) -> None:
    assert await watch(await connect(alice), alice) == {"alice": "online"}


async def test_hello_says_what_was_chosen(alice: User, connect: Connect) -> None:
    hello = await (await connect(alice)).event("hello")
    assert (hello["user"]["status"], hello["user"]["chosen"]) == ("online", "auto")

    await db(accounts.set_status, user=alice, status="busy")
    hello = await (await connect(alice)).event("hello")
    assert (hello["user"]["status"], hello["user"]["chosen"]) == ("busy", "busy")


async def test_a_guest_may_watch_as_everybody_may_see_the_page(place: Place, bob: User, connect: Connect) -> None:
    _, token = await db(factories.join_as_guest, place.space, "Gus")
    guest = await connect(token=token)

    assert await watch(guest, bob) == {"bob": "offline"}
    await connect(bob)
    await guest.event("presence", user=str(bob.pk), status="online")


async def test_a_stranger_cannot_ask(bob: User, connect: Connect) -> None:
    stranger = await connect()

    assert await stranger.close_code() == 4401


# --- Who may not be seen ---------------------------------------------------------------------------------------------
async def test_who_has_no_public_page_is_left_out_like_who_never_was(
    alice: User, bob: User, charlie: User, connect: Connect
) -> None:
    def close_and_erase() -> None:
        accounts.deactivate(user=bob)
        User.objects.filter(pk=charlie.pk).update(erased_at="2026-01-01T00:00:00Z")

    await db(close_and_erase)
    watching = await connect(alice)
    named = [str(bob.pk), str(charlie.pk), "999999", str(2**63 - 1)]

    answer = await watching.ask("watch", people=named)

    assert answer == {"op": "ok", "id": answer["id"], "presence": []}
    await db(accounts.set_status, user=charlie, status="busy")
    await asyncio.sleep(1.3)
    assert {frame["user"] for frame in watching.heard("presence")} <= {str(alice.pk)}
    assert hub.ensure().watches._sockets == {}


@pytest.mark.parametrize(
    "named", ["", "0", "-1", "01", "1.0", "abc", "1 or 1=1", "٣", "9" * 19, "9" * 400, "\x00", "\ud800", "1\n"]
)
async def test_what_can_be_no_id_is_left_out(alice: User, bob: User, connect: Connect, named: str) -> None:
    watching = await connect(alice)

    answer = await watching.ask("watch", people=[named, str(bob.pk), named, str(bob.pk)])

    assert [one["user"] for one in answer["presence"]] == [str(bob.pk)]


@pytest.mark.parametrize(
    "named",
    [None, "", "1", 1, True, {}, {"1": "1"}, [1], [None], [["1"]], [{}], [True], ["1"] * 101, ["1", 2], ["x"] * 10_000],
    ids=lambda named: str(named)[:20],
)
async def test_what_is_no_list_of_ids_is_refused_and_the_one_before_stays(
    alice: User, bob: User, connect: Connect, named: Any
) -> None:
    watching = await connect(alice)
    await watch(watching, bob)

    refused = await watching.ask("watch", people=named)

    assert (refused["code"], list(refused["fields"])) == ("invalid", ["people"])
    await connect(bob)
    await watching.event("presence", user=str(bob.pk), status="online")


async def test_a_hundred_are_the_most(alice: User, bob: User, connect: Connect) -> None:
    watching = await connect(alice)

    answer = await watching.ask("watch", people=[str(bob.pk), *(str(10_000 + number) for number in range(99))])

    assert [one["user"] for one in answer["presence"]] == [str(bob.pk)]


async def test_watching_without_end_is_slowed_down(alice: User, bob: User, connect: Connect, settings: Any) -> None:
    settings.RATE_OPS = "5/10s"
    watching = Client("plaza.v1", f"bearer.{await db(factories.access_token, alice)}", gateway=Gateway())
    await watching.connect()
    try:
        answers = [await watching.ask("watch", people=[str(bob.pk)]) for _ in range(7)]
    finally:
        await watching.leave()
        await hub.stop()

    assert [answer["op"] for answer in answers] == ["ok"] * 5 + ["err"] * 2
    assert answers[-1]["code"] == "slow_down"


# --- What it costs ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("many", [1, 30])
def test_any_number_of_people_is_two_queries(alice: User, many: int) -> None:
    ids = {people.make_person(f"person-{number}").pk for number in range(many)}

    with CaptureQueriesContext(connection) as asked:
        assert len(_shown(factories.caller(alice), ids)) == many

    assert len(asked) == 2


async def test_who_is_gone_leaves_nothing_behind(alice: User, bob: User, connect: Connect) -> None:
    watching = await connect(alice)
    await watch(watching, bob)
    assert hub.ensure().watches._sockets

    await watching.leave()

    assert hub.ensure().watches._sockets == {}


# --- Who died --------------------------------------------------------------------------------------------------------
async def test_who_died_is_offline_without_grace(alice: User, bob: User, connect: Connect) -> None:
    """core/tests/test_dead_peers.py sees that the server tells a death as one."""
    watching = await connect(alice)
    await watch(watching, bob)
    dying = await connect(bob)
    await watching.event("presence", user=str(bob.pk), status="online")
    await asyncio.sleep(0.6)  # so that the next write need not wait

    loop = asyncio.get_running_loop()
    began = loop.time()
    await dying.leave(code=DIED)

    await watching.event("presence", user=str(bob.pk), status="offline")
    assert loop.time() - began < 1.8  # a clean close takes the two seconds of grace before that
