"""Is Plaza alive (/healthz), and can it do its work (/readyz)? Both answer at once, whatever hangs."""

import asyncio
import threading
from collections.abc import Callable

import psycopg
import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse

from core import broker, database

ANSWER_SECONDS = 1.5


class Probe:
    """Asks one thing in a thread of its own. While a question hangs, no other is put: threads do not pile up."""

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask
        self._asking = threading.Lock()

    def answers(self) -> bool:
        if not self._asking.acquire(blocking=False):
            return False
        done = threading.Event()
        succeeded: list[bool] = []

        def run() -> None:
            try:
                self._ask()
                succeeded.append(True)
            except (DatabaseError, psycopg.Error, redis.RedisError, OSError):
                pass  # the answer is no
            finally:
                self._asking.release()
                done.set()

        threading.Thread(target=run, daemon=True).start()
        return done.wait(ANSWER_SECONDS) and bool(succeeded)


def ping_redis() -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
        client.ping()


def _ask_layer() -> None:
    """What carries events between processes. Without Redis there is one process, and nothing that could break."""
    if settings.REDIS_URL:
        ping_redis()


def _ask_broker() -> None:
    if settings.REDIS_URL:
        ping_redis()
    else:
        broker.waiting(settings.PLAZA_DATA / "broker")


PROBES = {"database": Probe(database.ping), "layer": Probe(_ask_layer), "broker": Probe(_ask_broker)}


async def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


async def readyz(request: HttpRequest) -> HttpResponse:
    """503 only without the database: without Redis, people still talk, the truth being in the database."""
    answers = await asyncio.gather(*(asyncio.to_thread(probe.answers) for probe in PROBES.values()))
    parts = {name: "ok" if answered else "degraded" for name, answered in zip(PROBES, answers, strict=True)}
    return JsonResponse(parts, status=200 if parts["database"] == "ok" else 503)
