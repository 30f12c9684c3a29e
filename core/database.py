"""Is the database there, and is it the one that this code was written for?"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor

REACH_SECONDS = 5  # the start must end within 10 when the database does not answer
START_LOCK = 0x506C617A61  # "Plaza": the advisory lock that starters of one database share

T = TypeVar("T")


def require_database() -> None:
    """Raises ImproperlyConfigured with a sentence if the database that is named cannot be reached."""
    try:
        within(REACH_SECONDS, ping)
    except TimeoutError:
        raise ImproperlyConfigured(
            f"DATABASE_URL names a database that does not answer within {REACH_SECONDS} seconds."
        ) from None
    except (DatabaseError, psycopg.Error, OSError) as wrong:
        reason = " ".join(str(wrong).split()) or type(wrong).__name__
        named = "DATABASE_URL names" if settings.DATABASE_URL else "PLAZA_DATA holds"
        raise ImproperlyConfigured(f"{named} a database that cannot be opened: {reason}") from None


def ping() -> None:
    """Raises what the driver raises if the database does not answer one question."""
    if not settings.DATABASE_URL:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.close()
        return
    with _connect() as direct:
        direct.execute("SELECT 1")


def within(seconds: float, work: Callable[[], T]) -> T:
    """The result of `work`, or TimeoutError. A thread that hangs is left behind; as a daemon it stops nobody."""
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as failure:  # handed to the caller below
            failures.append(failure)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError
    if failures:
        raise failures[0]
    return results[0]


@contextlib.contextmanager
def one_starter() -> Iterator[None]:
    """Of several processes starting on one PostgreSQL, one at a time migrates and loads the demo."""
    if not settings.DATABASE_URL:
        yield
        return
    with _connect(autocommit=True, options="") as direct:  # no lock_timeout: another's first start may take a minute
        direct.execute("SELECT pg_advisory_lock(%s)", [START_LOCK])
        yield


def migrate() -> int:
    """Apply what is missing: how many migrations that was."""
    missing = unapplied()
    if missing:
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except (DatabaseError, InconsistentMigrationHistory) as wrong:
            if not settings.DEMO:
                raise
            raise ImproperlyConfigured(_started_afresh()) from wrong
    return missing


def unapplied() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_migrated() -> None:
    if unapplied():
        raise ImproperlyConfigured(
            "the database is not up to date. Run `python3 run.py manage migrate` once, then start again."
        )


def require_own_tables() -> None:
    """A demo database may come from an earlier draft of this code whose first migrations had the same names."""
    if settings.DEMO and _missing_columns():
        raise ImproperlyConfigured(_started_afresh())


def _missing_columns() -> bool:
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy:
                continue
            table = model._meta.db_table
            if table not in tables:
                return True
            there = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            if any(field.column not in there for field in model._meta.local_concrete_fields):
                return True
    return False


def _started_afresh() -> str:
    where = "the database that DATABASE_URL names" if settings.DATABASE_URL else f"the folder {settings.PLAZA_DATA}"
    return f"the demo data was made by another version of Plaza. Delete {where} and start again; it is made anew."


def _connect(**changes: Any) -> psycopg.Connection[Any]:
    """A connection of its own, as Django would make it but past the pool, which waits and tries again."""
    return psycopg.connect(**{**connection.get_connection_params(), "connect_timeout": REACH_SECONDS, **changes})
