"""Who is there, on the event loop: notes whose sockets come, go and fall idle, and settles it with the register.

What changed is gathered and written in bulk, never a write for each socket; what changed anywhere is read each second.
A hint over the bus (`TOPIC`) says no more than that it is worth to look now.
"""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor

import structlog

from core.realtime.events import Event
from core.realtime.sockets import Socket
from core.realtime.tasks import end
from core.realtime.threads import in_thread
from core.realtime.truth import Attendance, Noticed, truth

log = structlog.get_logger(__name__)

TOPIC = "presence"
GRACE_SECONDS = 2.0  # a page that is loaded again is not gone
GATHER = 0.1  # seconds for others to come along
BETWEEN_WRITES = 0.5
LOOK = 1.0
BEAT = 5.0
END_WITHIN = 2.0  # seconds that the process's end may wait for the database


class Attendees:
    """One per hub. `channels` are those that it serves now; `tell` hands an event to its own sockets."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        channels: Callable[[], Collection[int]],
        tell: Callable[[str, tuple[Event, ...]], None],
    ) -> None:
        self._loop = loop
        self._channels = channels
        self._tell = tell
        self._sockets: dict[str, set[Socket]] = {}
        self._staying: dict[str, float] = {}  # the last socket has gone: until when this is taken for a reload
        self._changed: set[str] = set()
        self._written: dict[str, bool | None] = {}  # what the register says of us; None: perhaps, a write failed
        self._write_at = self._look_at = self._beat_at = 0.0  # by the loop's clock: not before then
        self._is_planned = False  # a write at `_write_at`
        self._is_away = False  # the last exchange failed
        self._stirred = asyncio.Event()
        self._register = truth().register()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plaza-presence")
        self._task = loop.create_task(self._run())

    # --- What happens to sockets ------------------------------------------------------------------------------------
    def join(self, socket: Socket) -> None:
        for key in socket.topics:
            self._sockets.setdefault(key, set()).add(socket)
            self._note(key)

    def leave(self, socket: Socket, *, grace: float = GRACE_SECONDS) -> None:
        """Also when the server has closed it, and the client says nothing to that. Leaving twice is leaving once."""
        for key in socket.topics:
            sockets = self._sockets.get(key, set())
            if socket not in sockets:
                continue
            sockets.discard(socket)
            if not sockets:
                del self._sockets[key]
                self._staying[key] = self._loop.time() + grace
                self._loop.call_later(grace, self._note, key)
            self._note(key)

    def set_idle(self, socket: Socket, idle: bool) -> None:
        socket.idle = idle
        for key in socket.topics:
            self._note(key)

    def stir(self) -> None:
        """Something may have changed elsewhere."""
        self._look_at = 0.0
        self._stirred.set()

    def _note(self, key: str) -> None:
        self._changed.add(key)
        if self._loop.time() >= self._write_at:
            self._stirred.set()
        elif not self._is_planned:
            self._is_planned = True
            self._loop.call_at(self._write_at, self._write_now)

    def _write_now(self) -> None:
        self._is_planned = False
        self._stirred.set()

    # --- The register -----------------------------------------------------------------------------------------------
    async def _run(self) -> None:
        while True:
            await self._something_to_do()
            await asyncio.sleep(GATHER)
            self._stirred.clear()
            try:
                await self._exchange()
            except Exception:  # whatever is wrong with one exchange, the next one says it all
                log.exception("presence_failed")

    async def _something_to_do(self) -> None:
        """Returns at the latest when it is time to look."""
        try:
            async with asyncio.timeout(max(0.0, self._look_at - self._loop.time())):
                await self._stirred.wait()
        except TimeoutError:
            pass  # a hint may have been lost

    async def _exchange(self) -> None:
        own = self._take_changes()
        now = self._loop.time()
        if not own and now < self._look_at:
            return  # pages were loaded again
        self._look_at = now + LOOK
        if not own and not self._sockets:
            return  # nobody to tell
        try:
            noticed = await in_thread(self._register.exchange, self._thread, own, self._channels())
        except Exception:  # the database is away, whatever the reason: what it was to hear is said again
            self._put_back(own)
            return
        self._note_success(own, noticed)
        for topic, event in noticed.told:
            self._tell(topic, (event,))

    def _take_changes(self) -> Attendance:
        now = self._loop.time()
        present: dict[str, bool] = {}
        gone: list[str] = []
        if now >= self._write_at:
            changed, self._changed = self._changed, set()
            if changed:
                self._write_at = now + BETWEEN_WRITES
            for key in changed:
                idle = self._state(key)
                if idle is None and key in self._written:
                    gone.append(key)
                elif idle is not None and self._written.get(key) is not idle:
                    present[key] = idle
        beat = bool(self._written or present) and now >= self._beat_at
        return Attendance(present, gone, continues=bool(self._written), beat=beat)

    def _state(self, key: str) -> bool | None:
        """Whether all sockets of `key` are idle; as it was while a page may be loading again; None if it is gone."""
        sockets = self._sockets.get(key)
        if sockets:
            self._staying.pop(key, None)
            return all(socket.idle for socket in sockets)
        if self._staying.get(key, 0.0) > self._loop.time() + 0.001:  # timers may be early by a tick of the clock
            return self._written.get(key)
        self._staying.pop(key, None)
        return None

    def _note_success(self, own: Attendance, noticed: Noticed) -> None:
        if self._is_away:
            log.info("presence_is_back")
        self._is_away = False
        now = self._loop.time()
        if not noticed.known:
            self._written.clear()
            self._changed.update(self._sockets)
            self._stirred.set()
            return
        if own:
            self._beat_at = now + BEAT
        self._written |= own.present
        for key in own.gone:
            del self._written[key]

    def _put_back(self, own: Attendance) -> None:
        """It may have been written or not: of these keys nothing is certain."""
        if not self._is_away:
            log.warning("presence_is_away", exc_info=True)  # once, not each second
        self._is_away = True
        self._written |= dict.fromkeys([*own.present, *own.gone])
        self._changed.update(own.present, own.gone)
        self._write_at = self._loop.time() + LOOK

    async def stop(self) -> None:
        await end([self._task])
        try:
            async with asyncio.timeout(END_WITHIN):
                await in_thread(self._register.end, self._thread)
        except Exception:  # the database is away, whatever the reason: others will find that we are silent
            log.info("presence_ends_unsaid")
        self._thread.shutdown(wait=False)
