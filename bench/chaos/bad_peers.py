"""Peers that behave badly and break no rule: they do not read, do not finish their sentence, or just sit there."""

import asyncio
import contextlib
import resource
import socket
import time

import httpx
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bench.chaos.results import Result
from bench.chaos.services import House, Lab
from bench.chaos.watching import Memory, a_room

SLOW, HALF_OPEN, IDLE = 50, 5000, 200
MOST_TIMES, MOST_MIB = 2.0, 64
CLOSED_SECONDS = 60  # in which a reader that does not read must be closed, at the rate of this room
TOO_SLOW = 4503
HEAD_SECONDS = 20  # core.server: after so long half a request is ended
HALF = b"GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Ver"


async def sockets_of(house: House) -> int:
    """As /metrics has it."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        text = (await http.get(f"{house.webs[0].url}/metrics")).text
    found = [line.split()[1] for line in text.splitlines() if line.startswith("websocket_connections_active ")]
    return int(float(found[0]))


# --- Those who do not read ------------------------------------------------------------------------------------------
async def slow_readers(house: House, seconds: float) -> Result:
    result = Result("slow readers")
    async with a_room(house, readers=20, talkers=5, every=0.1, size=1200) as room:
        await asyncio.sleep(2)
        alone = await room.time_for(seconds)
        healthy = await sockets_of(house)
        used = Memory(room.pid)
        watching = asyncio.create_task(used.watch())
        slow = [await room.enter(sock=_small(house.webs[0].port)) for _ in range(SLOW)]
        for one in slow:
            one.transport.pause_reading()
        began = time.monotonic()
        beside = await room.time_for(seconds)
        while (left := await sockets_of(house) - healthy) > 0 and time.monotonic() - began < CLOSED_SECONDS:
            await asyncio.sleep(0.2)
        codes = await asyncio.gather(*(_read_to_the_end(one) for one in slow))
        watching.cancel()
    result.figures |= {
        "readers that do not read": SLOW,
        "others' p99 without and beside them, ms": f"{alone * 1000:.0f}, {beside * 1000:.0f}",
        "memory grown by, MiB": used.grown,
        "all closed after, s": time.monotonic() - began,
        "read 4503 in the end": codes.count(TOO_SLOW),
    }
    if beside > MOST_TIMES * alone:
        result.wrong.append(f"others' p99 went from {alone * 1000:.0f} to {beside * 1000:.0f} ms")
    if used.grown > MOST_MIB:
        result.wrong.append(f"memory grew by {used.grown:.0f} MiB")
    if left > 0:
        result.wrong.append(f"{left} of {SLOW} are not closed after {CLOSED_SECONDS} s")
    if codes.count(TOO_SLOW) < SLOW:
        result.wrong.append(f"they were closed with {sorted(set(codes))}, not all with {TOO_SLOW}")
    return result


def _small(port: int) -> socket.socket:
    """The kernel keeps little for whoever does not read: else it would take minutes to notice."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    line.connect(("127.0.0.1", port))
    line.setblocking(False)
    return line


async def _read_to_the_end(one: ClientConnection) -> int:
    with contextlib.suppress(ConnectionClosed, RuntimeError):
        one.transport.resume_reading()
        while True:
            await asyncio.wait_for(one.recv(), 20)
    return one.close_code or 1006


# --- Those who do not finish their sentence -------------------------------------------------------------------------
async def half_open(house: House, seconds: float) -> Result:
    result = Result("half-open handshakes")
    _allow_files(HALF_OPEN + 500)
    async with a_room(house, readers=20, talkers=2, every=0.1, size=20) as room:
        await asyncio.sleep(1)
        alone = await room.time_for(seconds)
        used = Memory(room.pid)
        watching = asyncio.create_task(used.watch())
        lines = []
        for _ in range(HALF_OPEN):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.webs[0].port)
            writer.write(HALF)
            lines.append((reader, writer))
        opened = time.monotonic()
        beside = await room.time_for(seconds)
        began = time.monotonic()
        newcomer = await room.enter()
        entering = time.monotonic() - began
        newcomer.transport.abort()
        ended = await asyncio.gather(*(_is_ended(reader) for reader, _ in lines))
        ended_after = time.monotonic() - opened
        for _, writer in lines:
            writer.transport.abort()
        watching.cancel()
    result.figures |= {
        "handshakes that stay half": HALF_OPEN,
        "others' p99 without and beside them, ms": f"{alone * 1000:.0f}, {beside * 1000:.0f}",
        "a newcomer is in after, s": entering,
        "memory grown by, MiB": used.grown,
        "ended by the server / the last after, s": f"{sum(ended)} / {ended_after:.0f}",
    }
    if beside > MOST_TIMES * alone:
        result.wrong.append(f"others' p99 went from {alone * 1000:.0f} to {beside * 1000:.0f} ms")
    if entering > 2:
        result.wrong.append(f"a newcomer waited {entering:.1f} s")
    if used.grown > MOST_MIB:
        result.wrong.append(f"memory grew by {used.grown:.0f} MiB")
    if not all(ended):
        result.wrong.append(f"{ended.count(False)} half-open connections stand after {ended_after:.0f} s")
    return result


async def _is_ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), HEAD_SECONDS + 20) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


# --- Those who just sit there ---------------------------------------------------------------------------------------
async def idle(house: House, seconds: float) -> Result:
    result = Result("idle sockets")
    async with a_room(house, readers=0, talkers=0, every=1, size=1) as room:
        sockets = [await room.enter() for _ in range(IDLE)]
        beats = [0] * IDLE

        async def sit(number: int) -> None:
            with contextlib.suppress(ConnectionClosed):
                async for _text in sockets[number]:
                    beats[number] += 1

        sitting = [asyncio.create_task(sit(number)) for number in range(IDLE)]
        await asyncio.sleep(seconds)
        closed = [one.close_code or 1006 for one, task in zip(sockets, sitting, strict=True) if task.done()]
        for task in sitting:
            task.cancel()
        for one in sockets:
            one.transport.abort()
    result.figures |= {"sockets": IDLE, "seconds": seconds, "closed": len(closed), "fewest beats": min(beats)}
    if closed:
        result.wrong.append(f"{len(closed)} idle sockets were closed: {sorted(set(closed))}")
    if min(beats) < seconds // 15 - 1:
        result.wrong.append(f"a socket heard {min(beats)} beats in {seconds:.0f} s")
    return result


def all_of_them(lab: Lab, what: str, seconds: float) -> Result:
    does = {"slow": slow_readers, "half-open": half_open, "idle": idle}[what]
    with lab.house() as house:
        result = asyncio.run(does(house, seconds))
        if "Traceback" in house.webs[0].log():
            result.wrong.append(f"a traceback: {house.webs[0].log().partition('Traceback')[2][-600:]}")
        if not house.webs[0].is_running:
            result.wrong.append("the web process died")
    return result
