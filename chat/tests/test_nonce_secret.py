"""A nonce is its sender's: whoever knew it could tell which message somebody tried to send again."""

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from accounts.tests.factories import bearer
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import db

pytestmark = pytest.mark.django_db(transaction=True)

NONCE = 'se"cr\\et'


def history(user: User, place: Place, query: str) -> list[dict[str, Any]]:
    headers = bearer(factories.access_token(user))
    answer = Browser().get(f"/api/v1/channels/{place.channel.pk}/messages{query}", headers=headers)
    shown: list[dict[str, Any]] = answer.json()["results"]
    return shown


async def test_events_show_it_to_the_author_alone(place: Place, alice: User, bob: User, connect: Connect) -> None:
    author, authors_phone, other = await connect(alice), await connect(alice), await connect(bob)
    for client in (author, authors_phone, other):
        await client.ask("sub", channel=str(place.channel.pk))

    answer = await author.ask("send", channel=str(place.channel.pk), nonce=NONCE, body="Hi")
    await author.ask("edit", message=answer["message"]["id"], body="Ho")
    await author.ask("delete", message=answer["message"]["id"])

    assert answer["message"]["nonce"] == NONCE
    for client in (author, authors_phone):
        assert [(await client.event("message"))["message"]["nonce"] for _ in range(3)] == [NONCE] * 3
    assert ["nonce" in (await other.event("message"))["message"] for _ in range(3)] == [False] * 3


async def test_changes_show_it_to_the_author_alone(place: Place, alice: User, bob: User, connect: Connect) -> None:
    await db(factories.say, place.alice, "Hi", NONCE)

    for user, shown in ((alice, NONCE), (bob, None)):
        client = await connect(user)
        (change,) = (await client.ask("sub", channel=str(place.channel.pk), after=0))["changes"]
        assert change.get("nonce") == shown


async def test_an_owner_who_deletes_does_not_learn_it(place: Place, alice: User, connect: Connect) -> None:
    message = await db(factories.say, place.bob, "Hi", NONCE)
    client = await connect(alice)

    assert "nonce" not in (await client.ask("delete", message=str(message.pk)))["message"]


@pytest.mark.parametrize("query", ["", "?changed_after=0"])
def test_history_shows_it_to_the_author_alone(place: Place, alice: User, bob: User, query: str) -> None:
    factories.say(place.alice, "Hi", NONCE)

    assert [message.get("nonce") for message in history(alice, place, query)] == [NONCE]
    assert [message.get("nonce") for message in history(bob, place, query)] == [None]
