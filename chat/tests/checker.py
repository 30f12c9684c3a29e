"""Compares what clients were told with what is stored. It reads the database itself, past the code that it judges."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from chat.tests.clients import Client, Said

_MESSAGES = """
SELECT id, seq, rev, author_id, nonce, body, deleted_at IS NOT NULL
FROM chat_message WHERE channel_id = {channel} ORDER BY seq
"""
_COUNTERS = "SELECT head, last_seq FROM rooms_channel WHERE id = {channel}"


class Row(NamedTuple):
    id: str
    seq: int
    rev: int
    author: str
    nonce: str
    body: str
    is_deleted: bool


class Stored(NamedTuple):
    """A channel's log at one moment."""

    head: int
    last_seq: int
    rows: list[Row]


def read_stored(env: Mapping[str, str], channel: str) -> Stored:
    """From the database of a server with this environment."""
    with contextlib.closing(_connect(env)) as connection:
        ((head, last_seq),) = connection.execute(_COUNTERS.format(channel=int(channel))).fetchall()
        found = connection.execute(_MESSAGES.format(channel=int(channel))).fetchall()
    rows = [
        Row(str(key), seq, rev, str(author), nonce, body, bool(gone))
        for key, seq, rev, author, nonce, body, gone in found
    ]
    return Stored(head, last_seq, rows)


def count_stored(env: Mapping[str, str], what: str) -> int:
    """`what` stands behind FROM, in the tests' own words."""
    with contextlib.closing(_connect(env)) as connection:
        ((count,),) = connection.execute(f"SELECT count(*) FROM {what}").fetchall()  # noqa: S608 - no input
    return int(count)


def _connect(env: Mapping[str, str]) -> Any:
    """One snapshot for all that is read over it."""
    if env.get("DATABASE_URL"):
        connection = psycopg.connect(env["DATABASE_URL"], connect_timeout=5)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return connection
    lite = sqlite3.connect(Path(env["PLAZA_DATA"]) / "plaza.sqlite3", timeout=20, isolation_level=None)
    lite.execute("BEGIN")
    return lite


def complaints(said: Iterable[Said], stored: Stored) -> list[str]:
    """What is wrong with the log: lost, doubled, invented or reordered messages, gaps."""
    said = list(said)
    return [
        *_lost(said, stored.rows),
        *_doubled(stored.rows),
        *_invented(said, stored.rows),
        *_gaps(stored),
        *_reordered(said),
    ]


def _lost(said: Sequence[Said], rows: Sequence[Row]) -> list[str]:
    places = {(row.author, row.nonce): row.seq for row in reversed(rows)}  # of a doubled one the first
    wrong = []
    for one in said:
        if one.acked_at and (one.author, one.nonce) not in places:
            wrong.append(f"lost: {one.body!r} was acknowledged as {one.seq}")
        elif one.acked_at and places[one.author, one.nonce] != one.seq:
            wrong.append(f"moved: {one.body!r} was acknowledged as {one.seq}, is {places[one.author, one.nonce]}")
    return wrong


def _doubled(rows: Sequence[Row]) -> list[str]:
    counts = Counter((row.author, row.nonce) for row in rows)
    return [f"doubled: {author} said {nonce} {count} times" for (author, nonce), count in counts.items() if count > 1]


def _invented(said: Sequence[Said], rows: Sequence[Row]) -> list[str]:
    known = {(one.author, one.nonce) for one in said}
    return [f"invented: {row.seq} was never said" for row in rows if (row.author, row.nonce) not in known]


def _gaps(stored: Stored) -> list[str]:
    seqs = [row.seq for row in stored.rows]
    wrong = []
    if seqs != list(range(1, len(seqs) + 1)):
        missing = sorted(set(range(1, max(seqs, default=0) + 1)) - set(seqs))
        wrong.append(f"gap: {len(seqs)} messages, missing {missing[:10]}")
    if stored.last_seq != max(seqs, default=0):
        wrong.append(f"counter: last_seq is {stored.last_seq}, the last message {max(seqs, default=0)}")
    if stored.head != max((row.rev for row in stored.rows), default=0):
        wrong.append(f"counter: head is {stored.head}, and no message has that rev")
    return wrong


def _reordered(said: Sequence[Said]) -> list[str]:
    """What was acknowledged before something else was said must stand before it."""
    wrong = []
    latest = 0.0
    for one in sorted((one for one in said if one.acked_at), key=lambda one: one.seq):
        if one.acked_at < latest:
            wrong.append(f"reordered: {one.body!r} was acknowledged before an earlier one was said")
        latest = max(latest, one.said_at)
    return wrong


def differences(client: Client, stored: Stored) -> list[str]:
    """Where a client, who was there from the first message on, does not have exactly what is stored."""
    here = {key: (m["seq"], m["rev"], m["body"], bool(m["deleted_at"])) for key, m in client.messages.items()}
    there = {row.id: (row.seq, row.rev, row.body, row.is_deleted) for row in stored.rows}
    wrong = [f"{client.name}: {key} is {here.get(key)}, stored is {there.get(key)}" for key in _unequal(here, there)]
    if client.position != stored.head:
        wrong.append(f"{client.name}: stands at {client.position}, the channel at {stored.head}")
    return [*wrong, *_undone(client, stored), *client.faults]


def _unequal(here: dict[str, Any], there: dict[str, Any]) -> list[str]:
    return [key for key in here.keys() | there.keys() if here.get(key) != there.get(key)]


def _undone(client: Client, stored: Stored) -> list[str]:
    """Acknowledged edits and deletions that the database does not know."""
    bodies = {row.id: None if row.is_deleted else row.body for row in stored.rows}
    return [f"{client.name}: {key} should be {body!r}" for key, body in client.wanted.items() if bodies[key] != body]
