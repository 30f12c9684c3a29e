"""Appending to channels' logs: counters and rows in one step, for a whole batch.

On PostgreSQL it is a single statement, so that a process stopped in the middle holds no room's row. SQLite has one
writer at a time anyway; there it is a short transaction. Both leave `seq` without gaps: who fails, fails as a whole.

However many messages a batch has, the number of statements is the same, and a driver is given whole lists in one piece:
each statement and each parameter costs more of the processor than a message of it.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from core.sql import AMONG, as_ids, as_json, rows_of, select


class Entry(NamedTuple):
    channel: int
    author: int
    nonce: str
    body_hash: bytes
    body: str
    created_at: datetime
    notice: str | None = None  # JSON, of a line that the place itself says


class Place(NamedTuple):
    """Where an entry went."""

    id: int
    seq: int
    rev: int


def append(entries: Sequence[Entry], named: Sequence[tuple[int, int]] = ()) -> list[Place]:
    """In the order given; `named` is the place of an entry and a member whom it mentions. Raises IntegrityError (a
    nonce that is there already) with nothing written."""
    if connection.vendor == "postgresql":
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return _append_in_one_statement(entries, named)
    return _append_in_transaction(entries, named)


def _steps_back(entries: Sequence[Entry]) -> list[int]:
    """For each, how many of its channel stand behind it in the batch: its counters are the channel's without these."""
    behind: Counter[int] = Counter()
    steps = []
    for entry in reversed(entries):
        steps.append(behind[entry.channel])
        behind[entry.channel] += 1
    return steps[::-1]


def _ordered(entries: Sequence[Entry], written: Sequence[tuple[int, int, int, int]]) -> list[Place]:
    """`written` are (channel, seq, id, rev) of exactly these entries, in any order."""
    found: dict[int, list[Place]] = {}
    for channel, seq, pk, rev in sorted(written, reverse=True):
        found.setdefault(channel, []).append(Place(pk, seq, rev))
    return [found[entry.channel].pop() for entry in entries]


_ONE_STATEMENT = """
WITH entry AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%s::json)
    AS given (c bigint, a bigint, n text, h text, b text, t timestamptz, o text, back bigint)
), locked AS MATERIALIZED (
    SELECT id FROM rooms_channel WHERE id IN (SELECT c FROM entry) ORDER BY id FOR UPDATE
), counter AS (
    UPDATE rooms_channel AS channel
    SET last_seq = last_seq + many.count, head = head + many.count
    FROM (SELECT c, count(*) AS count FROM entry GROUP BY c) AS many, locked
    WHERE channel.id = many.c AND channel.id = locked.id
    RETURNING channel.id, last_seq, head
), written AS (
    INSERT INTO chat_message (channel_id, seq, rev, author_id, nonce, body_hash, body, created_at, notice)
    SELECT c, counter.last_seq - back, counter.head - back, a, n, decode(h, 'hex'), b, t, o::jsonb
    FROM entry JOIN counter ON counter.id = c ORDER BY c, back DESC
    RETURNING id, channel_id, author_id, seq, rev
), read AS (
    INSERT INTO chat_readstate (channel_id, member_id, read_seq)
    SELECT channel_id, author_id, max(seq) FROM written GROUP BY channel_id, author_id ORDER BY channel_id, author_id
    ON CONFLICT (channel_id, member_id) DO UPDATE SET read_seq = greatest(chat_readstate.read_seq, excluded.read_seq)
){mentions}
SELECT channel_id, seq, id, rev FROM written
"""
_MENTIONS = """, mentioned AS (
    INSERT INTO chat_mention (message_id, channel_id, member_id, seq)
    SELECT written.id, channel_id, m, seq
    FROM json_to_recordset(%s::json) AS named (c bigint, back bigint, m bigint)
    JOIN counter ON counter.id = c JOIN written ON channel_id = c AND seq = last_seq - back ORDER BY m
)"""
_WITHOUT_MENTIONS, _WITH_MENTIONS = (_ONE_STATEMENT.replace("{mentions}", part) for part in ("", _MENTIONS))


def _append_in_one_statement(entries: Sequence[Entry], named: Sequence[tuple[int, int]]) -> list[Place]:
    steps = _steps_back(entries)
    rows = [
        {"c": channel, "a": author, "n": nonce, "h": body_hash.hex(), "b": body, "t": at, "o": notice, "back": back}
        for (channel, author, nonce, body_hash, body, at, notice), back in zip(entries, steps, strict=True)
    ]
    given = [as_json(rows)]
    if named:
        given.append(as_json([{"c": entries[at].channel, "back": steps[at], "m": member} for at, member in named]))
    return _ordered(entries, rows_of(_WITH_MENTIONS if named else _WITHOUT_MENTIONS, given))


@transaction.atomic
def _append_in_transaction(entries: Sequence[Entry], named: Sequence[tuple[int, int]]) -> list[Place]:
    steps = _steps_back(entries)
    counts = Counter(entry.channel for entry in entries)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_COUNTERS, [as_json(list(counts.items()))])
        moved = rows_of(_COUNTERS, [as_ids(counts)])
        counters = {channel: (last_seq, head) for channel, last_seq, head in moved}
        rows: list[Any] = []
        read: dict[tuple[int, int], int] = {}
        at = {one: connection.ops.adapt_datetimefield_value(one) for one in {entry.created_at for entry in entries}}
        for entry, back in zip(entries, steps, strict=True):
            last_seq, head = counters[entry.channel]
            read[entry.channel, entry.author] = last_seq - back
            rows += (entry.channel, last_seq - back, head - back, entry.author, entry.nonce, entry.body_hash,
                     entry.body, at[entry.created_at], entry.notice)  # fmt: skip
        cursor.execute(_values(_WRITE, 9, len(entries)), rows)
        before = [[channel, last_seq - counts[channel]] for channel, (last_seq, _) in counters.items()]
        places = _ordered(entries, rows_of(_WRITTEN, [as_json(before)]))
        cursor.execute(_READ_OF_MANY, [as_json([[*key, seq] for key, seq in read.items()])])
        if named:
            of_each = [[places[at].id, entries[at].channel, member, places[at].seq] for at, member in named]
            cursor.execute(_NAME, [as_json(of_each)])
    return places


def _values(statement: str, width: int, count: int) -> str:
    row = f"({', '.join(['%s'] * width)})"
    return f"{statement} VALUES {', '.join([row] * count)}"


_MOVE_COUNTERS = """
UPDATE rooms_channel SET last_seq = last_seq + many.count, head = head + many.count
FROM (SELECT json_extract(value, '$[0]') AS channel, json_extract(value, '$[1]') AS count FROM json_each(%s)) AS many
WHERE id = many.channel
"""
_COUNTERS = select("id, last_seq, head", f"FROM rooms_channel WHERE id {AMONG['sqlite']}")["sqlite"]
_WRITE = "INSERT INTO chat_message (channel_id, seq, rev, author_id, nonce, body_hash, body, created_at, notice)"
_WRITTEN = select(
    "channel_id, seq, chat_message.id, rev",
    """
    FROM json_each(%s) AS given JOIN chat_message
    ON channel_id = json_extract(given.value, '$[0]') AND seq > json_extract(given.value, '$[1]')
    """,
)["sqlite"]
_READ_OF_MANY = """
INSERT INTO chat_readstate (channel_id, member_id, read_seq)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(%s) WHERE 1
ON CONFLICT (channel_id, member_id) DO UPDATE SET read_seq = max(read_seq, excluded.read_seq)
"""
_NAME = """
INSERT INTO chat_mention (message_id, channel_id, member_id, seq)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
       json_extract(value, '$[3]') FROM json_each(%s)
"""


def stored(keys: Sequence[tuple[int, int, str]]) -> list[int]:
    """Ids of the messages with these (channel, author, nonce). One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STORED[connection.vendor], [as_json([{"c": c, "a": a, "n": n} for c, a, n in keys])])
        return [pk for (pk,) in cursor.fetchall()]


_STORED = {
    "postgresql": """
SELECT id FROM json_to_recordset(%s::json) AS given (c bigint, a bigint, n text)
JOIN chat_message ON channel_id = c AND author_id = a AND nonce = n
""",
    "sqlite": """
SELECT chat_message.id FROM json_each(%s) AS given JOIN chat_message ON channel_id = json_extract(given.value, '$.c')
AND author_id = json_extract(given.value, '$.a') AND nonce = json_extract(given.value, '$.n')
""",
}


def read_up_to(channel: int, member: int, seq: int) -> bool:
    """Whether that is further than before: of several devices the furthest counts."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [channel, member, seq])
        return bool(cursor.rowcount == 1)


_READ = """
INSERT INTO chat_readstate (channel_id, member_id, read_seq) VALUES (%s, %s, %s)
ON CONFLICT (channel_id, member_id) DO UPDATE SET read_seq = excluded.read_seq
WHERE chat_readstate.read_seq < excluded.read_seq
"""
