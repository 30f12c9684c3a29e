"""Numbers of all processes together: what workers count, too, is shown by every web process at /metrics.

A metric made with `registry=SHARED` is counted in memory; what is new of it is added to its rows in the database, by a
worker every few seconds and by a web process whenever it is asked. So nothing waits for it, totals outlive a process,
and a worker needs no port of its own. (Files that processes share, as prometheus_client has them, would ask for one
disk under all machines.)
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import structlog
from celery.signals import worker_init, worker_process_init, worker_process_shutdown, worker_shutdown
from django.db import DatabaseError, connection
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

from core.models import MetricSample
from core.sql import as_json

log = structlog.get_logger(__name__)

SHARED = CollectorRegistry()
ADD_SECONDS = 2

_adding = threading.Lock()
_added: dict[tuple[str, str], float] = {}  # of each sample what the database has of this process


def add_up() -> None:
    """Add to the database what was counted here since the last time. Raises DatabaseError."""
    with _adding:
        new = {key: (family, value) for key, family, value in _counted() if value != _added.get(key, 0.0)}
        if not new:
            return
        rows = [  # always in this order: others add to the same rows
            (family, *key, value - _added.get(key, 0.0)) for key, (family, value) in sorted(new.items())
        ]
        with connection.cursor() as cursor:
            cursor.execute(_ADD[connection.vendor], [as_json(rows)])
        _added.update({key: value for key, (_family, value) in new.items()})


def _counted() -> Iterator[tuple[tuple[str, str], str, float]]:
    for family in SHARED.collect():
        for sample in family.samples:
            if not sample.name.endswith("_created"):  # when this process began to count
                yield _key(sample), family.name, sample.value


def _key(sample: Sample) -> tuple[str, str]:
    return sample.name, json.dumps(sample.labels, sort_keys=True)


_ADD = {
    vendor: f"""
        INSERT INTO core_metricsample AS stored (family, name, labels, value)
        SELECT {columns} FROM {rows} WHERE true
        ON CONFLICT (name, labels) DO UPDATE SET value = stored.value + excluded.value
    """  # noqa: S608 - of the words below; WHERE, because SQLite would take ON for a join's
    for vendor, columns, rows in (
        ("postgresql", "row->>0, row->>1, row->>2, (row->>3)::float8", "jsonb_array_elements(%s::jsonb) AS row"),
        ("sqlite", ", ".join(f"json_extract(value, '$[{place}]')" for place in range(4)), "json_each(%s)"),
    )
}


class Together:
    """What Prometheus is shown: the sums of all processes."""

    def collect(self) -> Iterator[Metric]:
        try:
            add_up()
            stored = list(MetricSample.objects.order_by("pk"))
        except DatabaseError as away:
            log.warning("metrics_without_database", because=str(away))
            return
        values: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
        for row in stored:
            values[row.family][row.name, row.labels] = row.value
        for family in SHARED.collect():
            yield _sum(family, values[family.name])

    def describe(self) -> list[Metric]:
        return []  # nothing is asked of the database while this is registered


def _sum(family: Metric, stored: dict[tuple[str, str], float]) -> Metric:
    """In the order in which a process has them: a histogram's buckets have one."""
    shown = Metric(family.name, family.documentation, family.type)
    known = {key: None for key in (_key(sample) for sample in family.samples) if not key[0].endswith("_created")}
    for name, labels in {**known, **dict.fromkeys(stored)}:
        shown.add_sample(name, json.loads(labels), stored.get((name, labels), 0.0))
    return shown


REGISTRY.register(Together())


# --- In a worker -----------------------------------------------------------------------------------------------------


def _add_for_ever(stopping: threading.Event) -> None:
    while not stopping.wait(ADD_SECONDS):
        try_to_add()


def try_to_add() -> None:
    try:
        add_up()
    except DatabaseError as away:
        log.warning("metrics_without_database", because=str(away))
    finally:
        connection.close()


_running: list[tuple[threading.Thread, threading.Event]] = []


def _begin(**_signal: Any) -> None:
    if any(thread.is_alive() for thread, _stopping in _running):  # a fork has none of its parent's threads
        return
    stopping = threading.Event()
    thread = threading.Thread(target=_add_for_ever, args=(stopping,), name="metrics", daemon=True)
    _running[:] = [(thread, stopping)]
    thread.start()


def _end(**_signal: Any) -> None:
    for _thread, stopping in _running:
        stopping.set()
    try_to_add()


worker_init.connect(_begin)
worker_process_init.connect(_begin)
worker_process_shutdown.connect(_end)
worker_shutdown.connect(_end)
