"""A hundred thousand frames that nobody would send: random bytes, and right ones with something changed in them."""

import asyncio
import contextlib
import os
import random
import secrets
import struct
from collections import Counter
from collections.abc import Callable

import orjson

from bench.chaos.people import Door
from bench.chaos.results import Result
from bench.chaos.services import House, Lab
from bench.chaos.watching import Memory, Room, a_room
from chat.tests.crowds import until

MOST_MIB = 64
LINES = 8  # connections at once
AT_ONCE = 40  # frames before the answers are waited for
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
OPS = ("sub", "unsub", "send", "edit", "delete", "react", "typing", "read", "status", "ping", "watch", "idle", "", "x")
VALUES = (
    None, True, False, 0, -1, 1.5, 1e308, 2**53, 2**63, 10**400, "", " ", "1", "-1", "\x00", "\ud800", "🎪" * 50, "é",
    "a" * 5000, [], [[]], {}, {"a": {"b": []}}, "9" * 400, "null", "1e5", "١٢",
)  # fmt: skip


def frame(opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    mask = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head += bytes([mask | size])
    elif size < 65536:
        head += bytes([mask | 126]) + struct.pack("!H", size)
    else:
        head += bytes([mask | 127]) + struct.pack("!Q", size)
    return head + (b"\0\0\0\0" if masked else b"") + payload  # masked with nothing, which is a mask as well


def right(room: Room) -> dict[str, object]:
    """One that could be, for this channel."""
    fields = {"channel": room.channel, "message": str(random.randrange(1, 300)), "nonce": secrets.token_hex(4)}
    fields |= {"body": "hello", "emoji": "👍", "seq": 1, "status": "busy", "after": 0, "on": True, "reply_to": "1"}
    kept = {name: value for name, value in fields.items() if random.random() < 0.7}
    return {"op": random.choice(OPS), "id": random.randrange(10**6), **kept}


def wrong_value(room: Room) -> bytes:
    told = right(room)
    for _ in range(random.randint(0, 3)):
        told[random.choice([*told, "op", "id", "channel"])] = random.choice(VALUES)
    try:
        return orjson.dumps(told)
    except TypeError:  # a number or a sign that orjson does not write, and others do
        import json

        return json.dumps(told).encode()


def flipped(room: Room) -> bytes:
    data = bytearray(orjson.dumps(right(room)))
    for _ in range(random.randint(1, 5)):
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data)


def cut_short(room: Room) -> bytes:
    data = orjson.dumps(right(room))
    return data[: random.randrange(len(data))]


def deep(_room: Room) -> bytes:
    depth = random.choice([10, 1000, 20_000])
    return random.choice([b"[" * depth, b'{"a":' * depth, b"[" * depth + b"]" * depth])


def some_bytes(_room: Room) -> bytes:
    return os.urandom(random.choice([0, 1, 5, 60, 300]))


def large(_room: Room) -> bytes:
    return frame(TEXT, b'{"op":"ping","id":1,"x":"' + b"a" * random.choice([64_000, 70_000, 1_100_000]))


# Each of these may be the last that a connection takes.
LAST_WORDS: tuple[tuple[int, Callable[[Room], bytes]], ...] = (
    (12, lambda room: frame(TEXT, flipped(room))),
    (5, lambda room: frame(TEXT, cut_short(room))),
    (1, lambda room: frame(TEXT, deep(room))),
    (4, lambda room: frame(TEXT, some_bytes(room))),
    (3, lambda room: frame(BINARY, some_bytes(room))),
    (2, lambda room: frame(random.choice([CLOSE, PING, PONG, 0, 3, 11]), some_bytes(room)[:125])),
    (1, lambda room: frame(TEXT, wrong_value(room), fin=False) + frame(0, b"}", fin=random.random() < 0.8)),
    (1, lambda room: frame(TEXT, wrong_value(room), rsv=random.randrange(8), masked=random.random() < 0.5)),
    (1, some_bytes),
    (1, large),
)


class Fuzz:
    """Counts only what the server has taken: an answer to a `ping` behind it, or the end of the connection."""

    def __init__(self, house: House, room: Room, tokens: list[str], frames: int) -> None:
        self.port, self.room, self.tokens = house.webs[0].port, room, tokens
        self.left, self.taken, self.connections, self.unanswered = frames, 0, 0, 0
        self.answers: Counter[str] = Counter()

    async def one_line(self) -> None:
        while self.left > 0:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._until_closed()

    async def _until_closed(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.connections += 1
        try:
            writer.write(_handshake(random.choice(self.tokens), odd=random.random() < 0.1))
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
            for _ in range(random.randrange(5)):
                await self._throw(reader, writer, [frame(TEXT, wrong_value(self.room)) for _ in range(AT_ONCE)])
            (kind,) = random.choices([kind for _, kind in LAST_WORDS], [weight for weight, _ in LAST_WORDS])
            await self._throw(reader, writer, [kind(self.room)], last=True)
        except TimeoutError:
            self.unanswered += 1
        finally:
            writer.transport.abort()

    async def _throw(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: list[bytes], *, last: bool = False
    ) -> None:
        self.left -= len(frames)
        mark = f'"id":{random.randrange(10**7, 10**8)}'.encode()
        writer.write(b"".join(frames) + frame(TEXT, b'{"op":"ping",' + mark + b"}"))
        if last and writer.can_write_eof():
            writer.write_eof()  # half a frame would be waited for
        seen = b""
        while mark not in seen:
            data = await asyncio.wait_for(reader.read(65536), 60)
            if not data:
                break
            seen += data
            for code in ("ok", "invalid", "not_found", "slow_down", "unavailable"):
                self.answers[code] += data.count(f'"{code}"'.encode())
        self.taken += len(frames)


def _handshake(token: str, *, odd: bool) -> bytes:
    head = (
        b"GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: plaza.v1, bearer." + token.encode() + b"\r\n\r\n"
    )
    if not odd:
        return head
    broken = bytearray(head)
    for _ in range(random.randint(1, 3)):
        broken[random.randrange(len(broken) - 4)] = random.randrange(256)
    return bytes(broken)


async def fuzz(house: House, frames: int) -> Result:
    result = Result("random frames")
    async with a_room(house, readers=5, talkers=1, every=0.2, size=20) as room, Door(room.url) as door:
        tokens = [room.token, (await door.join(room.slug, "Gus")).token]
        used = Memory(room.pid)
        watching = asyncio.create_task(used.watch())
        work = Fuzz(house, room, tokens, frames)
        await asyncio.gather(*(work.one_line() for _ in range(LINES)))
        room.waits = []
        watching.cancel()
        if not await until(lambda: bool(room.waits), 20):
            result.wrong.append("those who talked beside it hear nothing any more")
    result.figures |= {
        "frames / connections": f"{work.taken} / {work.connections}",
        "answers": dict(work.answers),
        "memory grown by, MiB": used.grown,
        "tracebacks in the log": house.webs[0].log().count("Traceback"),
    }
    if work.unanswered:
        result.wrong.append(f"{work.unanswered} connections that were neither answered nor closed for a minute")
    if used.grown > MOST_MIB:
        result.wrong.append(f"memory grew by {used.grown:.0f} MiB")
    return result


def throw(lab: Lab, frames: int) -> Result:
    with lab.house() as house:
        result = asyncio.run(fuzz(house, frames))
        if not house.webs[0].is_running:
            result.wrong.append("the web process died")
        log = house.webs[0].log()
        result.wrong += [f"a traceback: …{part[-700:]}" for part in log.split("Traceback (most recent")[1:]]
    return result
