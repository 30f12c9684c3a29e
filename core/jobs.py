"""Jobs inside the server's own process: Celery's worker and beat as threads beside it.

They are Celery's real ones: queues, retries, countdowns and schedules run as they do in services of their own.

A job that computes for long wants Python's one lock for itself, and whoever talks meanwhile would wait for it: beside a
web server it runs in a process of its own (`in_own_process`). docs/architecture.md has what was measured.
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import redis
import structlog
from celery import Celery, Task, beat, current_app
from celery.worker import WorkController, state
from django.conf import settings

from core import broker

log = structlog.get_logger(__name__)

CONCURRENCY = 2
RESTART_SECONDS = 1.0
LOOK_SECONDS = 0.2  # between two looks whether a process has ended


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


_beside_a_server: "list[EmbeddedJobs]" = []  # the one that runs in this process, if it serves


def in_own_process(task: "Task[[int], None]", row_id: int) -> bool:
    """Beside a web server: do it in another process, and wait until that has ended, however it does. The task's row
    says whether it is done. False: no server is here, and the task can do it itself.
    """
    if not _beside_a_server:
        return False
    jobs = _beside_a_server[0]
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "do_job", str(task.name), str(row_id)]
    until = time.monotonic() + the_app().conf.task_time_limit
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:  # noqa: S603 - our own command line
        with suppress(AttributeError, OSError):  # Linux alone has it, and not in each sandbox
            # It computes, and whoever wakes up beside it goes first.
            os.sched_setscheduler(process.pid, os.SCHED_BATCH, os.sched_param(0))
        while process.poll() is None:
            if jobs.is_stopping or time.monotonic() > until:
                process.kill()
            time.sleep(LOOK_SECONDS)
    if process.returncode:
        log.warning("job_process_failed", task=task.name, row=row_id, code=process.returncode)
    return True


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
        _beside_a_server[:] = [self]
        self._worker.start()
        self._beat.start()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

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
