"""People whose deliveries are timed, and the memory of a process."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bench.chaos.people import Door
from bench.chaos.services import House

MIB = 1024 * 1024


def memory(pid: int) -> int:
    """Bytes of it that are in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


class Memory:
    """The most that a process had, from the start on; `grown` in MiB."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.before = self.most = memory(pid)

    async def watch(self) -> None:
        while True:
            with suppress(OSError):
                self.most = max(self.most, memory(self._pid))
            await asyncio.sleep(0.1)

    @property
    def grown(self) -> float:
        return (self.most - self.before) / MIB


def p99(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98] if len(seconds) > 1 else float("inf")


def gateway(url: str, token: str, **more: Any) -> connect:
    """A plain socket, without the faithful client around it."""
    protocols = [Subprotocol("plaza.v1"), Subprotocol(f"bearer.{token}")]
    address = url.replace("http", "ws", 1) + "/ws/"
    options = {"compression": None, "ping_interval": None, "proxy": None, "max_size": 2**24, "open_timeout": 30}
    return connect(address, subprotocols=protocols, **(options | more))


class Room:
    """A room of alice's at one web process, with readers that time what they hear, and a few who talk."""

    def __init__(self, house: House, token: str, slug: str, channel: str) -> None:
        self.url, self.pid = house.webs[0].url, house.webs[0].pid
        self.token, self.slug, self.channel = token, slug, channel
        self.waits: list[float] = []  # seconds from saying to hearing, of each reader and message
        self.errors: list[str] = []

    async def enter(self, **more: Any) -> ClientConnection:
        socket = await gateway(self.url, self.token, **more)
        await socket.recv()
        await socket.send(orjson.dumps({"op": "sub", "id": 1, "channel": self.channel}).decode())
        await socket.recv()
        return socket

    async def listen(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in socket:
                now = time.monotonic()
                for line in str(text).split("\n"):
                    self._hear(orjson.loads(line), now)

    def _hear(self, frame: dict[str, Any], now: float) -> None:
        body = (frame.get("message") or {}).get("body", "") if frame["op"] == "message" else ""
        if body.startswith("at "):
            self.waits.append(now - float(body.split()[1]))
        if frame["op"] == "err":
            self.errors.append(str(frame))

    async def talk(self, socket: ClientConnection, every: float, size: int) -> None:
        number = 1
        while True:
            number += 1
            body = f"at {time.monotonic()} {'x' * size}"
            frame = {
                "op": "send",
                "id": number,
                "channel": self.channel,
                "nonce": f"{id(socket)}{number}",
                "body": body,
            }
            await socket.send(orjson.dumps(frame).decode())
            await asyncio.sleep(random.uniform(0.5, 1.5) * every)

    async def time_for(self, seconds: float) -> float:
        """p99 of what is heard in this time."""
        self.waits = []
        await asyncio.sleep(seconds)
        return p99(self.waits)


@asynccontextmanager
async def a_room(house: House, readers: int, talkers: int, every: float, size: int) -> AsyncIterator[Room]:
    async with Door(house.webs[0].url) as door:
        token, _ = await door.sign_in("alice")
        name = f"Room {random.randrange(10**9)}"
        slug = (await door.call("POST", "rooms", token, json={"name": name, "nickname": "alice"}))["slug"]
        room = Room(house, token, slug, (await door.join(slug, "alice", token)).channel)
    sockets = [await room.enter() for _ in range(readers + talkers)]
    tasks = [asyncio.create_task(room.listen(socket)) for socket in sockets]
    tasks += [asyncio.create_task(room.talk(socket, every, size)) for socket in sockets[readers:]]
    try:
        yield room
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for socket in sockets:
            socket.transport.abort()
