"""Database connections of tasks: kept between them, as between requests.

Celery closes them after every task, in a worker with the whole pool, so that each task has PostgreSQL start a process:
that costs more than most tasks do. docs/payments.md has figures.
"""

import sys
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_process_init
from django.db import close_old_connections, connections

SETTINGS = {"CELERY_DB_REUSE_MAX": sys.maxsize}  # Celery's own name for it, prefix and all


def _hand_back(**_signal: Any) -> None:
    close_old_connections()


def _forget_the_parents(**_signal: Any) -> None:
    """A fork must not speak on its parent's sockets, nor close them: psycopg does not where it merely forgets them."""
    for one in connections.all():
        getattr(one, "_connection_pools", {}).clear()


task_prerun.connect(_hand_back)
task_postrun.connect(_hand_back)
worker_process_init.connect(_forget_the_parents)
