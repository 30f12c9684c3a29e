"""A room ends at its instant on a server with no worker: sockets are told, everything refuses, the name is free."""

import asyncio
import time

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from chat.tests.checker import count_stored
from chat.tests.clients import Api
from core.tests import figures
from core.tests.servers import PlazaFactory, RunningPlaza

LONGEST = 20  # seconds that a room lives here
GONE = 410
NEW = {"name": "Short lived", "nickname": "bob"}


@pytest.fixture(params=[6, pytest.param(LONGEST, marks=pytest.mark.laboratory)])
def web(start_plaza: PlazaFactory, request: pytest.FixtureRequest) -> RunningPlaza:
    """The web process alone: nobody does jobs."""
    return start_plaza({"ROOM_LIFETIME": str(request.param), "ROOM_COOLDOWN": "0"}, command="web")


async def test_at_its_instant_with_no_worker(web: RunningPlaza) -> None:
    async with Api(web.url) as api, httpx.AsyncClient(base_url=web.url, trust_env=False) as http:
        alice, bob = await api.sign_in("alice"), await api.sign_in("bob")
        slug = await api.open_room(alice, "Short lived", "alice")
        mine, guest = await api.join(slug, "alice", alice), await api.join(slug, "Gus")
        signed_in = {"Authorization": f"Bearer {alice}"}
        messages = f"/api/v1/channels/{mine.channel}/messages"
        said = {"nonce": "early", "body": "In time"}
        message = (await http.post(messages, json=said, headers=signed_in)).json()["id"]
        for path in (f"/api/v1/rooms/{slug}", messages, f"/rooms/{slug}/"):
            assert (await http.get(path, headers=signed_in)).status_code == 200, path
        ends = (await http.get(f"/api/v1/rooms/{slug}")).json()["expires_at"]
        ends_at = time.mktime(time.strptime(ends[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float(ends[19:23])

        told = await asyncio.gather(*(out_of(web, seat.token, seat.channel) for seat in (mine, guest)))

        for reason, at in told:
            assert reason == "expired"
            assert -0.1 < at - ends_at < 1
        figures.show(f"told {', '.join(f'{at - ends_at:.3f}' for _, at in told)} s after the end, with no worker")
        assert (
            await http.post("/api/v1/rooms", json=NEW, headers={"Authorization": f"Bearer {bob}"})
        ).status_code == 201
        for path in (f"/api/v1/rooms/{slug}", f"/api/v1/rooms/{slug}/members", messages, f"/rooms/{slug}/"):
            for headers in (signed_in, {}):
                assert (await http.get(path, headers=headers)).status_code in (GONE, 401, 404), path
            assert (await http.get(path, headers=signed_in)).status_code == GONE, path
        for method, path, body in (
            ("POST", messages, {"nonce": "n", "body": "Too late"}),
            ("PATCH", f"/api/v1/messages/{message}", {"body": "Too late"}),
            ("DELETE", f"/api/v1/messages/{message}", None),
            ("PUT", f"/api/v1/channels/{mine.channel}/read", {"seq": 1}),
            ("POST", f"/api/v1/rooms/{slug}/join", {"nickname": "alice"}),
            ("POST", f"/api/v1/rooms/{slug}/leave", {}),
        ):
            answer = await http.request(method, path, json=body, headers=signed_in)
            assert (answer.status_code, answer.json()["code"]) == (GONE, "room_gone"), (method, path)
        assert (await http.post(f"/api/v1/rooms/{slug}/join", json={"nickname": "New"})).json()["code"] == "room_gone"
        listed = [room["slug"] for room in (await http.get("/api/v1/rooms?limit=100")).json()["results"]]
        assert slug not in listed
        assert count_stored(web.env, f"chat_message WHERE id = {int(message)}") == 1, "nobody has swept it"


async def out_of(web: RunningPlaza, token: str, channel: str) -> tuple[str, float]:
    """Why and when (time.time()) this socket was put out; and that it is refused from then on."""
    offered = [Subprotocol("plaza.v1"), Subprotocol(f"bearer.{token}")]
    async with connect(web.ws_url, subprotocols=offered, proxy=None) as socket:
        await socket.send(orjson.dumps({"op": "sub", "id": 1, "channel": channel}).decode())
        async with asyncio.timeout(LONGEST + 20):
            reason, at = "", 0.0
            async for frame in socket:
                for line in str(frame).split("\n"):
                    event = orjson.loads(line)
                    if event["op"] == "out":
                        reason, at = event["reason"], time.time()
                        await socket.send(orjson.dumps({"op": "sub", "id": 2, "channel": channel}).decode())
                        said = {"op": "send", "id": 3, "channel": channel, "nonce": "n", "body": "Too late"}
                        await socket.send(orjson.dumps(said).decode())
                    if event.get("id") in (2, 3):
                        assert event["code"] == "room_gone"
                    if event.get("id") == 3:
                        return reason, at
    raise AssertionError("the socket ended before the room")
