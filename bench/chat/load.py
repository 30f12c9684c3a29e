"""The client: one process on a core of its own. It reads from standard input what to do and writes what it saw.

A run connects everybody, warms up, then measures for some seconds: events, frames and bytes received, latencies of a
sample of the sockets, and the processor's time of the servers, of the database and of itself.
"""

import asyncio
import gc
import json
import random
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import machine
import uvloop
from dialects import DIALECTS
from wire import STAMP, Wire, body_of, now

STAMPS = re.compile(re.escape(STAMP) + rb"(\d+\.\d+);")
ATONCE = 64  # handshakes


@dataclass
class Order:
    """What to do. `rooms[i]` are those of socket i; senders send to their first one, in turn to all of theirs."""

    dialect: str
    ports: list[int]
    rooms: list[list[str]]
    tokens: list[str] = field(default_factory=list)
    senders: list[int] = field(default_factory=list)
    pace: str = "echo"  # closed loop on one's own message; `ack`: on the answer; `rate`: open loop; `idle`
    rate: float = 0.0  # messages a second, of all senders together
    window: int = 1  # messages that a sender has under way in a closed loop
    acks: bool = False
    body: int = 64
    sampled: int = 20
    warm: float = 1.0
    seconds: float = 3.0
    reconnects: float = 0.0  # a second
    servers: list[int] = field(default_factory=list)  # process ids
    database: str = ""


@dataclass
class Counts:
    events: int = 0
    frames: int = 0
    bytes: int = 0
    sent: int = 0
    acked: int = 0
    refused: int = 0
    lost: int = 0


class Load:
    def __init__(self, order: Order) -> None:
        self.order = order
        self.dialect: Any = DIALECTS[order.dialect]
        self.counts = Counts()
        self.latencies: list[float] = []
        self.ack_latencies: list[float] = []
        self.connect_latencies: list[float] = []
        self.lateness: list[float] = []
        self.measuring = False
        self._ready: dict[int, asyncio.Future[None]] = {}
        self._leaving: set[int] = set()
        self._under_way: dict[int, float] = {}
        self._number = int(time.time()) % 10**6 * 10**6 + 1000
        self._senders = set(order.senders)
        others = [number for number in range(len(order.rooms)) if number not in self._senders]
        pool = others if len(others) >= order.sampled else list(range(len(order.rooms)))
        self._sampled = set(pool[:: max(1, len(pool) // order.sampled)]) if order.pace != "idle" else set()
        self._tags = {number: f"s={number};".encode() for number in order.senders}
        self._turn = dict.fromkeys(order.senders, 0)
        self.wires: dict[int, Wire] = {}

    # --- What comes -------------------------------------------------------------------------------------------------
    def opened(self, wire: Wire) -> None:
        self.dialect.opened(wire, self.order.rooms[wire.number])

    def text(self, wire: Wire, data: bytes, start: int, stop: int) -> None:
        number = wire.number
        if number in self._ready:
            self._get_ready(wire, data[start:stop])
            return
        counts = self.counts
        events = data.count(self.dialect.event, start, stop)
        counts.events += events
        counts.frames += 1
        counts.bytes += stop - start
        if not events:
            self.dialect.answer(wire, data[start:stop])
        elif number in self._sampled and self.measuring:
            at = now()
            self.latencies += [at - float(stamp) for stamp in STAMPS.findall(data, start, stop)]
        if number in self._senders:
            self._hear_of_own(number, data, start, stop)

    def _hear_of_own(self, number: int, data: bytes, start: int, stop: int) -> None:
        if self.order.acks:
            at = now()
            for found in self.dialect.acknowledged(data, start, stop):
                began = self._under_way.pop(int(found), None)
                if began is None:
                    continue
                self.counts.acked += 1
                if self.measuring:
                    self.ack_latencies.append(at - began)
                if self.order.pace == "ack":
                    self.say(number, at)
            self.counts.refused += data.count(self.dialect.refused, start, stop)
        elif self.order.pace == "rate":
            self.counts.refused += data.count(self.dialect.refused, start, stop)
        elif self.order.pace == "echo" and data.find(self._tags[number], start, stop) >= 0:
            self.say(number, now())

    def _get_ready(self, wire: Wire, text: bytes) -> None:
        if self.dialect.is_ready(wire, text, self.order.rooms[wire.number]):
            self._ready.pop(wire.number).set_result(None)

    def lost(self, wire: Wire) -> None:
        if self.wires.get(wire.number) is not wire:
            return  # it has been followed by another
        waiting = self._ready.pop(wire.number, None)
        if waiting is not None and not waiting.done():
            waiting.set_exception(ConnectionError(f"socket {wire.number} was closed in its handshake"))
        elif wire.number not in self._leaving:
            self.counts.lost += 1

    # --- What goes --------------------------------------------------------------------------------------------------
    def say(self, sender: int, due: float) -> None:
        rooms = self.order.rooms[sender]
        room = rooms[self._turn[sender] % len(rooms)]
        self._turn[sender] += 1
        self._number += 1
        if self.order.acks:
            self._under_way[self._number] = due
        body = body_of(sender, due, self.order.body)
        self.wires[sender].say(self.dialect.say(room, body, self._number, answer=self.order.acks))
        self.counts.sent += 1

    async def connect(self, number: int) -> None:
        order, loop = self.order, asyncio.get_running_loop()
        self._ready[number] = ready = loop.create_future()
        token = order.tokens[number] if order.tokens else ""
        wire = Wire(number, self.dialect.path, self.dialect.protocols(token), self)
        self.wires[number] = wire
        await loop.create_connection(lambda: wire, "127.0.0.1", order.ports[number % len(order.ports)])
        await asyncio.wait_for(ready, 120)

    async def connect_all(self) -> None:
        turns = asyncio.Semaphore(ATONCE)

        async def one(number: int) -> None:
            async with turns:
                await self.connect(number)

        await asyncio.gather(*(one(number) for number in range(len(self.order.rooms))))

    def start(self) -> None:
        loop, order = asyncio.get_running_loop(), self.order
        if order.pace in ("echo", "ack"):
            for sender in order.senders:
                for _ in range(order.window):
                    self.say(sender, now())
        elif order.pace == "rate":
            self._send_at(loop, now(), 0)
        if order.reconnects:
            self._reconnect_at(loop, now(), [one for one in range(len(order.rooms)) if one not in self._senders])

    def _send_at(self, loop: asyncio.AbstractEventLoop, began: float, count: int) -> None:
        """What was due meanwhile goes out now, with the time at which it was due."""
        senders, rate = self.order.senders, self.order.rate
        while (due := began + count / rate) <= now():
            self.say(senders[count % len(senders)], due)
            count += 1
        loop.call_later(max(0.0, began + count / rate - now()), self._send_at, loop, began, count)

    def _reconnect_at(self, loop: asyncio.AbstractEventLoop, due: float, numbers: list[int]) -> None:
        self._task = loop.create_task(self._reconnect(random.choice(numbers)))
        due += 1 / self.order.reconnects
        loop.call_later(max(0.0, due - now()), self._reconnect_at, loop, due, numbers)

    async def _reconnect(self, number: int) -> None:
        if number in self._leaving:
            return
        self._leaving.add(number)
        self.wires[number].close()
        began = now()
        try:
            await self.connect(number)
        except (OSError, TimeoutError):
            self.counts.lost += 1
        self.connect_latencies.append(now() - began)
        self._leaving.discard(number)

    # --- The run ----------------------------------------------------------------------------------------------------
    async def watch_itself(self) -> None:
        """How late the client is woken: a machine that is busy with other things shows here."""
        while True:
            due = now() + 0.01
            await asyncio.sleep(0.01)
            if self.measuring:
                self.lateness.append(now() - due)

    async def run(self) -> dict[str, Any]:
        order = self.order
        watching = asyncio.create_task(self.watch_itself())
        empty = machine.resident_bytes(order.servers)
        began = now()
        await self.connect_all()
        connected = now() - began
        gc.collect()
        gc.freeze()
        gc.disable()
        self.start()
        await asyncio.sleep(order.warm)
        before, at = self._read(), now()
        self.measuring = True
        await asyncio.sleep(order.seconds)
        self.measuring = False
        seconds, after = now() - at, self._read()
        watching.cancel()
        figures = {name: after[name] - before[name] for name in after}
        return {
            **figures,
            "seconds": seconds,
            "client_share": figures["client_cpu"] / seconds,
            "connect_seconds": connected,
            "resident_before": empty,
            "resident_after": machine.resident_bytes(order.servers),
            "latency": percentiles(self.latencies),
            "ack": percentiles(self.ack_latencies),
            "lateness": percentiles(self.lateness),
            "reconnect": percentiles(self.connect_latencies),
        }

    def _read(self) -> dict[str, float]:
        return {
            **vars(self.counts),
            "server_cpu": machine.cpu_seconds(self.order.servers),
            "database_cpu": machine.cpu_seconds(machine.database_processes(self.order.database)),
            "client_cpu": time.process_time(),
        }


def percentiles(seconds: list[float]) -> dict[str, float]:
    """In milliseconds."""
    ordered = sorted(seconds)
    if not ordered:
        return {}
    at = {name: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for name, share in SHARES}
    return {"count": len(ordered), **{name: value * 1000 for name, value in at.items()}, "max": ordered[-1] * 1000}


SHARES = (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))


def main() -> None:
    order = Order(**json.load(sys.stdin))
    json.dump(uvloop.run(Load(order).run()), sys.stdout)


if __name__ == "__main__":
    main()
