"""Jobs: Celery on Redis, or on files in PLAZA_DATA when there is none.

Whatever must happen has a row in the database that says so, and the schedule sweeps what a lost job left behind; so
these settings are about speed of recovery, not about truth. Nothing here may read Django's settings while it is
imported: `config.settings` lies in this package, and is being imported itself at that moment.
"""

import os
from importlib import import_module
from typing import Any

from celery import Celery
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule
from kombu.transport import TRANSPORT_ALIASES

from core import broker, task_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
TRANSPORT_ALIASES["plaza"] = broker.TRANSPORT

TASK_SECONDS = 300  # the longest task; what waits longer belongs to the schedule, not into a countdown

app = Celery("plaza")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="schedule")


def job_settings() -> dict[str, Any]:
    """Read by Celery when the first job is sent or run; CELERY_* in Django's settings win."""
    return {
        "beat_schedule_filename": str(settings.PLAZA_DATA / "beat"),
        "broker_connection_max_retries": None,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
        "task_time_limit": TASK_SECONDS,
        "worker_enable_remote_control": bool(settings.REDIS_URL),
        **task_connections.SETTINGS,
        **(_redis() if settings.REDIS_URL else _files()),
    }


def _redis() -> dict[str, Any]:
    return {
        "broker_url": settings.REDIS_URL,
        "broker_transport_options": {
            # A killed worker's jobs come back after this long; sooner, a job that still runs would run twice.
            "visibility_timeout": TASK_SECONDS + 30,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            # Who starts a job does not wait for a dead broker: the sweep starts it later.
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0.2,
            # Without these a connection that dies in silence holds the worker for ever.
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "retry_on_timeout": True,
            "health_check_interval": 10,
        },
    }


def _files() -> dict[str, Any]:
    return {
        "broker_url": "plaza://localhost/",
        "broker_transport_options": broker.folders(settings.PLAZA_DATA / "broker"),
    }


app.add_defaults(job_settings)


@app.on_after_finalize.connect
def gather_schedule(sender: Celery, **_signal: Any) -> None:
    """`SCHEDULE` of every installed app's schedule.py: {name: {"task": …, "schedule": seconds}}."""
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "schedule"):
            schedule = import_module(f"{config.name}.schedule")
            sender.conf.beat_schedule.update(getattr(schedule, "SCHEDULE", {}))
