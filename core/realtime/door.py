"""`publish`: hand events to this process's hub and to the others, once the transaction has committed.

It never fails and never waits long: events are hints, the database is the truth, and every hub looks there each second.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import structlog
from django.conf import settings
from django.db import transaction

from core.realtime import hub as hubs
from core.realtime.bus import OneWayBus
from core.realtime.events import Event

log = structlog.get_logger(__name__)


def publish(topic: str, *events: Event) -> None:
    """`topic` is `channel:<id>`, `person:<id>` or `member:<id>` (a guest)."""
    publish_each([(topic, events)])


def publish_each(publications: Sequence[tuple[str, tuple[Event, ...]]]) -> None:
    """(topic, events) of several."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        transaction.on_commit(lambda: _hand_over(publications))
    else:  # on an event loop there is no transaction to wait for
        _hand_over(publications)


def _hand_over(publications: Sequence[tuple[str, tuple[Event, ...]]]) -> None:
    hub = hubs.current()
    if hub is not None:
        with contextlib.suppress(RuntimeError):  # its loop is closing: no socket is left to tell
            hub.take_threadsafe(publications)
    elif settings.REDIS_URL:
        for topic, events in publications:
            OneWayBus.shared().send(topic, events)
