"""Too fast: told so with how long to wait, and closed if that changes nothing."""

import asyncio
from typing import Any

import pytest

from accounts.models import User
from chat import consumers
from chat.models import Message
from chat.tests import factories
from chat.tests.factories import Place
from chat.tests.gateway import PROTOCOL, Client, db
from core.realtime import hub

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def client(place: Place, bob: User, settings: Any, transactional_db: None):
    """On a gateway of its own: rates are read when it is made."""
    settings.RATE_SENDS, settings.RATE_OPS = "5/s", "10/2s"
    token = await db(factories.access_token, bob)
    one = Client(PROTOCOL, f"bearer.{token}", gateway=consumers.Gateway())
    yield await one.connect()
    await one.leave()
    await hub.stop()


async def test_the_allowance_may_be_used_at_once(client: Client, place: Place) -> None:
    answers = [await client.ask("send", channel=str(place.channel.pk), nonce=f"n{n}", body="x") for n in range(5)]

    assert {answer["op"] for answer in answers} == {"ok"}


async def test_beyond_it_one_is_told_how_long_to_wait(client: Client, place: Place) -> None:
    fields = {"channel": str(place.channel.pk), "body": "x"}
    numbers = [await client.send("send", nonce=f"n{n}", **fields) for n in range(7)]

    answers = [await client.answer(number) for number in numbers]

    refused = answers[-1]
    assert (refused["op"], refused["code"]) == ("err", "slow_down")
    assert 0 < refused["retry_ms"] <= 400
    assert await db(Message.objects.count) == sum(answer["op"] == "ok" for answer in answers)
    await asyncio.sleep(refused["retry_ms"] / 1000 + 0.02)
    assert (await client.ask("send", nonce="n6", **fields))["op"] == "ok"


async def test_sends_and_other_operations_have_allowances_of_their_own(client: Client, place: Place) -> None:
    numbers = [await client.send("ping") for _ in range(12)]

    assert (await client.answer(numbers[-1]))["code"] == "slow_down"
    assert (await client.ask("send", channel=str(place.channel.pk), nonce="n", body="x"))["op"] == "ok"


@pytest.mark.parametrize("frame", ['{"op": "ping", "id": 1}', "{}", '{"op": "fly", "id": 1}', '{"op": "send"}'])
async def test_who_goes_on_is_closed(client: Client, frame: str) -> None:
    """Whatever it is that floods: nonsense costs an answer as well."""
    for _ in range(200):
        await client.put(frame)

    assert await client.close_code() == 4429


async def test_the_rates_are_the_persons_not_the_sockets(client: Client, bob: User, place: Place) -> None:
    other = Client(PROTOCOL, f"bearer.{await db(factories.access_token, bob)}", gateway=client.gateway)
    await other.connect()
    for _ in range(10):
        await client.ask("ping")

    assert (await other.ask("ping"))["code"] == "slow_down"
    await other.leave()
