"""What stands in a database, as its own catalogue tells it: to compare two of them, whatever order things came in."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import psycopg

Described = dict[str, list[Any]]  # table -> all that is known of it

COLUMNS = """
    SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, character_maximum_length,
        numeric_precision, numeric_scale, datetime_precision, collation_name, is_identity, identity_generation,
        is_generated, generation_expression
    FROM information_schema.columns WHERE table_schema = 'public'
"""
CONSTRAINTS = """
    SELECT c.relname, k.conname, k.contype::text, k.condeferrable, k.condeferred, k.convalidated,
        pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = 'public'::regnamespace
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
REST = """
    SELECT c.relname, c.relkind::text, c.relpersistence::text, c.relhastriggers, c.relrowsecurity,
        pg_get_serial_sequence(c.relname, a.attname)
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity != ''
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""


def of_postgres(address: str, prefix: str) -> Described:
    """Columns with types, nullability and defaults; constraints and indexes as PostgreSQL writes them down."""
    found: Described = {}
    with psycopg.connect(address) as connection:
        for question in (COLUMNS, CONSTRAINTS, INDEXES, REST):
            for table, *told in connection.execute(question).fetchall():
                if table.startswith(prefix):
                    found.setdefault(table, []).append(tuple(told))
    return {table: sorted(told, key=repr) for table, told in found.items()}


def of_sqlite(path: Path, prefix: str) -> Described:
    found: Described = {}
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        for table, made_by in tables:
            if table.startswith(prefix):
                found[table] = sorted(_parts(connection, table, made_by), key=repr)
    connection.close()
    return found


def _parts(connection: sqlite3.Connection, table: str, made_by: str) -> list[Any]:
    """What pragmas do not tell (checks, deferred keys, AUTOINCREMENT) is read off the statement."""

    def ask(pragma: str, of: str) -> list[tuple[Any, ...]]:
        return connection.execute(f'PRAGMA {pragma}("{of}")').fetchall()

    columns = [("column", *row[1:]) for row in ask("table_xinfo", table)]
    keys = [("key", *row[2:]) for row in ask("foreign_key_list", table)]
    indexes = [
        ("index", _name(name), unique, origin, partial, [column[1:] for column in _without_row_order(ask, name)])
        for _number, name, unique, origin, partial in ask("index_list", table)
    ]
    written = connection.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type = 'index'", [table])
    others = [("written", *row) for row in written.fetchall() if row[0]]
    words = [
        ("counts up", "AUTOINCREMENT" in made_by),
        ("deferred", made_by.count("DEFERRABLE INITIALLY DEFERRED")),
        ("strict", made_by.rstrip().endswith(")")),
    ]
    return [*columns, *keys, *indexes, *others, *words, *(("check", check) for check in _checks(made_by))]


def _without_row_order(ask: Any, index: str) -> list[tuple[Any, ...]]:
    """Of an index's columns the place in the table is left out, as is the row's number, which every index ends with."""
    return [(seq, name, desc, collation) for seq, cid, name, desc, collation, key in ask("index_xinfo", index) if key]


def _name(index: str) -> str:
    """SQLite numbers the indexes of its own in the order of a table's parts."""
    return re.sub(r"^(sqlite_autoindex_.*_)\d+$", r"\1#", index)


def _checks(made_by: str) -> list[str]:
    """Every `CHECK (…)`, with all that stands between its brackets."""
    found = []
    for start in re.finditer(r"CHECK \(", made_by):
        depth, end = 1, start.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(made_by[end], 0)
            end += 1
        found.append(made_by[start.start() : end])
    return found
