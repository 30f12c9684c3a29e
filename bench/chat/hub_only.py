"""The hub and the server as they ship, without people, permissions and the database: what fan-out alone costs.

`python bench/chat/hub_only.py` listens on PORT. It understands `sub` and `send` as the gateway does, and answers no
`send`.
"""

import os
import sys
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from core import server  # noqa: E402 - found by the lines above, like all that follows
from core.realtime import Event, hub, truth  # noqa: E402
from core.realtime.events import encode  # noqa: E402
from core.realtime.lifespan import lifespan  # noqa: E402
from core.realtime.lines import line_of  # noqa: E402
from core.realtime.sockets import Socket  # noqa: E402

heads: dict[int, int] = {}


class Nothing:
    """In place of the database: what it says of a channel is what was said in it."""

    def look(self, channels: Collection[int], _people: Collection[int]) -> truth.Look:
        return truth.Look({channel: state(channel) for channel in channels})

    def register(self) -> None:
        """Nobody is anybody, so nobody's presence is written."""


def state(channel: int) -> truth.ChannelState:
    return truth.ChannelState(heads.setdefault(channel, 0), channel, 1, None)


async def application(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[..., Any]) -> None:
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
        return
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})
        return
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "plaza.v1"})
    here, socket = hub.ensure(), Socket(line_of(scope, send))
    here.attach(socket)
    while (message := await receive())["type"] == "websocket.receive":
        take(here, socket, orjson.loads(message["text"]))
    here.detach(socket)


def take(here: hub.Hub, socket: Socket, frame: dict[str, Any]) -> None:
    channel = int(frame["channel"])
    if frame["op"] == "sub":
        seat = here.hold_seat(socket, channel, heads.setdefault(channel, 0))
        socket.push(encode({"op": "ok", "id": frame["id"], "channel": frame["channel"]}))
        here.open_seat(seat, state(channel), member=0, from_seq=0)
        return
    heads[channel] = rev = heads[channel] + 1
    said = {"op": "message", "channel": frame["channel"], "rev": rev, "body": frame["body"]}
    here.take(f"channel:{channel}", (Event(encode(said), rev),))


if __name__ == "__main__":
    truth.register(Nothing())  # type: ignore[arg-type]  # the part of it that is asked for
    server.serve(server.open_port(), lambda: None, application)
