"""Statements about whole lists, by hand, where a row is too cheap for the ORM. Lists go in as one parameter of text.

On SQLite they come out as one as well: its driver gives the interpreter away at every row, and under load each time
waits milliseconds to have it again.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection


def as_json(given: Any) -> str:
    return orjson.dumps(given).decode()


def as_ids(numbers: Collection[int]) -> str:
    """For `AMONG`."""
    opening, closing = "{}" if connection.vendor == "postgresql" else "[]"
    return f"{opening}{','.join(map(str, numbers))}{closing}"


def time_of(stored: Any) -> datetime | None:
    """Of a row of `rows_of`."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored


AMONG = {"postgresql": "= ANY(%s::bigint[])", "sqlite": "IN (SELECT value FROM json_each(%s))"}


def select(columns: str, rest: str) -> dict[str, str]:
    """The statement for each vendor, for `rows_of`."""
    return {
        "postgresql": f"SELECT {columns} {rest}",
        "sqlite": f"SELECT json_group_array(json_array({columns})) {rest}",
    }


def rows_of(statement: str, parameters: Sequence[Any]) -> list[Any]:
    """Booleans of SQLite are numbers, and a time is text there."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[Any] = orjson.loads(cursor.fetchone()[0]) if connection.vendor == "sqlite" else cursor.fetchall()
    return found
