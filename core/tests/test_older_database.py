"""A database that an older Plaza made is recognised at the start, and what to do is said in a sentence."""

import contextlib
import os
import sqlite3

import pytest
from django.conf import settings as as_run
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from core import database
from core.tests.servers import PlazaFactory, free_port, manage


def alter(statement: str) -> None:
    """In the test's own transaction, which is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def assert_refused(because: str) -> str:
    with pytest.raises(ImproperlyConfigured, match="made by an older Plaza") as refused:
        database.require_migrated()
    assert because in str(refused.value)
    return str(refused.value)


@pytest.mark.django_db
def test_a_database_of_this_plaza_is_taken_after_one_question(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        database.require_own_columns()


@pytest.mark.django_db
def test_a_column_that_is_missing_is_named() -> None:
    alter("ALTER TABLE core_mail DROP COLUMN last_error")
    assert_refused("it has no core_mail.last_error.")


@pytest.mark.django_db
def test_a_table_that_is_missing_is_named() -> None:
    alter("DROP TABLE core_mail")
    assert_refused("it has no core_mail.")


@pytest.mark.django_db
def test_a_column_that_nobody_fills_any_more_is_named() -> None:
    alter("ALTER TABLE core_mail RENAME COLUMN last_error TO old_error")
    alter("ALTER TABLE core_mail ADD COLUMN last_error text")
    assert_refused("nobody fills its core_mail.old_error any more.")


@pytest.mark.django_db
def test_what_a_newer_plaza_added_is_in_nobodys_way() -> None:
    alter("ALTER TABLE core_mail ADD COLUMN opened_at text NULL")
    alter("CREATE TABLE somebody_elses (id integer NOT NULL, name text NOT NULL)")
    database.require_own_columns()


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.skipif(
    not as_run.DATABASE_URL and os.environ.get("REQUIRE_SERVICES") != "1", reason="needs PostgreSQL: set DATABASE_URL"
)
def test_on_postgresql_the_commands_that_make_it_anew_are_given() -> None:
    alter("ALTER TABLE core_mail DROP COLUMN last_error")
    name = connection.settings_dict["NAME"]
    said = assert_refused(f"DATABASE_URL names a database ({name})")
    assert f"Make it anew with `dropdb --host={connection.settings_dict['HOST']} " in said
    assert f" {name} && createdb " in said


@pytest.mark.parametrize("service", ["serve", "web", "worker"])
def test_no_service_starts_on_it(start_plaza: PlazaFactory, service: str) -> None:
    data = start_plaza.data_folder()
    with contextlib.closing(sqlite3.connect(f"{data}/plaza.sqlite3")) as opened:
        opened.execute("ALTER TABLE core_mail DROP COLUMN last_error")
    said = manage(service, env={"PLAZA_DATA": data, "PORT": str(free_port())})
    assert said.returncode != 0
    assert said.stderr == (
        f"Plaza cannot start: PLAZA_DATA ({data}) holds a database that was made by an older Plaza: it has no "
        f"core_mail.last_error. Delete the folder {data} and start again; what is in it will be gone.\n"
    )
