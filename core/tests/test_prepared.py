"""Plans that PostgreSQL keeps, and what becomes of them when a migration has changed what they read."""

import psycopg
import pytest
from django.db import NotSupportedError, connection, transaction

from core.models import Mail
from core.prepared import OPTIONS
from core.tests.servers import ON_SERVICES

pytestmark = [*ON_SERVICES, pytest.mark.django_db(transaction=True)]


def ask() -> list[str]:
    return list(Mail.objects.filter(name="accounts/welcome").values_list("name", flat=True))


def ask_until_it_is_planned() -> None:
    for _ in range(OPTIONS["prepare_threshold"] + 1):
        assert ask() == []
    assert plans() == 1


def plans() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'FROM .core_mail.'")
        return int(cursor.fetchone()[0])


def migrate(length: int) -> None:
    """As somebody else, while this connection goes on."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute(f"ALTER TABLE core_mail ALTER COLUMN name TYPE varchar({length})")


@pytest.fixture(autouse=True)
def widened():
    connection.close()
    yield
    migrate(60)
    connection.close()


def test_a_statement_is_made_anew_when_its_column_has_become_another():
    ask_until_it_is_planned()
    migrate(80)

    assert ask() == []
    ask_until_it_is_planned()


def test_a_transaction_fails_once_and_takes_the_plans_with_it():
    ask_until_it_is_planned()
    migrate(80)

    with pytest.raises(NotSupportedError), transaction.atomic():
        ask()
    with transaction.atomic():
        assert ask() == []
