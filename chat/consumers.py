"""The gateway: one socket per client for everything. docs/events.md describes every frame.

A plain ASGI application routed by Channels: its consumers cost a task and a thread hop per message, and fan-out is the
hub's (docs/adr/).
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Status, User
from accounts.presence import AUTOMATIC
from chat import frames, ops
from chat.actions import Outcome
from chat.handshake import PROTOCOL, HandshakeRefused, Visitor, identify
from chat.text import LONGEST_BODY
from chat.writer import Writer
from core import languages
from core.errors import DomainError, Invalid, SlowDown, Unavailable
from core.rates import LocalRates, Rate, named_rate
from core.realtime import hub as hubs
from core.realtime.events import encode
from core.realtime.lines import DIED, Line, line_of
from core.realtime.sockets import Socket
from core.realtime.threads import in_thread
from core.times import iso

log = structlog.get_logger(__name__)

FLOOD, RESTART = 4429, 1012
MOST_SENDS_IN_FLIGHT = 32
_REFUSALS = Rate(100, 10)  # a client that is told to slow down more often than this is a flood

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Gateway:
    """Serves every connection of the process; per connection there is an `ops.Session`."""

    def __init__(self) -> None:
        self._sends = LocalRates(named_rate("SENDS"))
        self._ops = LocalRates(named_rate("OPS"))
        self._refusals = LocalRates(_REFUSALS)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        visitor, code = await self._admit(scope)
        protocol = PROTOCOL if PROTOCOL in scope.get("subprotocols", ()) else None
        await send({"type": "websocket.accept", "subprotocol": protocol})
        if visitor is None:
            await send({"type": "websocket.close", "code": code})  # a browser can read a close code, not a status
            return
        with languages.spoken_to(visitor.language):  # in this connection's task alone, and in what it starts
            await self._serve(visitor, receive, line_of(scope, send))

    async def _admit(self, scope: dict[str, Any]) -> tuple[Visitor | None, int]:
        if settings.MAINTENANCE:
            return None, RESTART
        try:
            return await in_thread(identify, None, scope), 0
        except HandshakeRefused as refused:
            return None, refused.code
        except DatabaseError:
            log.warning("handshake_without_database", exc_info=True)
            return None, RESTART

    async def _serve(self, visitor: Visitor, receive: Receive, line: Line) -> None:
        hub, socket = hubs.ensure(), Socket(line)
        socket.topics, socket.credential = visitor.topics, visitor.credential
        socket.person = visitor.caller.user.pk if visitor.caller.user else 0
        session = ops.Session(hub, socket, visitor.caller, Writer.of_running_loop())
        hub.attach(socket)
        socket.push(hello(visitor))
        died = False
        try:
            while not socket.closed:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    died = message.get("code") == DIED
                    break
                socket.heard_at = hub.loop.time()
                await socket.has_read()
                if not socket.is_closing:
                    await self._take(session, message)
        finally:
            hub.detach(socket, died=died)

    async def _take(self, session: ops.Session, message: dict[str, Any]) -> None:
        try:
            frame = frames.parse(message.get("text"))
        except frames.FrameRefused as refused:
            session.socket.close(refused.code)
            return
        await session.sends.fewer_than(MOST_SENDS_IN_FLIGHT)
        await self._answer(session, frame)

    async def _answer(self, session: ops.Session, frame: frames.Frame) -> None:
        """Exactly one `ok` or `err`; for `send` it comes when the message is committed."""
        frame_id = frames.frame_id(frame)
        try:
            self._spend(session, frame.get("op") == "send")  # whatever it is: answering nonsense costs as well
            if frame_id is None:
                raise Invalid(fields={"id": _("Each frame needs a whole number as its id.")})
            operation = ops.operation(frame)
            draft = await operation(session, frame, partial(_ok, session.socket, frame_id))
            if draft is not None:
                session.sends.begin()
                session.writer.submit(draft, partial(_acknowledge, session, frame_id))
        except DomainError as refusal:
            _err(session.socket, frame_id, refusal)
        except DatabaseError:
            log.warning("operation_without_database", op=frame.get("op"), exc_info=True)
            _err(session.socket, frame_id, Unavailable())

    def _spend(self, session: ops.Session, is_send: bool) -> None:
        key = session.caller.key
        wait = (self._sends if is_send else self._ops).spend(key)
        if not wait:
            return
        if self._refusals.spend(key):
            session.socket.close(FLOOD)
        raise SlowDown(retry_after=wait)


def hello(visitor: Visitor) -> str:
    return encode(
        {
            "op": "hello",
            "heartbeat_ms": hubs.HEARTBEAT * 1000,
            "limits": {
                "frame_bytes": frames.LARGEST_FRAME,
                "body": LONGEST_BODY,
                "sends": settings.RATE_SENDS,
                "ops": settings.RATE_OPS,
            },
            "server_time": iso(timezone.now()),
            "user": _user(visitor.caller.user) if visitor.caller.user else None,
        }
    )


def _user(user: User) -> dict[str, str]:
    """`status` as others see it from now on, by this socket."""
    return {
        "id": str(user.pk),
        "username": user.username,
        "name": user.public_name,
        "status": user.status or Status.ONLINE.value,
        "chosen": user.status or AUTOMATIC,
    }


def _ok(socket: Socket, frame_id: int, answer: ops.Answer) -> None:
    socket.push(encode({"op": "ok", "id": frame_id, **answer}))


def _err(socket: Socket, frame_id: int | None, refusal: DomainError) -> None:
    shown: dict[str, Any] = {"op": "err", "id": frame_id, **refusal.as_dict()}
    if refusal.retry_after is not None:
        shown["retry_ms"] = max(1, round(refusal.retry_after * 1000))
    socket.push(encode(shown))


def _acknowledge(session: ops.Session, frame_id: int, outcome: Outcome) -> None:
    session.sends.end()
    if isinstance(outcome, DomainError):
        _err(session.socket, frame_id, outcome)
    else:
        session.socket.push(f'{{"op":"ok","id":{frame_id},"message":{outcome.shown}}}')
