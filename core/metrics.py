"""Numbers for dashboards, at /metrics. Their names are promised to operators; docs/settings.md explains each.

Labels are never made from what a client sends: a path is shown as its URL pattern, an unknown method as `other`.
"""

import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from core import jobs

HTTP_SECONDS = Histogram("http_request_duration_seconds", "Time from request to answer.", ["method", "route", "status"])
WEBSOCKETS = Gauge("websocket_connections_active", "Open sockets of the gateway in this process.")
DATABASE_SECONDS = Histogram(
    "database_query_duration_seconds",
    "Time of one statement.",
    ["operation"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
MESSAGES_POSTED = Counter("messages_posted", "Messages stored by this process.")  # shown as messages_posted_total
DELIVERY_SECONDS = Histogram(
    "message_delivery_seconds",
    "Time from a message's commit until it is handed to the sockets of this process.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
REPAIRS = Counter("realtime_repairs", "Gaps in a channel that a hub filled from the database.")
GARBAGE_COLLECTION_SECONDS = Histogram(
    "garbage_collection_seconds",
    "Pauses for garbage: of the young, each second; of what is recent, each ten; of all, when little is going on.",
    ["generation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)
JOBS_PENDING = Gauge("jobs_pending", "Jobs that wait for a worker; NaN while the broker cannot be asked.")
ERROR_RATE = Gauge("error_rate", "Share of the requests of the last five minutes answered with 5xx, from 0 to 1.")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OPERATIONS = frozenset({"select", "insert", "update", "delete", "with"})


class RecentErrors:
    """Requests and failures of the last five minutes, in slices of ten seconds: constant memory at any load."""

    SLICE = 10  # seconds
    SLICES = 30

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slices: dict[int, list[int]] = {}  # number of the slice -> [requests, failures]

    def count(self, *, failed: bool) -> None:
        now = int(time.monotonic()) // self.SLICE
        with self._lock:
            slot = self._slices.get(now)
            if slot is None:
                self._slices = {at: counts for at, counts in self._slices.items() if at > now - self.SLICES}
                slot = self._slices.setdefault(now, [0, 0])
            slot[0] += 1
            slot[1] += failed

    def rate(self) -> float:
        oldest = int(time.monotonic()) // self.SLICE - self.SLICES
        with self._lock:
            living = [counts for at, counts in self._slices.items() if at > oldest]
        requests = sum(counts[0] for counts in living)
        return sum(counts[1] for counts in living) / requests if requests else 0.0


recent_errors = RecentErrors()
ERROR_RATE.set_function(recent_errors.rate)
JOBS_PENDING.set_function(jobs.pending)


class MetricsMiddleware:
    """Times every request. First in the list, so that it sees what all others answer."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if self._is_async:
            return self._timed(request)
        began = time.perf_counter()
        response: HttpResponse = self._get_response(request)
        _record(request, response, time.perf_counter() - began)
        return response

    async def _timed(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response: HttpResponse = await self._get_response(request)
        _record(request, response, time.perf_counter() - began)
        return response


def _record(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    HTTP_SECONDS.labels(
        request.method if request.method in _METHODS else "other",
        match.route if match else "unmatched",
        str(response.status_code),
    ).observe(seconds)
    recent_errors.count(failed=response.status_code >= 500)


def watch_queries(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Receiver of Django's `connection_created`: from now on this connection's statements are timed."""
    if _time_query not in connection.execute_wrappers:
        connection.execute_wrappers.append(_time_query)


def _time_query(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        word = str(sql).lstrip()[:7].partition(" ")[0].lower()  # psycopg composes some statements as objects
        DATABASE_SECONDS.labels(word if word in _OPERATIONS else "other").observe(time.perf_counter() - began)


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
