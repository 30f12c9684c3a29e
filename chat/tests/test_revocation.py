"""Whose sign-in has ended is out within two seconds, whether or not a hint came; other sign-ins stay."""

import asyncio
import time
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.db.models import F
from django.test import Client as Browser
from django.utils import timezone

from accounts import actions
from accounts.errors import TokenInvalid
from accounts.models import SignIn, User
from accounts.tests.factories import PASSWORD, sign_in
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import Client, db

pytestmark = pytest.mark.django_db(transaction=True)

# Seconds. A look comes each second; beside other tests it may have to wait. test_two_processes_people holds it to two.
AT_ONCE, BY_THE_LOOK = 0.9, 4.0


async def closed_within(seconds: float, client: Client, revoke: Callable[[], object]) -> None:
    await client.ask("ping")
    began = time.monotonic()
    await db(revoke)
    began = min(began + 0.5, time.monotonic())  # hashing and commits on a busy machine are not what is measured
    assert await client.close_code() == 4401
    assert time.monotonic() - began < seconds


async def is_open(client: Client) -> bool:
    await asyncio.sleep(1.3)  # the next look has been
    return client.closed is None and (await client.ask("ping"))["op"] == "ok"


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def key_of(browser: Browser) -> str:
    return browser.cookies["plaza_session"].value


def sign_in_of(user: User) -> SignIn:
    return SignIn.objects.filter(user=user).latest("created_at")


def raise_auth_rev(user: User) -> None:
    User.objects.filter(pk=user.pk).update(auth_rev=F("auth_rev") + 1)


async def test_revoking_a_token_ends_the_sockets_of_that_sign_in_alone(
    alice: User, bob: User, connect: Connect
) -> None:
    issued = await db(sign_in, "alice")
    revoked, again = await connect(token=issued.access), await connect(token=issued.access)
    stays, other = await connect(alice), await connect(bob)

    await closed_within(AT_ONCE, revoked, lambda: actions.revoke_refresh_token(refresh=issued.refresh))

    assert await again.close_code() == 4401
    assert await is_open(stays)
    assert await is_open(other)


async def test_a_refreshed_token_keeps_the_socket(alice: User, connect: Connect) -> None:
    issued = await db(sign_in, "alice")
    client = await connect(token=issued.access)

    fresh = await db(actions.rotate_refresh_token, refresh=issued.refresh)

    assert await is_open(client)
    assert await is_open(await connect(token=fresh.access))


async def test_using_a_refresh_token_twice_ends_the_family_and_its_sockets(alice: User, connect: Connect) -> None:
    issued = await db(sign_in, "alice")
    client = await connect(token=issued.access)
    await db(actions.rotate_refresh_token, refresh=issued.refresh)

    def again() -> None:
        with pytest.raises(TokenInvalid):
            actions.rotate_refresh_token(refresh=issued.refresh)

    await closed_within(AT_ONCE, client, again)


async def test_signing_out_ends_that_session_alone(alice: User, connect: Connect) -> None:
    phone, laptop = await db(browser_of, alice), await db(browser_of, alice)
    gone, stays = await connect(session=key_of(phone)), await connect(session=key_of(laptop))
    by_token = await connect(alice)

    await closed_within(AT_ONCE, gone, lambda: phone.post("/accounts/logout/"))

    assert await is_open(stays)
    assert await is_open(by_token)


async def test_a_new_password_keeps_only_the_session_that_made_it(alice: User, connect: Connect) -> None:
    phone, laptop = await db(browser_of, alice), await db(browser_of, alice)
    stays, gone = await connect(session=key_of(phone)), await connect(session=key_of(laptop))
    by_token = await connect(alice)
    form = {"old": PASSWORD, "new": "another-meadow-18"}

    await closed_within(AT_ONCE, gone, lambda: phone.post("/accounts/password/change/", form))

    assert await by_token.close_code() == 4401
    assert await is_open(stays)


async def test_a_closed_account_has_no_socket(alice: User, connect: Connect) -> None:
    clients = [await connect(alice), await connect(session=await db(factories.session_key, alice))]

    await closed_within(AT_ONCE, clients[0], lambda: actions.deactivate(user=alice))

    assert await clients[1].close_code() == 4401


async def test_a_lost_hint_is_found_in_the_database(alice: User, connect: Connect) -> None:
    """As after an action of a process whose Redis is dead: rows only."""
    gone, stays = await connect(alice), await connect(alice)
    newest = await db(sign_in_of, alice)
    assert await is_open(gone)

    def revoke_unheard() -> None:
        SignIn.objects.exclude(pk=newest.pk).update(revoked_at=timezone.now())
        raise_auth_rev(alice)

    await closed_within(BY_THE_LOOK, gone, revoke_unheard)
    assert await is_open(stays)


async def test_a_lost_hint_of_a_deactivation_just_after_the_handshake(alice: User, connect: Connect) -> None:
    client = await connect(alice)

    await closed_within(BY_THE_LOOK, client, lambda: User.objects.filter(pk=alice.pk).update(is_active=False))


async def test_a_session_that_was_deleted_unheard(alice: User, connect: Connect) -> None:
    client = await connect(session=await db(factories.session_key, alice))
    assert await is_open(client)

    def delete_unheard() -> None:
        Session.objects.all().delete()
        raise_auth_rev(alice)

    await closed_within(BY_THE_LOOK, client, delete_unheard)


async def test_a_person_who_is_gone_has_no_socket(charlie: User, connect: Connect) -> None:
    client = await connect(charlie)
    assert await is_open(client)

    await closed_within(BY_THE_LOOK, client, lambda: User.objects.filter(pk=charlie.pk).delete())


async def test_guests_have_no_sign_in_to_lose(place: Place, connect: Connect) -> None:
    _, token = await db(factories.join_as_guest, place.space, "Gus")

    assert await is_open(await connect(token=token))
