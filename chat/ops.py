"""The gateway's operations: each loads through the caller's access, makes one call and answers fields of `ok`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actions as account_actions
from accounts.models import Status, User
from accounts.presence import AUTOMATIC, statuses
from chat import actions, events, frames, history, payloads, text
from chat.errors import NotYet
from chat.frames import Frame
from chat.writer import Writer
from core.errors import Invalid, NotFound
from core.realtime.hub import Hub
from core.realtime.sockets import Seat, Socket
from core.realtime.threads import in_thread
from core.times import iso
from rooms.callers import Caller
from rooms.models import Space

Answer = dict[str, Any]

MOST_WATCHED = 100  # people on one page
LARGEST_ANSWER = 256 * 1024  # characters of messages in one answer: a long one would make its reader too slow
TYPING_SECONDS = 5
NAME_SECONDS = 60


class Sends:
    """How many messages of a client are on their way to being stored."""

    __slots__ = ("_count", "_fewer")

    def __init__(self) -> None:
        self._count = 0
        self._fewer: asyncio.Future[None] | None = None

    def begin(self) -> None:
        self._count += 1

    def end(self) -> None:
        self._count -= 1
        if self._fewer is not None and not self._fewer.done():
            self._fewer.set_result(None)

    async def fewer_than(self, most: int) -> None:
        while self._count >= most:
            self._fewer = asyncio.get_running_loop().create_future()
            await self._fewer


class Session:
    """One client: its socket, who it is, the hub it hangs on and the writer who stores what it says."""

    __slots__ = ("caller", "hub", "sends", "socket", "typed", "writer")

    def __init__(self, hub: Hub, socket: Socket, caller: Caller, writer: Writer) -> None:
        self.hub = hub
        self.socket = socket
        self.caller = caller
        self.writer = writer
        self.sends = Sends()
        self.typed: dict[int, Typed] = {}  # channel -> when last


@dataclass(frozen=True, slots=True)
class Typed:
    """What one was found to be when one typed last: good for the same seat while nobody's access has changed, and
    for a minute, because a nickname may change too."""

    at: float
    found_at: float
    seat: Seat | None
    access_revision: int
    member: int
    name: str


async def sub(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    """The answer goes out before the first live event, and nothing falls between: the seat collects from before the
    database is read, and opens at the head that was read."""
    channel, after = frames.row_id(frame, "channel"), frames.position(frame, "after")
    head = 0
    if channel not in session.hub.logs:
        head = (await in_thread(history.position, None, session.caller, channel)).state.head
    seat = session.hub.hold_seat(session.socket, channel, head)
    try:
        found, answer = await in_thread(_open, None, session.caller, channel, after)
    except BaseException:
        session.hub.leave(seat)
        raise
    if session.socket.seats.get(channel) is not seat:
        raise NotFound  # put out while the database was asked: `out` has been said, and `ok` would contradict it
    reply(answer)
    session.hub.open_seat(seat, found.state, member=found.seat.pk, from_seq=found.seat.from_seq)


def _open(caller: Caller, channel: int, after: int | None) -> tuple[history.Position, Answer]:
    found = history.position(caller, channel)
    answer: Answer = {
        "channel": str(channel),
        "head": found.state.head,
        "last_seq": found.last_seq,
        "read_seq": history.read_seq(channel, found.seat),
    }
    space = found.seat.space
    if space.pair is not None:
        answer["writable"] = not Space.objects.cut_off().filter(pk=space.pk).exists()
    if after is not None:
        page = history.changes(channel, found.seat, after, largest=LARGEST_ANSWER)
        answer |= {"changes": page.messages, "more": page.more}
    return found, answer


async def unsub(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    seat = session.socket.seats.get(frames.row_id(frame, "channel"))
    if seat is not None:
        session.hub.leave(seat)
    reply({})


async def send(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> actions.Draft:
    """What is to be stored. The answer comes when it is; the next frame is read meanwhile."""
    if frame.get("reply_to") is not None or frame.get("attachments"):
        raise NotYet
    channel = frames.row_id(frame, "channel")
    nonce, body = text.clean_message(frame.get("nonce"), frame.get("body"))
    seat = session.socket.seats.get(channel)
    member = seat.member if seat else (await in_thread(history.position, None, session.caller, channel)).seat.pk
    return actions.Draft(channel, member, nonce, body)


async def edit(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    message_id, body = frames.row_id(frame, "message"), text.clean_body(frame.get("body"))
    changed = await in_thread(actions.edit_message, None, caller=session.caller, message_id=message_id, body=body)
    reply({"message": payloads.message(changed, reader=changed.author_id)})


async def delete(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    message_id = frames.row_id(frame, "message")
    changed = await in_thread(actions.delete_message, None, caller=session.caller, message_id=message_id)
    reply({"message": payloads.message(changed)})


async def typing(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    """Told to the others once in five seconds; in between it is heard and forgotten."""
    channel, now = frames.row_id(frame, "channel"), session.hub.loop.time()
    last = session.typed.get(channel)
    if last is None or now - last.at >= TYPING_SECONDS:
        session.typed[channel] = typed = await _typed(session, channel, last, now)
        events.typing(channel, typed.member, typed.name)
    reply({})


async def _typed(session: Session, channel: int, last: Typed | None, now: float) -> Typed:
    """By the seat, if it still stands for what it did; else by asking. Raises what speaking would."""
    seat, revision = session.socket.seats.get(channel), session.hub.access_revision(channel)
    is_known = last is not None and seat is not None and last.seat is seat and last.access_revision == revision
    if last is not None and is_known and now - last.found_at < NAME_SECONDS:
        return replace(last, at=now)
    found = await in_thread(actions.speaking_seat, None, caller=session.caller, channel_id=channel)
    return Typed(now, now, seat, found.space.acl_rev, found.pk, found.nickname)


async def read(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    channel, seq = frames.row_id(frame, "channel"), frames.position(frame, "seq")
    if seq is None:
        raise Invalid(fields={"seq": _("This must be a whole number, 0 or more.")})
    standing = await in_thread(actions.mark_read, None, caller=session.caller, channel_id=channel, seq=seq)
    reply(standing.shown())


async def ping(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    session.socket.pinged = True
    reply({"server_time": iso(timezone.now())})


async def status(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    """`status` is what one chose, everywhere; `idle` is about this socket alone."""
    idle = frames.truth_value(frame, "idle")
    chosen = frames.choice(frame, "status", *Status.values, AUTOMATIC)
    if idle is None and chosen is None:
        raise Invalid(fields={"status": _("Say status or idle.")})
    if chosen is not None:
        user = session.caller.require_user()
        await in_thread(account_actions.set_status, None, user=user, status=chosen)
    if idle is not None:
        session.hub.attendees.set_idle(session.socket, idle)
    reply({} if chosen is None else {"status": chosen})


async def watch(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    """As with `sub`, nothing falls between the answer and the first change."""
    people = frames.row_ids(frame, "people", most=MOST_WATCHED)
    session.hub.watches.hold(session.socket, people)
    try:
        now = await in_thread(_shown, None, session.caller, people)
    except BaseException:
        session.hub.watches.leave(session.socket)
        raise
    reply({"presence": [{"user": str(person), "status": shown} for person, shown in now.items()]})
    session.hub.watches.open(session.socket, now)


def _shown(caller: Caller, people: set[int]) -> dict[int, str]:
    """Two queries. Oneself is there, by this socket, whether that has been written yet or not."""
    found = User.objects.with_public_page().filter(pk__in=people).only("status")
    return statuses(found, here=caller.user.pk if caller.user else None)


async def not_yet(session: Session, frame: Frame, reply: Callable[[Answer], None]) -> None:
    raise NotYet


Operation = Callable[[Session, Frame, Callable[[Answer], None]], Awaitable[actions.Draft | None]]

OPERATIONS: dict[str, Operation] = {
    "sub": sub,
    "unsub": unsub,
    "send": send,
    "edit": edit,
    "delete": delete,
    "ping": ping,
    "react": not_yet,
    "typing": typing,
    "read": read,
    "status": status,
    "watch": watch,
}


def operation(frame: Frame) -> Operation:
    found = OPERATIONS.get(frame["op"]) if isinstance(frame.get("op"), str) else None
    if found is None:
        raise Invalid(fields={"op": _("There is no such operation.")})
    return found
