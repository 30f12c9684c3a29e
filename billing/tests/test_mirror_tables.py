"""dj-stripe's tables appear at once where there are none, and are what its migrations make."""

import os
import shutil
import time
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from billing.gateway import mirror_tables
from billing.tests import tables
from core import database
from core.tests import figures
from core.tests.servers import PlazaFactory, manage

MOST_SECONDS = 2
LONG_WAY = """
from django.db import connection
if connection.vendor == "postgresql":
    connection.cursor().execute("SET idle_in_transaction_session_timeout = 0")
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
executor.migrate(executor.loader.graph.leaf_nodes("djstripe"))
"""
with_real_transactions = pytest.mark.django_db(transaction=True)


@pytest.fixture
def without_the_mirror(transactional_db):
    """As a database is that a Plaza without dj-stripe made. The run's own has it again afterwards."""
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("djstripe").get_models():
            editor.delete_model(model)
    recorded().delete()
    yield
    if mirror_tables.are_missing(connection):
        mirror_tables.make(connection)


def recorded():
    return MigrationRecorder(connection).migration_qs.filter(app="djstripe")


def its_tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("djstripe_")}


def migrate() -> None:
    call_command("migrate", interactive=False, verbosity=0)


def test_a_database_without_them_gets_them_at_once(without_the_mirror):
    assert not its_tables()
    all_of_them = [app for app, _name in MigrationLoader(None).graph.nodes if app == "djstripe"]
    assert database.unapplied() == len(all_of_them) > 0
    began, used = time.monotonic(), time.process_time()
    migrate()
    took, used = time.monotonic() - began, time.process_time() - used
    figures.show(f"{len(its_tables())} tables of dj-stripe on {connection.vendor}: {took:.1f} s, {used:.1f} s of CPU")
    assert len(its_tables()) > 50
    assert used < MOST_SECONDS
    assert database.unapplied() == 0
    database.require_migrated()


@pytest.mark.django_db
def test_the_run_itself_did_not_take_the_long_way():
    """Its migrations were recorded in one breath."""
    applied = sorted(recorded().values_list("applied", flat=True))
    assert (applied[-1] - applied[0]).total_seconds() < MOST_SECONDS


@with_real_transactions
def test_a_second_start_changes_nothing():
    before = (its_tables(), list(recorded().order_by("pk").values_list("pk", "name", "applied")))
    migrate()
    assert not mirror_tables.are_missing(connection)
    assert (its_tables(), list(recorded().order_by("pk").values_list("pk", "name", "applied"))) == before


def test_what_is_interrupted_leaves_nothing_and_heals(without_the_mirror):
    """The last table meets something of its name: all others were made by then."""
    last = list(apps.get_app_config("djstripe").get_models())[-1]._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {last} ON core_mail (id)")
    try:
        with pytest.raises(DatabaseError):
            migrate()
        assert not its_tables()
        assert not recorded().exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {last}")
    migrate()
    assert len(its_tables()) > 50
    assert database.unapplied() == 0


@with_real_transactions
def test_a_database_that_is_half_way_is_left_to_its_own_migrations():
    """As somebody has it who comes from an older dj-stripe: what is missing is applied by Django, and fails loudly."""
    newest = recorded().order_by("pk").last()
    newest.delete()
    try:
        assert not mirror_tables.are_missing(connection)
        assert database.unapplied() == 1
    finally:
        MigrationRecorder(connection).record_applied("djstripe", newest.name)


def test_only_looking_makes_nothing(without_the_mirror, capsys):
    call_command("migrate", "--plan", interactive=False)
    assert "djstripe.0001_initial" in capsys.readouterr().out
    assert not its_tables()


@pytest.mark.slow if os.environ.get("DATABASE_URL") else pytest.mark.laboratory
def test_they_are_what_its_migrations_make(start_plaza: PlazaFactory):
    """On the database that this run is on. The other way takes minutes, on SQLite most: CI goes it on PostgreSQL."""
    address = start_plaza.fresh_database()
    if address:
        short = tables.of_postgres(address, "djstripe_")
        with psycopg.connect(address, autocommit=True) as direct:
            direct.execute("DROP SCHEMA public CASCADE")
            direct.execute("CREATE SCHEMA public")
        folder = Path(start_plaza.data_folder(empty=True))
    else:
        short = tables.of_sqlite(Path(start_plaza.data_folder()) / "plaza.sqlite3", "djstripe_")
        folder = Path(start_plaza.data_folder(empty=True))
    env = {"PLAZA_MODE": "demo", "PLAZA_DATA": str(folder), "DATABASE_URL": address}
    began = time.monotonic()
    said = manage("shell", "--no-imports", "-c", LONG_WAY, env=env, timeout=1200)
    assert said.returncode == 0, said.stderr
    figures.show(f"dj-stripe's own migrations on {connection.vendor}: {time.monotonic() - began:.0f} s")
    sqlite = folder / "plaza.sqlite3"
    long = tables.of_postgres(address, "djstripe_") if address else tables.of_sqlite(sqlite, "djstripe_")
    shutil.rmtree(folder, ignore_errors=True)
    assert short.keys() == long.keys()
    assert len(short) > 50
    assert {name: short[name] for name in short if short[name] != long[name]} == {
        name: long[name] for name in long if short[name] != long[name]
    }
