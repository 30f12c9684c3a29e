"""Between tests with real transactions their rows are deleted, and nothing else.

Django truncates every table and makes content types and permissions anew: with some hundred tables, nearly all of them
empty, this takes PostgreSQL longer than most tests.
"""

import gc
from functools import cache

from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT = {"django_content_type", "auth_permission"}  # what migrating made, for always


def install() -> None:
    TransactionTestCase._fixture_teardown = lambda _case: empty_tables()  # type: ignore[attr-defined]  # not in the stubs


@transaction.atomic  # Django's foreign keys are checked at the end, when all of them are gone
def empty_tables() -> None:
    deletes = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in _tables()]  # noqa: S608 - our own
    with connection.cursor() as cursor:
        for statement in [";".join(deletes)] if connection.vendor == "postgresql" else deletes:
            cursor.execute(statement)


def end_other_sessions() -> None:
    """A database in use cannot be dropped, and the connection of a thread that has ended is in use until somebody
    collects it."""
    gc.collect()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@cache
def _tables() -> list[str]:
    return sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT)
