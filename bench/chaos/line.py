"""The line between people and the web processes: a small TCP proxy that spreads them, and that can be bad.

It leads each connection to a web process that takes it. `cut` breaks one off, `halve` passes on half of what comes next
and then breaks off, `stall` holds back what comes for a while, as a bad network does.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

CHUNK = 64 * 1024


class Link:
    """One connection through the line."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._ends = (near, far)
        self._flows = asyncio.Event()
        self._flows.set()
        self._halve = False

    def cut(self) -> None:
        for end in self._ends:
            end.transport.abort()

    def halve(self) -> None:
        self._halve = True

    async def stall(self, seconds: float) -> None:
        self._flows.clear()
        await asyncio.sleep(seconds)
        self._flows.set()

    async def pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                await self._flows.wait()
                if self._halve:
                    target.write(data[: len(data) // 2])
                    await target.drain()
                    break
                target.write(data)
                await target.drain()
        self.cut()


class Line:
    def __init__(self, ports: Sequence[int]) -> None:
        self.port = 0
        self.links: set[Link] = set()
        self._ports = list(ports)
        self._turn = 0
        self._served: set[asyncio.Task[None]] = set()
        self.broken = dict.fromkeys(("cut", "halved", "stalled"), 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, near))
        self._served.add(task)
        task.add_done_callback(self._served.discard)

    async def close(self) -> None:
        for link in list(self.links):
            link.cut()
        await asyncio.gather(*self._served)

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        found = await self._reach()
        if found is None:
            near.transport.abort()
            return
        far_reader, far = found
        link = Link(near, far)
        self.links.add(link)
        try:
            await asyncio.gather(link.pump(reader, far), link.pump(far_reader, near))
        finally:
            self.links.discard(link)
            link.cut()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """The next one in turn that takes connections."""
        self._turn += 1
        for number in range(len(self._ports)):
            port = self._ports[(self._turn + number) % len(self._ports)]
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def be_bad(self, every: float) -> None:
        """For ever: breaks one connection after the other, in one way or another."""
        while True:
            await asyncio.sleep(random.uniform(0, 2 * every))
            if not self.links:
                continue
            link = random.choice(list(self.links))
            how = random.choice(list(self.broken))
            self.broken[how] += 1
            if how == "cut":
                link.cut()
            elif how == "halved":
                link.halve()
            else:
                task = asyncio.get_running_loop().create_task(_stall_and_cut(link))
                self._served.add(task)
                task.add_done_callback(self._served.discard)


async def _stall_and_cut(link: Link) -> None:
    await link.stall(random.uniform(1, 8))
    if random.random() < 0.5:
        link.cut()


@asynccontextmanager
async def a_line(ports: Sequence[int], made: Callable[[Sequence[int]], Line] = Line) -> AsyncIterator[Line]:
    line = made(ports)
    server = await asyncio.start_server(line.accept, "127.0.0.1", 0, limit=CHUNK)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        await line.close()
