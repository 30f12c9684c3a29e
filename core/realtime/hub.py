"""The hub: one per process, on the server's event loop. Everybody's sockets hang on it.

Events come in by `take` (from this process, or over the bus), are put in order per channel, and go out gathered: at
once when it is quiet, with a gap of up to 10 ms under load. Once a second it looks at the database, so that a lost hint
heals and a lost revocation bites even with the bus dead.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from django.conf import settings

from core import metrics
from core.realtime.bus import Bus
from core.realtime.channel import DOUBTFUL, UNKNOWN, ChannelLog, chunks, own_chunk
from core.realtime.events import Event, encode
from core.realtime.presence import GRACE_SECONDS, Attendees
from core.realtime.presence import TOPIC as PRESENCE
from core.realtime.sockets import Seat, Socket
from core.realtime.tasks import end
from core.realtime.threads import in_thread
from core.realtime.truth import ChannelState, Look, truth
from core.realtime.watches import TOPIC as WATCHED
from core.realtime.watches import Watches

log = structlog.get_logger(__name__)

HEARTBEAT = 15  # seconds
SILENCE = 2.5 * HEARTBEAT  # a client that pings and then says nothing for so long is gone
GAP_PATIENCE = 0.1  # seconds that an early event may wait for those before it
LONGEST_GAP = 0.01  # seconds between two flushes under load
COST_PER_SOCKET = 7e-6  # seconds that a frame costs, whatever is in it
REPAIR_PAGE = 100
AUTH_GONE, NO_HEARTBEAT = 4401, 4408


class Hub:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.logs: dict[int, ChannelLog] = {}
        self.sockets: set[Socket] = set()
        self._by_topic: dict[str, set[Socket]] = {}
        self._dirty: set[int] = set()
        self._flush_handle: asyncio.Handle | None = None
        self._next_flush = 0.0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ticks = 0
        self._looking: asyncio.Task[None] | None = None
        self._is_blind = False  # the last look failed
        # Its own thread: a look must not queue behind readers when every one of them waits for a slow database.
        self._looker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plaza-look")
        self.attendees = Attendees(loop, channels=lambda: list(self.logs), tell=self.take)
        self.watches = Watches()
        self._bus = Bus(on_events=self.take, on_return=self.look_soon) if settings.REDIS_URL else None
        self._ticker = loop.create_task(self._tick_for_ever())
        if self._bus:
            self._bus.start(loop)

    # --- Sockets and seats ----------------------------------------------------------------------------------------
    def attach(self, socket: Socket) -> None:
        socket.heard_at = self.loop.time()
        socket.slot = self._ticks % HEARTBEAT
        self.sockets.add(socket)
        metrics.WEBSOCKETS.inc()
        for topic in socket.topics:
            self._by_topic.setdefault(topic, set()).add(socket)
        self.attendees.join(socket)

    def detach(self, socket: Socket, *, died: bool = False) -> None:
        """Who closed a page may be loading the next one; who died is gone."""
        socket.forget()
        self.attendees.leave(socket, grace=0 if died else GRACE_SECONDS)
        self.watches.leave(socket)
        for seat in list(socket.seats.values()):
            self.leave(seat)
        if socket in self.sockets:
            self.sockets.discard(socket)
            metrics.WEBSOCKETS.dec()
        for topic in socket.topics:
            present = self._by_topic.get(topic, set())
            present.discard(socket)
            if not present:
                self._by_topic.pop(topic, None)

    def hold_seat(self, socket: Socket, channel: int, head: int = 0) -> Seat:
        """A seat, nobody's yet, that collects events from now on and gives none until `open_seat`. `head`: as read a
        moment ago, if the channel has no log here."""
        if channel in socket.seats:
            self.leave(socket.seats[channel])
        seat = Seat(socket, channel)
        self.logs.setdefault(channel, ChannelLog(head)).seats.add(seat)
        socket.seats[channel] = seat
        return seat

    def open_seat(self, seat: Seat, state: ChannelState, *, member: int, from_seq: int) -> None:
        """The client has been told `state.head`: from here it gets every later change, in order."""
        channel_log = self.logs.get(seat.channel)
        if channel_log is None or seat not in channel_log.seats:
            return  # it left, or was put out, while the database was asked
        seat.member, seat.from_seq, seat.after = member, from_seq, state.head
        seat.socket.outs -= {seat.channel}
        held, seat.held = seat.held or [], None
        text = own_chunk(held, seat)
        if text:
            seat.socket.push(text)
        channel_log.told(state.head)
        # The older of the two: if they differ, access changed around this subscription and the next look checks all.
        known = channel_log.acl_rev
        channel_log.acl_rev = state.acl_rev if known == UNKNOWN else min(known, state.acl_rev)
        self._note_end(seat.channel, channel_log, state)
        self._after_accept(seat.channel, channel_log)

    def leave(self, seat: Seat) -> None:
        if seat.socket.seats.get(seat.channel) is seat:
            del seat.socket.seats[seat.channel]
        channel_log = self.logs.get(seat.channel)
        if channel_log is not None:
            channel_log.seats.discard(seat)
            if not channel_log.seats:
                channel_log.forget()
                del self.logs[seat.channel]
                self._dirty.discard(seat.channel)

    def access_revision(self, channel: int) -> int:
        """As of the last look, a second ago at most. Who was let in at another one has to be looked at again."""
        channel_log = self.logs.get(channel)
        return channel_log.acl_rev if channel_log else UNKNOWN

    def head(self, channel: int) -> int:
        channel_log = self.logs[channel]
        return max(channel_log.head, channel_log.known)

    # --- Events in ------------------------------------------------------------------------------------------------
    def take_threadsafe(self, publications: Sequence[tuple[str, tuple[Event, ...]]]) -> None:
        """From any thread of this process: to our own sockets and to the other processes. They cross to the event loop
        together: each crossing wakes it and takes the interpreter away from whoever publishes."""
        self.loop.call_soon_threadsafe(self._take_own, publications)

    def _take_own(self, publications: Sequence[tuple[str, tuple[Event, ...]]]) -> None:
        for topic, events in publications:
            self.take(topic, events)
            if self._bus:
                self._bus.send(topic, events)

    def take(self, topic: str, events: tuple[Event, ...]) -> None:
        kind, _, key = topic.partition(":")
        if kind == PRESENCE:
            self.attendees.stir()
            return
        if kind == WATCHED:
            self.watches.take(topic, events)
            return
        if kind != "channel":
            self._take_for_person(topic, events)
            return
        channel = int(key)
        channel_log = self.logs.get(channel)
        if channel_log is not None:
            for event in events:
                channel_log.accept(event)
            self._after_accept(channel, channel_log)

    def _take_for_person(self, topic: str, events: tuple[Event, ...]) -> None:
        present = list(self._by_topic.get(topic, ()))
        for event in events:
            if event.recheck and present:
                self._spawn(self._recheck_people(present))
            elif event.expels:
                for socket in present:
                    if event.expels in socket.outs:  # the look was quicker, and told it
                        socket.outs -= {event.expels}
                    else:
                        self._put_out(socket, event.expels, event.frame)
            else:
                for socket in present:
                    socket.push_event(event)

    def _put_out(self, socket: Socket, channel: int, frame: str) -> None:
        self._flush()  # what was said before it comes before it
        if channel in socket.seats:
            self.leave(socket.seats[channel])
        socket.push(frame)

    # --- Events out -----------------------------------------------------------------------------------------------
    def _after_accept(self, channel: int, channel_log: ChannelLog) -> None:
        if channel_log.ready:
            if channel not in self._dirty:
                self._dirty.add(channel)
                channel_log.ready_at = self.loop.time()
            if self._flush_handle is None:
                wait = self._next_flush - self.loop.time()
                self._flush_handle = (
                    self.loop.call_later(wait, self._flush) if wait > 0 else self.loop.call_soon(self._flush)
                )
        if channel_log.has_gap and not channel_log.repairing:
            channel_log.repairing = True
            self.loop.call_later(GAP_PATIENCE, self._repair_if_needed, channel)

    def _flush(self) -> None:
        if self._flush_handle is not None:
            self._flush_handle.cancel()
            self._flush_handle = None
        touched = gathered = 0
        started = time.perf_counter()
        # What several channels have for a socket goes in one frame; of one channel there is nothing to wait for.
        say = Socket.say if len(self._dirty) == 1 else Socket.push
        for channel in self._dirty:
            channel_log = self.logs.get(channel)
            if channel_log is None or not channel_log.ready:
                continue
            events, channel_log.ready = channel_log.ready, []
            gathered += len(events)
            for seat, text in chunks(events, channel_log.seats):
                say(seat.socket, text)
                touched += 1
            metrics.DELIVERY_SECONDS.observe(self.loop.time() - channel_log.ready_at)
        self._dirty.clear()
        cost = time.perf_counter() - started + touched * COST_PER_SOCKET
        # A lone event shows that nothing waits: the next one need not either. Where several did, more will have come.
        self._next_flush = self.loop.time() + min(LONGEST_GAP, cost) if gathered > 1 else 0.0

    # --- Repair ---------------------------------------------------------------------------------------------------
    def _repair_if_needed(self, channel: int) -> None:
        channel_log = self.logs.get(channel)
        if channel_log is None:
            return
        if channel_log.has_gap:
            self._spawn(self._repair(channel, channel_log))
        else:
            channel_log.repairing = False

    async def _repair(self, channel: int, channel_log: ChannelLog) -> None:
        """Ask the database, once for all sockets of this process, for what did not come."""
        try:
            while channel_log.has_gap and self.logs.get(channel) is channel_log:
                head, events = await in_thread(truth().changes, None, channel, channel_log.head, REPAIR_PAGE)
                channel_log.jump(events, head if len(events) < REPAIR_PAGE else events[-1].rev)
                metrics.REPAIRS.inc()
                self._after_accept(channel, channel_log)
                if not events and channel_log.has_gap:
                    channel_log.known = channel_log.head  # a head was announced that the database does not have
        except Exception:  # the database is away, whatever the reason: the next look tries again
            log.warning("repair_failed", channel=channel, exc_info=True)
        finally:
            channel_log.repairing = False

    # --- Once a second --------------------------------------------------------------------------------------------
    def look_soon(self) -> None:
        self._spawn(self._look())

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._ticks += 1
            if self._looking is None or self._looking.done():  # a database that hangs delays looks, not heartbeats
                self._looking = self._spawn(self._look())
            try:
                self._heartbeat(self._ticks % HEARTBEAT)
            except Exception:  # whatever is wrong with one beat, revocations are found by this loop
                log.exception("heartbeat_failed")

    async def _look(self) -> None:
        if not self.sockets:
            return
        people = {socket.person for socket in self.sockets if socket.person}
        channels = list(self.logs)
        try:
            seen = await in_thread(truth().look, self._looker, channels, people)
        except Exception:  # the database is away, whatever the reason: the next look is a second from now
            if not self._is_blind:
                log.warning("look_failed", exc_info=True)  # once, not each second
            self._is_blind = True
            return
        if self._is_blind:
            log.info("looks_again")
        self._is_blind = False
        await self._compare(seen, channels)

    async def _compare(self, seen: Look, channels: list[int]) -> None:
        doubtful: list[Seat] = []
        for channel in channels:
            channel_log = self.logs.get(channel)
            if channel_log is not None and self._is_doubtful(channel, channel_log, seen.channels.get(channel)):
                doubtful += channel_log.seats
        changed = [one for one in self.sockets if one.person and seen.people.get(one.person) != one.auth_rev]
        if doubtful:
            await self._recheck_seats(doubtful)
        if changed:
            await self._recheck_people(changed, seen.people)

    def _is_doubtful(self, channel: int, channel_log: ChannelLog, state: ChannelState | None) -> bool:
        """Whether its seats must be checked. Notes what the database says on the way."""
        if state is None:
            return True
        changed = channel_log.acl_rev not in (UNKNOWN, state.acl_rev)
        channel_log.acl_rev = state.acl_rev
        channel_log.known = max(channel_log.known, state.head)
        self._note_end(channel, channel_log, state)
        self._after_accept(channel, channel_log)
        return changed or state.has_ended  # clocks are set and machines sleep: the timer alone may miss the end

    def _note_end(self, channel: int, channel_log: ChannelLog, state: ChannelState) -> None:
        if state.expires_at == channel_log.expires_at:
            return
        channel_log.forget()
        channel_log.expires_at = state.expires_at
        if state.expires_at:
            wait = max(0.0, state.expires_at.timestamp() - time.time()) + 0.001
            channel_log.ending = self.loop.call_later(wait, self._end, channel, channel_log)

    def _end(self, channel: int, channel_log: ChannelLog) -> None:
        """A room's last instant: its sockets hear of it from us, whether or not a worker is alive."""
        if self.logs.get(channel) is channel_log:
            self._spawn(self._recheck_seats(list(channel_log.seats)))

    async def _recheck_seats(self, seats: list[Seat]) -> None:
        """Of those that are somebody's. The others are being checked, and `open_seat` compares what they were let in
        at."""
        seats = [seat for seat in seats if seat.held is None]
        try:
            reasons = await in_thread(truth().expelled, self._looker, {(seat.channel, seat.member) for seat in seats})
        except Exception:  # the database is away, whatever the reason: what is doubtful stays so until the next look
            log.warning("recheck_failed", exc_info=True)
            for seat in seats:
                if seat.channel in self.logs:
                    self.logs[seat.channel].acl_rev = DOUBTFUL
            return
        for seat in seats:
            reason = reasons.get((seat.channel, seat.member))
            if reason and seat.socket.seats.get(seat.channel) is seat:
                frame = encode({"op": "out", "channel": str(seat.channel), "reason": reason})
                self._put_out(seat.socket, seat.channel, frame)
                seat.socket.outs |= {seat.channel}

    async def _recheck_people(self, sockets: list[Socket], auth_revs: dict[int, int] | None = None) -> None:
        """Close the sockets whose sign-in has ended; the others are sound at the revision that was seen."""
        try:
            valid = await in_thread(truth().still_valid, self._looker, {socket.credential for socket in sockets})
        except Exception:  # the database is away, whatever the reason: auth_rev still differs at the next look
            log.warning("recheck_failed", exc_info=True)
            return
        for socket in sockets:
            if socket.credential not in valid:
                socket.close(AUTH_GONE)
                self.attendees.leave(socket)  # now: a client may leave our close without an answer
            elif auth_revs is not None:
                socket.auth_rev = auth_revs.get(socket.person, socket.auth_rev)

    def _heartbeat(self, slot: int) -> None:
        now = self.loop.time()
        for socket in [one for one in self.sockets if one.slot == slot]:
            heads = {str(channel): self.head(channel) for channel, seat in socket.seats.items() if seat.held is None}
            socket.push(encode({"op": "beat", "heads": heads}))
        for socket in [one for one in self.sockets if one.pinged and now - one.heard_at > SILENCE]:
            socket.close(NO_HEARTBEAT)
            self.attendees.leave(socket, grace=0)  # it was silent for long enough

    # --- Life -----------------------------------------------------------------------------------------------------
    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Only our own tasks: the server closes the sockets (1012)."""
        await end([self._ticker, *self._tasks])
        await self.attendees.stop()
        if self._bus:
            await self._bus.stop()
        self._looker.shutdown(wait=False)


_current: Hub | None = None


def current() -> Hub | None:
    """This process's hub, if it serves sockets."""
    return _current


def ensure() -> Hub:
    """The hub of the running event loop, started at the first call."""
    global _current
    loop = asyncio.get_running_loop()
    if _current is None or _current.loop is not loop:
        _current = Hub(loop)
    return _current


async def stop() -> None:
    global _current
    if _current is not None:
        hub, _current = _current, None
        await hub.stop()
