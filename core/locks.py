"""Turns: what has no row of its own that could be locked."""

import hashlib
from collections.abc import Iterable

from django.db import connection


def take_turn(kind: str, key: str) -> None:
    """Waits until no other transaction has this turn, then has it until the end of this one.

    On PostgreSQL an advisory lock, for which `lock_timeout` holds as for any other; two keys that share a number out of
    2**64 wait for each other, and that is all. On SQLite every transaction is the only one that writes.
    """
    take_turns(kind, [key])


def take_turns(kind: str, keys: Iterable[str]) -> None:
    """Several at once, in one order for everybody."""
    if connection.vendor != "postgresql":
        return
    numbers = sorted(_number(f"{kind}:{key}") for key in keys)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", [numbers])


def _number(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
