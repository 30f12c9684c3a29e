"""A ban by the room's owner, over REST at one process, with Redis alive: out within a second at every process, and kept
out by whatever they try, while the neighbours at the same address stay. Unbanning restores."""

import time
from typing import Any

import httpx
import pytest

from chat.tests.clients import Client, Refused
from chat.tests.crowds import connected, seat_people, until, until_heard
from chat.tests.houses import House
from core.tests import figures
from core.tests.servers import ON_SERVICES

pytestmark = ON_SERVICES


async def test_a_ban_bites_at_once_everywhere_and_holds(house: House) -> None:
    """All of them come from this machine, so the neighbours share the banned one's address."""
    crowd = await seat_people(house.places(4))
    alice, bob, charlie, guest = crowd
    here, there = (client.url for client in crowd[:2])
    elsewhere = Client("bob's other device", here, bob.seat)
    async with connected([*crowd, elsewhere]):
        slug = await slug_of(alice)
        called = time.time()
        await act(here, alice, slug, bob, "ban")
        assert await until(lambda: bool(bob.outs and elsewhere.outs), 5)
        took = [client.outs[0][1] - called for client in (bob, elsewhere)]
        figures.show(f"banned over REST, Redis alive: out after {', '.join(f'{seconds:.2f}' for seconds in took)} s")
        assert [client.outs[0][0] for client in (bob, elsewhere)] == ["banned"] * 2
        assert max(took) < 1
        with pytest.raises(Refused, match="not_found"):
            await bob.say("May I?")
        for base in (here, there):
            assert await looks(base, bob, slug) == [404, 404, 404]
        for base in (here, there):
            for headers in ({}, {"X-Forwarded-For": "192.0.2.99"}, {"X-Forwarded-For": "192.0.2.99, 192.0.2.98"}):
                assert await join(base, slug, "Somebody", headers=headers) == (403, "banned"), "as a guest"
                with_token = {**headers, "Authorization": f"Bearer {bob.seat.token}"}
                assert await join(base, slug, "Another", headers=with_token) == (403, "banned")
        for neighbour in (charlie, guest):
            await neighbour.say("I am still here.")
        assert (charlie.outs, guest.outs) == ([], [])

        await act(there, alice, slug, bob, "unban")
        assert (await join(there, slug, bob.name, headers={"Authorization": f"Bearer {bob.seat.token}"}))[0] == 200
        assert (await join(here, slug, "Somebody"))[0] == 200
        back = [Client("bob again", base, bob.seat) for base in (here, there)]
        async with connected(back):
            for client in back:
                message = await client.say("Here I am.")
                await until_heard(charlie, message["id"])


async def slug_of(client: Client) -> str:
    """Of the room that they are in: the newest one."""
    async with httpx.AsyncClient(base_url=client.url, trust_env=False) as http:
        rooms = (await http.get("/api/v1/rooms?limit=100")).json()["results"]
    return str(next(room["slug"] for room in rooms if room["channel"] == client.seat.channel))


async def looks(base: str, client: Client, slug: str) -> list[int]:
    """What they get of the room."""
    channel = f"/api/v1/channels/{client.seat.channel}/messages"
    headers = {"Authorization": f"Bearer {client.seat.token}"}
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        paths = (f"/api/v1/rooms/{slug}", f"/api/v1/rooms/{slug}/members", channel)
        return [(await http.get(path, headers=headers)).status_code for path in paths]


async def act(base: str, by: Client, slug: str, whom: Client, name: str) -> None:
    headers = {"Authorization": f"Bearer {by.seat.token}"}
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        answer = await http.post(f"/api/v1/rooms/{slug}/members/{whom.seat.member}/{name}", headers=headers)
    assert answer.status_code == 200, answer.text


async def join(base: str, slug: str, nickname: str, headers: dict[str, Any] | None = None) -> tuple[int, str]:
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        answer = await http.post(f"/api/v1/rooms/{slug}/join", json={"nickname": nickname}, headers=headers)
    return answer.status_code, answer.json().get("code", "")
