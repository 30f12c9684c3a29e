"""What the hub's tests stand on: a database in memory, readers without a network, a clock that skips the waiting."""

import asyncio
import json
from collections.abc import Collection, Coroutine, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.test import override_settings

from core.realtime import Event
from core.realtime import truth as truths
from core.realtime.hub import Hub
from core.realtime.lines import AsgiLine
from core.realtime.sockets import Seat, Socket
from core.realtime.truth import Attendance, ChannelState, Look, Noticed

CHANNEL = 7


@dataclass
class Log:
    head: int = 0
    acl_rev: int = 0
    expires_at: datetime | None = None
    revs: list[int] = field(default_factory=list)  # of message number n: its newest rev


ALL = {"look", "changes", "expelled", "still_valid", "exchange"}


class MemoryTruth:
    """A whole `Truth`: what the hub asks the database, from lists. The questions in `fails` do."""

    def __init__(self) -> None:
        self.logs: dict[int, Log] = {CHANNEL: Log()}
        self.people: dict[int, int] = {}
        self.reasons: dict[tuple[int, int], str] = {}
        self.ended: set[Hashable] = set()
        self.asked: list[str] = []
        self.fails: set[str] = set()
        self.attendance = MemoryRegister(self)

    # --- What happens -----------------------------------------------------------------------------------------------
    def say(self, channel: int = CHANNEL, *, author: int = 0) -> Event:
        """A new message; its `seq` is its place in the list."""
        self.logs[channel].revs.append(0)
        return self.change(len(self.logs[channel].revs), channel, author=author)

    def change(self, seq: int, channel: int = CHANNEL, *, author: int = 0) -> Event:
        log = self.logs[channel]
        log.head += 1
        log.revs[seq - 1] = log.head
        return event(channel, log.head, seq, author)

    def state(self, channel: int = CHANNEL) -> ChannelState:
        log = self.logs[channel]
        return ChannelState(log.head, channel, log.acl_rev, log.expires_at)

    # --- What the hub asks ------------------------------------------------------------------------------------------
    def look(self, channels: Collection[int], people: Collection[int]) -> Look:
        self.ask("look")
        return Look(
            {one: self.state(one) for one in channels if one in self.logs},
            {one: self.people[one] for one in people if one in self.people},
        )

    def changes(self, channel: int, after: int, limit: int) -> tuple[int, list[Event]]:
        self.ask("changes")
        log = self.logs[channel]
        found = sorted((rev, seq) for seq, rev in enumerate(log.revs, 1) if rev > after)
        return log.head, [event(channel, rev, seq) for rev, seq in found[:limit]]

    def expelled(self, seats: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
        self.ask("expelled")
        return {seat: self.reasons[seat] for seat in seats if seat in self.reasons}

    def still_valid(self, credentials: Collection[Any]) -> set[Hashable]:
        self.ask("still_valid")
        return set(credentials) - self.ended

    def register(self) -> "MemoryRegister":
        return self.attendance

    def ask(self, what: str) -> None:
        self.asked.append(what)
        if what in self.fails:
            raise OSError("the database is away")


class MemoryRegister:
    """Who is there, from a dict. Where it `tells`, each exchange does so in all channels asked for of what changed in
    it; what is put into `elsewhere` changed at another process."""

    def __init__(self, truth: MemoryTruth) -> None:
        self._truth = truth
        self.idle: dict[str, bool] = {}
        self.written: list[Attendance] = []
        self.elsewhere: dict[str, str] = {}  # key -> status
        self.tells = False
        self.is_known = True  # False: others took the process for dead

    def exchange(self, own: Attendance, channels: Collection[int]) -> Noticed:
        self._truth.ask("exchange")
        if own and own.continues and not self.is_known:
            self.idle, self.is_known = {}, True
            return Noticed(False, [])
        if own:
            self.written.append(own)
        self.idle |= own.present
        for key in own.gone:
            del self.idle[key]
        changed = {key: "absent" if idle else "online" for key, idle in own.present.items()}
        changed |= dict.fromkeys(own.gone, "offline") | self.elsewhere
        self.elsewhere = {}
        if not self.tells:
            return Noticed(True, [])
        return Noticed(
            True, [(f"channel:{channel}", presence(*one)) for channel in channels for one in changed.items()]
        )

    @property
    def writes(self) -> list[tuple[dict[str, bool], list[str]]]:
        """Of which keys something was written, beats left out."""
        return [(own.present, own.gone) for own in self.written if own.present or own.gone]

    def end(self) -> None:
        self.written.append(Attendance({}, list(self.idle)))


def presence(key: str, status: str) -> Event:
    return Event.of("presence", light=f"presence:{key}", user=key, status=status)


def event(channel: int, rev: int, seq: int, author: int = 0) -> Event:
    def frame(**fields: Any) -> str:
        return json.dumps({"op": "message", "channel": channel, "rev": rev, **fields})

    return Event(
        frame(seq=seq), rev=rev, floor=seq, veiled=frame(seq=None), author=author, own=frame(seq=seq, own=True)
    )


class Reader:
    """A client: its socket, and everything that reached it. While `reads` is not set its transport takes nothing."""

    def __init__(self, hub: Hub, *, topics: tuple[str, ...] = (), person: int = 0) -> None:
        self.hub = hub
        self.reads = asyncio.Event()
        self.reads.set()
        self.texts: list[str] = []
        self.closed = 0
        self.socket = Socket(AsgiLine(self._send))
        self.socket.topics, self.socket.person, self.socket.credential = topics, person, id(self)
        hub.attach(self.socket)

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.closed = message["code"]
            return
        await self.reads.wait()
        self.texts.append(message["text"])

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(line) for text in self.texts for line in text.split("\n")]

    @property
    def revs(self) -> list[int]:
        return [frame["rev"] for frame in self.frames if frame["op"] == "message"]

    @property
    def statuses(self) -> list[tuple[str, str]]:
        return [(frame["user"], frame["status"]) for frame in self.frames if frame["op"] == "presence"]

    def hold(self, truth: MemoryTruth, *, member: int = 1, from_seq: int = 0, channel: int = CHANNEL) -> Seat:
        seat = self.hub.hold_seat(self.socket, channel, truth.state(channel).head)
        seat.member, seat.from_seq = member, from_seq  # for `open`
        return seat

    def open(self, seat: Seat, state: ChannelState) -> None:
        """As the gateway does: first the answer, then what is live."""
        self.socket.push(json.dumps({"op": "ok", "head": state.head}))
        self.hub.open_seat(seat, state, member=seat.member, from_seq=seat.from_seq)

    def sit(self, truth: MemoryTruth, **fields: int) -> Seat:
        seat = self.hold(truth, **fields)
        self.open(seat, truth.state(seat.channel))
        return seat


class HastyLoop(asyncio.SelectorEventLoop):
    """Its time passes only when there is nothing to do but wait, and then at once. Threads' answers take none of it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._threads = 0
        self._select = self._selector.select  # type: ignore[attr-defined]  # asyncio's own
        self._selector.select = self._skip  # type: ignore[attr-defined]  # the same

    def time(self) -> float:
        return self._now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]  # its types are not ours to repeat
        self._threads += 1
        answer: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
        answer.add_done_callback(self._count_off)
        return answer

    def _count_off(self, _answer: asyncio.Future[Any]) -> None:
        self._threads -= 1

    def _skip(self, timeout: float | None = None) -> Any:
        if self._threads or not timeout:
            return self._select(timeout)
        self._now += timeout
        return self._select(0)


def run(story: Coroutine[Any, Any, None], truth: MemoryTruth) -> None:
    """On a loop of its own, with this truth in place of the database's."""
    before = truths.truth()
    truths.register(truth)
    try:
        # No bus: on a clock that skips the waiting, a Redis could never answer in time.
        with override_settings(REDIS_URL=""), asyncio.Runner(loop_factory=HastyLoop) as runner:
            runner.run(story)
    finally:
        truths.register(before)
