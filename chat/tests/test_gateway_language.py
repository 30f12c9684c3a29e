"""The gateway words its refusals for who reads them, however many read at the same time."""

import pytest

from accounts.models import User
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import PROTOCOL, Client, db, session_headers
from core.realtime import hub

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = {"ar": "لا شيء هنا، أو ليس لك أن تراه.", "en": "There is nothing here, or it is not yours to see."}


async def refusal(client: Client) -> str:
    return str((await client.ask("sub", channel="999999"))["detail"])


async def arrive(user: User, asked: str) -> Client:
    token = await db(factories.access_token, user)
    headers = [(b"accept-language", asked.encode())]
    return await Client(PROTOCOL, f"bearer.{token}", headers=headers).connect()


async def test_each_connection_is_answered_in_its_own_language(place: Place, alice: User, bob: User) -> None:
    arabic, english = await arrive(alice, "ar"), await arrive(bob, "en")
    try:
        for _ in range(2):
            assert await refusal(arabic) == NOTHING["ar"]
            assert await refusal(english) == NOTHING["en"]
        wrong = await arabic.ask("sub", channel=7)
        assert wrong["fields"] == {"channel": ["يجب أن يكون هذا معرّفًا على شكل نص."]}
    finally:
        for client in (arabic, english):
            await client.leave()
        await hub.stop()


async def test_what_a_writer_refuses_is_worded_for_its_sender(place: Place, alice: User, bob: User) -> None:
    arabic, english = await arrive(alice, "ar"), await arrive(bob, "en")
    fields = {"channel": str(place.channel.pk), "nonce": "n1"}
    try:
        for client in (arabic, english):
            await client.ask("send", **fields, body="Hello")
        numbers = [await client.send("send", **fields, body="Other") for client in (arabic, english)]
        details = [
            (await client.answer(number))["detail"] for client, number in zip((arabic, english), numbers, strict=True)
        ]
        assert details == ["استُخدم هذا الرقم الوحيد لرسالة أخرى.", "This nonce was used for another message."]
    finally:
        for client in (arabic, english):
            await client.leave()
        await hub.stop()


async def test_a_persons_own_language_goes_before_what_the_browser_asks_for(
    place: Place, alice: User, connect: Connect
) -> None:
    def choose() -> None:
        User.objects.filter(pk=alice.pk).update(language="ar")

    await db(choose)

    assert await refusal(await connect(alice)) == NOTHING["ar"]


async def test_the_language_cookie_counts(place: Place, alice: User) -> None:
    key = await db(factories.session_key, alice)
    headers = [
        (name, value + b"; django_language=ar" if name == b"cookie" else value) for name, value in session_headers(key)
    ]
    client = await Client(PROTOCOL, headers=headers).connect()
    try:
        assert await refusal(client) == NOTHING["ar"]
    finally:
        await client.leave()
        await hub.stop()
