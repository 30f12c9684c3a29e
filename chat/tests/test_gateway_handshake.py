"""Who may open a socket. The upgrade is accepted always: a browser can read a close code, not a status."""

import pytest

from accounts import actions
from accounts.credentials import ACCESS_COOKIE
from accounts.models import User
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import PROTOCOL, Client, cookie_headers, db, session_headers
from core import tokens

pytestmark = pytest.mark.django_db(transaction=True)


async def refusal(*offered: str, headers: list[tuple[bytes, bytes]] | None = None) -> int:
    client = await Client(*offered, headers=headers).connect()
    try:
        return await client.close_code()
    finally:
        await client.leave()


async def test_a_token_signs_in_and_is_never_echoed(alice: User, connect: Connect) -> None:
    client = await connect(alice)

    hello = await client.event("hello")

    assert client.protocol == PROTOCOL
    assert hello["user"] == {
        "id": str(alice.pk),
        "username": "alice",
        "name": "alice",
        "status": "online",
        "chosen": "auto",
    }
    assert hello["heartbeat_ms"] == 15000
    assert hello["server_time"].endswith("Z")
    assert hello["limits"]["frame_bytes"] == 65536


async def test_a_session_signs_in_from_our_own_pages(alice: User, connect: Connect) -> None:
    key = await db(factories.session_key, alice)

    client = await connect(session=key)

    assert (await client.event("hello"))["user"]["username"] == "alice"


async def test_a_guest_token_lets_a_guest_in(place: Place, connect: Connect) -> None:
    _, token = await db(factories.join_as_guest, place.space, "Gus")

    client = await connect(token=token)

    assert (await client.event("hello"))["user"] is None
    assert (await client.ask("sub", channel=str(place.channel.pk)))["op"] == "ok"


async def test_a_guest_cookie_lets_a_guest_in(place: Place, connect: Connect) -> None:
    _, token = await db(factories.join_as_guest, place.space, "Gus")
    client = await Client(PROTOCOL, headers=cookie_headers(f"plaza_guest_{place.space.pk}={token}")).connect()

    assert (await client.ask("sub", channel=str(place.channel.pk)))["op"] == "ok"
    await client.leave()


async def test_a_guest_of_one_room_is_a_stranger_in_the_others(alice: User, place: Place, connect: Connect) -> None:
    _, token = await db(factories.join_as_guest, place.space, "Gus")
    other = await db(factories.make_room, alice)

    client = await connect(token=token)

    assert (await client.ask("sub", channel=str(other.channel.pk)))["code"] == "not_found"


async def test_without_our_subprotocol_it_is_not_our_protocol(alice: User) -> None:
    token = await db(factories.access_token, alice)

    assert await refusal() == 4400
    assert await refusal(f"bearer.{token}") == 4400
    assert await refusal("chat", headers=session_headers(await db(factories.session_key, alice))) == 4400


async def test_without_identity_one_has_to_sign_in() -> None:
    assert await refusal(PROTOCOL) == 4401
    assert await refusal(PROTOCOL, headers=cookie_headers("csrftoken=abc")) == 4401
    assert await refusal(PROTOCOL, headers=session_headers("x" * 32)) == 4401


@pytest.mark.parametrize(
    "origin", [None, "", "null", "http://evil.example", "http://testserver.evil.example", "http://["]
)
async def test_a_cookie_counts_only_from_our_own_pages(alice: User, origin: str | None) -> None:
    key = await db(factories.session_key, alice)

    assert await refusal(PROTOCOL, headers=session_headers(key, origin=origin)) == 4403


async def test_a_host_that_is_not_ours_does_not_vouch_for_itself(alice: User) -> None:
    key = await db(factories.session_key, alice)
    headers = [
        (name, b"evil.example" if name == b"host" else value)
        for name, value in session_headers(key, origin="http://evil.example")
    ]

    assert await refusal(PROTOCOL, headers=headers) == 4403


async def test_an_access_token_in_a_cookie_is_a_cookie(alice: User) -> None:
    cookie = f"{ACCESS_COOKIE}={await db(factories.access_token, alice)}"
    client = await Client(PROTOCOL, headers=cookie_headers(cookie)).connect()
    assert (await client.event("hello"))["user"]["username"] == "alice"
    await client.leave()

    assert await refusal(PROTOCOL, headers=cookie_headers(cookie, origin="http://evil.example")) == 4403
    assert await refusal(PROTOCOL, headers=cookie_headers(f"{ACCESS_COOKIE}=x")) == 4401


async def test_a_token_needs_no_origin(alice: User) -> None:
    token = await db(factories.access_token, alice)
    client = await Client(PROTOCOL, f"bearer.{token}", headers=[(b"origin", b"http://elsewhere.example")]).connect()

    assert await client.event("hello")
    await client.leave()


async def test_bad_tokens_are_refused_even_beside_a_good_cookie(alice: User) -> None:
    issued = await db(actions.sign_in_with_password, login="alice", password="plaza-demo", address="203.0.113.7")
    expired = tokens.encode("access", {"sub": str(alice.pk), "sid": tokens.decode("access", issued.access)["sid"]}, -1)
    headers = session_headers(await db(factories.session_key, alice))

    for bad in ("", "garbage", "\xff\xfe", expired, issued.refresh, issued.access[:-2], tokens.encode("guest", {}, 60)):
        assert await refusal(PROTOCOL, f"bearer.{bad}", headers=headers) == 4401


async def test_a_revoked_sign_in_opens_no_socket(alice: User) -> None:
    issued = await db(actions.sign_in_with_password, login="alice", password="plaza-demo", address="203.0.113.7")
    await db(actions.revoke_refresh_token, refresh=issued.refresh)

    assert await refusal(PROTOCOL, f"bearer.{issued.access}") == 4401


async def test_sockets_elsewhere_are_refused_quietly() -> None:
    from channels.testing import WebsocketCommunicator

    from config.asgi import application

    elsewhere = WebsocketCommunicator(application, "/ws/other/", subprotocols=[PROTOCOL])

    assert (await elsewhere.connect())[0] is False
