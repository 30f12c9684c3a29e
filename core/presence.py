"""Who is there, in the database: the one place that every process, page and worker asks.

A person's `key` is `person:<id>`, a guest's `member:<id>`: the topics that their sockets listen to. Each web process
keeps the rows of its own sockets and says every few seconds that it lives; the rows of one that has died count no more.
What a change of status means, and who is told, is for the apps above (`accounts.presence`, `rooms.presence`).
"""

import time
import uuid
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Now

from core.models import PROCESS_SILENCE, Presence, PresenceChange, WebProcess
from core.realtime import RECHECK, Event, publish
from core.realtime.presence import GRACE_SECONDS, TOPIC
from core.realtime.truth import Attendance, Noticed

LATE_SECONDS = 5  # a transaction may commit so much later than one that took a greater id
ABSENCE_SECONDS = 10  # without an exchange, after which this process knows nothing of the others' silence
CHANGES_KEPT = timedelta(minutes=1)

Told = list[tuple[str, Event]]  # topic, event


def idle_by_key(keys: Collection[str]) -> dict[str, bool]:
    """Of these, who is there, and whether all that they have open is idle. One query."""
    found: dict[str, bool] = {}
    for key, idle in Presence.objects.fresh().filter(key__in=keys).values_list("key", "idle") if keys else ():
        found[key] = idle and found.get(key, True)
    return found


def note_changes(keys: Iterable[str]) -> None:
    """In the caller's transaction: everybody who sees them is to be told what they are now."""
    PresenceChange.objects.bulk_create([PresenceChange(key=key) for key in keys])
    publish(TOPIC, RECHECK)


class Register:
    """One process's page in it, and what it reads of the others'. One thread at a time uses it.

    `meaning(keys, channels)` says who is to be told what, of those who listen to these channels.
    """

    def __init__(self, meaning: Callable[[Collection[str], Collection[int]], Told]) -> None:
        self._meaning = meaning
        self._process = uuid.uuid4()
        self._floor: int | None = None  # changes up to this id are dealt with
        self._handled: dict[int, float] = {}  # those above it that are, and since when
        self._exchanged_at = self._buries_from = 0.0

    def exchange(self, own: Attendance, channels: Collection[int]) -> Noticed:
        """Write what changed here, then read what changed anywhere."""
        now = time.monotonic()
        if self._floor is None:
            self._begin()
        known = self._write(own) if own else True
        if now - self._exchanged_at > ABSENCE_SECONDS:  # if the database was away, it was away for all of us
            self._buries_from = now + PROCESS_SILENCE.total_seconds()
        if own.beat and now >= self._buries_from:
            self._bury_the_dead()
        changed = self._read_changes(now)
        self._exchanged_at = now
        return Noticed(known, self._meaning(changed, channels) if changed else [])

    def end(self) -> None:
        """The process stops. Its rows stand for another moment: who comes back elsewhere was never gone."""
        last_seen = Now() - PROCESS_SILENCE + timedelta(seconds=GRACE_SECONDS)
        WebProcess.objects.filter(pk=self._process).update(seen_at=last_seen)

    def _begin(self) -> None:
        if not settings.DATABASE_URL:  # one process has this database: what another left behind, it left in dying
            self._bury(WebProcess.objects.exclude(pk=self._process))
        self._floor = PresenceChange.objects.aggregate(newest=Max("pk"))["newest"] or 0

    @transaction.atomic
    def _write(self, own: Attendance) -> bool:
        """False if others took this process for dead: then nothing was written, and all of it must be said again."""
        if not WebProcess.objects.filter(pk=self._process).update(seen_at=Now()):
            if own.continues:
                return False
            WebProcess.objects.create(pk=self._process, seen_at=Now())
        if own.gone:
            Presence.objects.filter(process=self._process, key__in=own.gone).delete()
        Presence.objects.bulk_create(
            [Presence(process_id=self._process, key=key, idle=idle) for key, idle in own.present.items()],
            update_conflicts=True,
            update_fields=["idle"],
            unique_fields=["key", "process"],
        )
        changed = [*own.gone, *own.present]
        if changed:
            note_changes(changed)
        return True

    def _bury_the_dead(self) -> None:
        """Whoever comes first announces those who are gone with a dead process; the others find its rows deleted."""
        silent = WebProcess.objects.filter(seen_at__lt=Now() - PROCESS_SILENCE)
        if silent.exists():
            self._bury(silent)
        PresenceChange.objects.filter(at__lt=Now() - CHANGES_KEPT).delete()

    @transaction.atomic
    def _bury(self, processes: QuerySet[WebProcess]) -> None:
        dead = [process.pk for process in processes.order_by("pk").select_for_update()]
        keys = set(Presence.objects.filter(process__in=dead).values_list("key", flat=True))
        WebProcess.objects.filter(pk__in=dead).delete()
        if keys:
            note_changes(keys)

    def _read_changes(self, now: float) -> set[str]:
        rows = PresenceChange.objects.filter(pk__gt=self._floor).values_list("pk", "key")
        fresh = {pk: key for pk, key in rows if pk not in self._handled}
        self._handled |= dict.fromkeys(fresh, now)
        settled = [pk for pk, at in self._handled.items() if now - at > LATE_SECONDS]
        if settled:
            self._floor = max(settled)
            self._handled = {pk: at for pk, at in self._handled.items() if pk > self._floor}
        return set(fresh.values())
