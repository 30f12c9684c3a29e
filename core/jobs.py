"""Jobs inside the server's own process: Celery's worker and beat as threads beside it.

They are Celery's real ones: queues, retries, countdowns and schedules run as they do in services of their own.
"""

import os
import threading
import time
from typing import Any

import redis
import structlog
from celery import Celery, beat, current_app
from celery.worker import WorkController, state
from django.conf import settings

from core import broker

log = structlog.get_logger(__name__)

CONCURRENCY = 2
RESTART_SECONDS = 1.0


def the_app() -> Celery:
    """The project's Celery app; `config` made it and set it as the current one."""
    app: Celery = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy, typed as what it stands for
    return app


def pending() -> float:
    """Jobs that nobody has taken yet; NaN while the broker cannot be asked."""
    try:
        if settings.REDIS_URL:
            with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
                return float(client.llen("celery"))
        return float(broker.waiting(settings.PLAZA_DATA / "broker"))
    except (OSError, redis.RedisError):
        return float("nan")


class EmbeddedJobs:
    """Worker and beat as threads. A thread that fails is started again; `stop` ends both."""

    def __init__(self) -> None:
        os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # the command that serves has run them
        self._stopping = threading.Event()
        self._service: Any = None
        self._worker = threading.Thread(target=self._keep, args=("worker", self._work), name="worker", daemon=True)
        self._beat = threading.Thread(target=self._keep, args=("beat", self._tick), name="beat", daemon=True)

    def start(self) -> None:
        app = the_app()
        app.loader.import_default_modules()
        app.finalize()
        self._worker.start()
        self._beat.start()

    def stop(self, seconds: float) -> bool:
        """Ask both to end: True if they did within `seconds`, False if a task still runs."""
        self._stopping.set()
        state.should_stop = 0  # type: ignore[assignment]  # typed as None; what Celery's own signal handlers set: an exit code
        if self._service is not None:
            self._service.stop()
        until = time.monotonic() + seconds
        for thread in (self._worker, self._beat):
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        return not self._worker.is_alive()

    def _keep(self, name: str, run: Any) -> None:
        while not self._stopping.is_set():
            try:
                run()
            except Exception:  # whatever a library raises: jobs must go on, and the log has the traceback
                log.exception("jobs stopped, starting them again", part=name)
            self._stopping.wait(RESTART_SECONDS)

    def _work(self) -> None:
        WorkController(
            app=the_app(),
            hostname="plaza",
            pool_cls="threads",
            concurrency=CONCURRENCY,
            use_eventloop=False,  # Celery's event loop is one per process, and this process has uvicorn's
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        ).start()

    def _tick(self) -> None:
        # It sleeps for up to max_interval, and hears `stop` only then.
        self._service = beat.Service(the_app(), max_interval=1)
        self._service.start()
