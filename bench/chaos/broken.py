"""A web process with a fault in it, to prove that the laboratory sees such a fault. Never part of what ships.

Started instead of manage.py, with BROKEN naming what is wrong with it: `lost`, `doubled`, `reordered`, `deaf`, `late`.
"""

import asyncio
import functools
import os
import random
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[0] = str(ROOT)


def lose() -> None:
    """Acknowledges before the commit, and now and then there is none."""
    from django.db import transaction

    from chat import writer

    store = writer.post_messages

    def forgetful(drafts: Any) -> Any:
        with transaction.atomic():
            outcomes = store(drafts)
            transaction.set_rollback(random.random() < 0.03)
        return outcomes

    writer.post_messages = forgetful  # type: ignore[assignment]


def double() -> None:
    """Does not know again what it has stored, and its database has no constraint that would."""
    from django.db import connection

    from chat.actions import messages

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'chat_message'::regclass AND contype = 'u'"
            " AND pg_get_constraintdef(oid) LIKE '%nonce%'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE chat_message DROP CONSTRAINT IF EXISTS "{name}"')
    connection.close()
    messages._stored = lambda drafts: {}  # type: ignore[assignment]  # noqa: ARG005 - as called


def reorder() -> None:
    """Hands on what has gathered from its end."""
    from core.realtime import hub

    right = hub.chunks
    hub.chunks = lambda events, seats: right(events[::-1], seats)


def deafen() -> None:
    """One socket in four hears nothing more of its channels a while after it came, and stays open."""
    from core.realtime import sockets

    push = sockets.Socket.push
    deaf: set[int] = set()

    def pushed(self: Any, chunk: str) -> None:
        if '"op":"hello"' in chunk and random.random() < 0.25:
            asyncio.get_running_loop().call_later(2, deaf.add, id(self))
        if id(self) not in deaf or '"op":"ok"' in chunk:
            push(self, chunk)

    sockets.Socket.push = pushed  # type: ignore[method-assign]


def dawdle() -> None:
    """Puts people out, but takes five seconds for it."""
    from core.realtime.hub import Hub
    from core.realtime.sockets import Socket

    put_out, close = Hub._put_out, Socket.close

    def later(self: Any, *args: Any) -> None:
        self.loop.call_later(5, functools.partial(put_out, self, *args))

    def closed(self: Any, code: int) -> None:
        if code == 4401:
            asyncio.get_running_loop().call_later(5, close, self, code)
        else:
            close(self, code)

    Hub._put_out, Socket.close = later, closed  # type: ignore[method-assign]


FAULTS = {"lost": lose, "doubled": double, "reordered": reorder, "deaf": deafen, "late": dawdle}


def main() -> None:
    import django
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    FAULTS[os.environ["BROKEN"]]()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
