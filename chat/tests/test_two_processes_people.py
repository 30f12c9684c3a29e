"""Two web processes: what somebody is shown as, and that whoever lost their access is out, with Redis or without."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from chat.tests.clients import PASSWORD, Client
from chat.tests.crowds import connected, seat_people, until
from chat.tests.houses import House, without_redis
from core.tests import figures
from core.tests.servers import ON_SERVICES, ROOT, environment

pytestmark = ON_SERVICES

TOLD_SECONDS = 2.0
GRACE = 2.0
DEATH_SECONDS = 40.0
NEW_PASSWORD = "another-meadow-18"

DEACTIVATE = """
import sys, time, django
django.setup()
from accounts.actions import deactivate
from accounts.models import User
user = User.objects.get(username=sys.argv[1])
deactivate(user=user)
print("returned", time.time())
"""


# --- What somebody is shown as --------------------------------------------------------------------------------------
async def shown(watching: Client, member: str, status: str, since: float, within: float) -> float:
    """Seconds from `since` (time.time()) until `watching` was told so."""

    def heard() -> list[float]:
        return [at for who, what, at in watching.statuses if (who, what) == (member, status) and at >= since]

    assert await until(lambda: bool(heard()), within + 5), f"never {status}: {watching.statuses}"
    took = heard()[0] - since
    assert took < within, f"{status} after {took:.2f} s"
    return took


async def until_online(watching: Client, one: Client) -> None:
    assert await until(lambda: (one.seat.member, "online") in [seen[:2] for seen in watching.statuses], 10)


async def until_all_are_gone() -> None:
    """The cast is the same in every test: who left less than the grace ago comes back unnoticed."""
    await asyncio.sleep(GRACE + TOLD_SECONDS)


def statuses_of(one: Client, watching: Client) -> list[str]:
    return [status for member, status, _ in watching.statuses if member == one.seat.member]


@pytest.mark.parametrize("how", ["alive", "dead"])
async def test_a_status_reaches_the_other_process(house: House, how: str) -> None:
    await until_all_are_gone()
    alice, bob = await seat_people(house.places(2))
    took = {}
    async with connected([alice]):
        with without_redis(house, how):
            began = time.time()
            async with connected([bob]):
                took["online"] = await shown(alice, bob.seat.member, "online", began, TOLD_SECONDS)
                for status in ("busy", "absent"):
                    began = time.time()
                    await bob.choose(status)
                    took[status] = await shown(alice, bob.seat.member, status, began, TOLD_SECONDS)
                await bob.choose("auto")
                began = time.time()
            took["offline"] = await shown(alice, bob.seat.member, "offline", began, GRACE + TOLD_SECONDS)
    figures.show(f"Redis {how}: " + ", ".join(f"{status} told after {sec:.2f} s" for status, sec in took.items()))
    assert took["offline"] >= GRACE - 0.5


async def test_who_comes_back_at_the_other_process_was_never_gone(house: House) -> None:
    await until_all_are_gone()
    alice, bob = await seat_people(house.places(2))
    elsewhere = Client("bob at the other process", alice.url, bob.seat)
    async with connected([alice]):
        async with connected([bob]):
            await until_online(alice, bob)
        async with connected([elsewhere]):
            await asyncio.sleep(GRACE + 1)
    assert "offline" not in statuses_of(bob, alice)


async def test_one_of_two_tabs_is_enough_wherever_they_are(house: House) -> None:
    await until_all_are_gone()
    alice, bob = await seat_people(house.places(2))
    here, again = (Client("bob's other tab", url, bob.seat) for url in (alice.url, bob.url))
    async with connected([alice]), AsyncExitStack() as there:
        async with connected([here]):
            await until_online(alice, bob)
            async with connected([bob]):
                pass
            await asyncio.sleep(GRACE + 1.5)
            assert "offline" not in statuses_of(bob, alice)
            await there.enter_async_context(connected([again]))
        await asyncio.sleep(GRACE + 1.5)
        assert "offline" not in statuses_of(bob, alice)


@pytest.mark.slow
async def test_the_people_of_a_killed_process_are_gone_but_for_who_has_a_tab_elsewhere(house: House) -> None:
    await until_all_are_gone()
    alice, bob, charlie = await seat_people([house.webs[place].url for place in (0, 1, 1)])
    elsewhere = Client("charlie's other tab", alice.url, charlie.seat)
    async with connected([alice, elsewhere]):
        running = [asyncio.create_task(one.run()) for one in (bob, charlie)]
        await asyncio.gather(*(one.is_in() for one in (bob, charlie)))
        await until_online(alice, bob)
        for task in running:
            task.cancel()  # with its process, so that it does not come back
        house.webs[1].kill()
        try:
            took = await shown(alice, bob.seat.member, "offline", time.time(), DEATH_SECONDS)
            await asyncio.sleep(GRACE + 1)
        finally:
            await asyncio.to_thread(house.webs[1].start)
        assert "offline" not in statuses_of(charlie, alice)
    figures.show(f"killed: offline after {took:.1f} s")


# --- Out ------------------------------------------------------------------------------------------------------------
@dataclass
class SignIn:
    """One browser, or one API client, with a socket at the other process than the one where things happen."""

    http: httpx.AsyncClient  # at the first process
    other: httpx.AsyncClient  # the same cookies or token, at the other process
    socket: ClientConnection
    refresh: str = ""  # of an API client

    async def closed_at(self) -> float:
        try:
            async with asyncio.timeout(90):
                while True:
                    await self.socket.recv()
        except ConnectionClosed:
            pass
        assert self.socket.close_code == 4401
        return time.time()

    async def stays(self) -> bool:
        await asyncio.sleep(1.3)  # the next look has been
        await self.socket.send('{"op": "ping", "id": 1}')
        answers = [(await http.get("/api/v1/me")).status_code for http in (self.http, self.other)]
        return answers == [200, 200] and self.socket.close_code is None

    async def is_refused(self) -> bool:
        return [(await http.get("/api/v1/me")).status_code for http in (self.http, self.other)] == [401, 401]

    async def post(self, path: str, **form: str) -> None:
        given = {**form, "csrfmiddlewaretoken": self.http.cookies["csrftoken"]}
        answer = await self.http.post(path, data=given, headers={"Origin": str(self.http.base_url).rstrip("/")})
        assert answer.status_code in (302, 303), answer.text[:2000]


@asynccontextmanager
async def browser(house: House, username: str, password: str = PASSWORD) -> AsyncIterator[SignIn]:
    here, there = (web.url for web in house.webs)
    async with client_of(here) as http, client_of(there) as other:
        await http.get("/accounts/login/")
        form = {"login": username, "password": password, "csrfmiddlewaretoken": http.cookies["csrftoken"]}
        answer = await http.post("/accounts/login/", data=form, headers={"Origin": here})
        assert answer.status_code == 302, answer.text[:2000]
        other.cookies.update(dict(http.cookies))
        cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        async with socket_to(there, "plaza.v1", cookie=cookie) as socket:
            yield SignIn(http, other, socket)


@asynccontextmanager
async def api_client(house: House, username: str) -> AsyncIterator[SignIn]:
    here, there = (web.url for web in house.webs)
    async with client_of(here) as http, client_of(there) as other:
        answer = await http.post("/api/v1/auth/token", json={"login": username, "password": PASSWORD})
        tokens = answer.json()
        for one in (http, other):
            one.headers["Authorization"] = f"Bearer {tokens['access']}"
        async with socket_to(there, "plaza.v1", f"bearer.{tokens['access']}") as socket:
            yield SignIn(http, other, socket, tokens["refresh"])


def client_of(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=30, trust_env=False)


def socket_to(url: str, *offered: str, cookie: str = "") -> connect:
    return connect(
        url.replace("http", "ws", 1) + "/ws/",
        subprotocols=[Subprotocol(one) for one in offered],
        additional_headers={"Cookie": cookie} if cookie else {},
        origin=Origin(url) if cookie else None,
        compression=None,
        proxy=None,
    )


async def out_in_time(
    how: str, what: str, gone: list[SignIn], stay: list[SignIn], act: Callable[[], Awaitable[float]]
) -> None:
    """`act` returns when (time.time()) the access was taken; from then on it counts."""
    closed = [asyncio.create_task(one.closed_at()) for one in gone]
    began = await act()
    took = [max(0.0, await at - began) for at in closed]
    figures.show(f"Redis {how}: {what} closes after {', '.join(f'{seconds:.2f}' for seconds in took)} s")
    assert max(took) < TOLD_SECONDS
    for one in gone:
        assert await one.is_refused()
    for one in stay:
        assert await one.stays()


def timed(work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[float]]:
    """Hashing a password takes as long as it takes: what counts is from the answer on, here and below."""

    async def act() -> float:
        await work()
        return time.time()

    return act


@pytest.mark.parametrize("how", ["alive", "dead"])
async def test_signing_out_ends_that_session_in_both_processes(house: House, how: str) -> None:
    async with browser(house, "bob") as phone, browser(house, "bob") as laptop, api_client(house, "bob") as script:
        with without_redis(house, how):
            leave = timed(lambda: phone.post("/accounts/logout/"))
            await out_in_time(how, "signing out", [phone], [laptop, script], leave)


@pytest.mark.parametrize("how", ["alive", "dead"])
async def test_revoking_a_token_ends_that_sign_in_in_both_processes(house: House, how: str) -> None:
    async with api_client(house, "bob") as script, api_client(house, "bob") as other, browser(house, "bob") as phone:
        with without_redis(house, how):
            revoke = timed(lambda: script.http.post("/api/v1/auth/token/revoke", json={"refresh": script.refresh}))
            await out_in_time(how, "revoking a token", [script], [other, phone], revoke)


@pytest.mark.parametrize(("how", "who"), [("alive", "petra"), ("dead", "sana")])
async def test_a_new_password_ends_all_but_the_session_that_made_it(house: House, how: str, who: str) -> None:
    async with browser(house, who) as makes, browser(house, who) as other, api_client(house, who) as script:
        with without_redis(house, how):
            change = timed(lambda: makes.post("/accounts/password/change/", old=PASSWORD, new=NEW_PASSWORD))
            await out_in_time(how, "a new password", [other, script], [makes], change)


@pytest.mark.parametrize(("how", "who"), [("alive", "tariq"), ("dead", "charlie")])
async def test_a_closed_account_is_out_of_both_processes(house: House, how: str, who: str) -> None:
    """Closed by a third process."""
    async with browser(house, who) as phone, api_client(house, who) as script:
        with without_redis(house, how):
            await out_in_time(
                how, "closing an account", [phone, script], [], lambda: asyncio.to_thread(deactivate, house, who)
            )


def deactivate(house: House, username: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", DEACTIVATE, username],
        env=environment(house.webs[0].env),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("returned"))
    return float(line.split()[1])
