"""Statements that PostgreSQL has planned once are run from their plans: planning is a third of its work with payments.

A plan is of the tables as they were. Where a migration gives a column another type while processes go on, PostgreSQL
refuses the plan, once: a transaction that is rolled back takes the connection's plans with it, and elsewhere they are
thrown away here and the statement is made anew.
"""

from collections.abc import Callable
from typing import Any

from django.db import NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper

# Both go together: a statement whose values are written into it is another one each time. Planned is what is asked for
# the fourth time; psycopg keeps a hundred for each connection.
OPTIONS = {"server_side_binding": True, "prepare_threshold": 3}


def watch_plans(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Receiver of Django's `connection_created`."""
    if connection.vendor == "postgresql" and _plan_anew not in connection.execute_wrappers:
        connection.execute_wrappers.append(_plan_anew)


def _plan_anew(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, params, many, context)
    except NotSupportedError:
        connection = context["connection"]
        if connection.in_atomic_block:
            raise
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        return execute(sql, params, many, context)
