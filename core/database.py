"""Is the database there, and is it the one that this code was written for?"""

import contextlib
import shlex
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

Column = tuple[str, str]  # table, column
T = TypeVar("T")

OPTIONS = {"host": "HOST", "port": "PORT", "username": "USER"}  # of PostgreSQL's own programs, and Django's names
_COLUMNS = {
    "sqlite": """
        SELECT t.name, c.name, c."notnull" AND c.dflt_value IS NULL AND NOT c.pk
        FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'
    """,
    "postgresql": """
        SELECT table_name, column_name, is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
        FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false))
    """,
}


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
            raise ImproperlyConfigured(_of_an_older_plaza(f"it could not be updated ({_first_line(wrong)})")) from wrong
    return missing


def unapplied() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_migrated() -> None:
    if unapplied():
        raise ImproperlyConfigured(
            "the database is not up to date. Run `python3 run.py manage migrate` once, then start again."
        )
    require_own_columns()


def require_own_columns() -> None:
    """Until the first release every app has one migration, which is rewritten: a database may have applied an older one
    of the same name, and then nothing is left to apply and yet something is not as the models have it."""
    known, there, required = _columns_of_models(), *_columns_of_tables()
    missing = sorted(known - there)
    left_over = sorted(column for column in required - known if column[0] in {table for table, _ in known})
    if missing:
        raise ImproperlyConfigured(_of_an_older_plaza(f"it has no {'.'.join(missing[0])}"))
    if left_over:
        raise ImproperlyConfigured(_of_an_older_plaza(f"nobody fills its {'.'.join(left_over[0])} any more"))


def _columns_of_models() -> set[Column]:
    return {
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if field.column
    }


def _columns_of_tables() -> tuple[set[Column], set[Column]]:
    """All columns, and those that every new row must give a value. One question: it is put at every start."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS[connection.vendor])
        rows = cursor.fetchall()
    return {(table, name) for table, name, _ in rows}, {
        (table, name) for table, name, is_required in rows if is_required
    }


def _of_an_older_plaza(because: str) -> str:
    if not settings.DATABASE_URL:
        where = f"PLAZA_DATA ({settings.PLAZA_DATA}) holds a database"
        afresh = f"Delete the folder {settings.PLAZA_DATA} and start again"
    else:
        where = f"DATABASE_URL names a database ({connection.settings_dict['NAME']})"
        afresh = f"Make it anew with `{_dropped_and_created()}` and start again"
    return f"{where} that was made by an older Plaza: {because}. {afresh}; what is in it will be gone."


def _dropped_and_created() -> str:
    named = connection.settings_dict
    place = [f"--{option}={named[key]}" for option, key in OPTIONS.items() if named[key]]
    return " && ".join(shlex.join([command, *place, named["NAME"]]) for command in ("dropdb", "createdb"))


def _first_line(wrong: Exception) -> str:
    return str(wrong).strip().partition("\n")[0]


def _connect(**changes: Any) -> psycopg.Connection[Any]:
    """A connection of its own, as Django would make it but past the pool, which waits and tries again."""
    return psycopg.connect(**{**connection.get_connection_params(), "connect_timeout": REACH_SECONDS, **changes})
