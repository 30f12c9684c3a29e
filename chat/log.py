"""Appending to channels' logs: counters and rows in one step, for a whole batch.

On PostgreSQL it is a single statement, so that a process stopped in the middle holds no room's row. SQLite has one
writer at a time anyway; there it is a short transaction. Both leave `seq` without gaps: who fails, fails as a whole.
"""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from chat.models import Mention, Message, ReadState
from rooms.models import Channel


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


_ONE_STATEMENT = """
WITH entry AS (
    SELECT *, row_number() OVER (PARTITION BY channel_id ORDER BY place) AS step
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bytea[], %s::text[], %s::timestamptz[],
                %s::jsonb[])
    WITH ORDINALITY AS given (channel_id, author_id, nonce, body_hash, body, created_at, notice, place)
), locked AS (
    SELECT id FROM rooms_channel WHERE id IN (SELECT channel_id FROM entry) ORDER BY id FOR UPDATE
), counter AS (
    UPDATE rooms_channel AS channel
    SET last_seq = last_seq + many.count, head = head + many.count
    FROM (SELECT channel_id, count(*) AS count FROM entry GROUP BY channel_id) AS many, locked
    WHERE channel.id = many.channel_id AND channel.id = locked.id
    RETURNING channel.id, last_seq - many.count AS last_seq, head - many.count AS head
), written AS (
    INSERT INTO chat_message (channel_id, seq, rev, author_id, nonce, body_hash, body, created_at, notice)
    SELECT entry.channel_id, counter.last_seq + step, counter.head + step, author_id, nonce, body_hash, body,
           created_at, notice
    FROM entry JOIN counter ON counter.id = entry.channel_id ORDER BY place
    RETURNING id, channel_id, author_id, nonce, seq, rev
), read AS (
    INSERT INTO chat_readstate (channel_id, member_id, read_seq)
    SELECT channel_id, author_id, max(seq) FROM written GROUP BY channel_id, author_id ORDER BY channel_id, author_id
    ON CONFLICT (channel_id, member_id) DO UPDATE SET read_seq = greatest(chat_readstate.read_seq, excluded.read_seq)
){mentions}
SELECT written.id, written.seq, written.rev
FROM written JOIN entry USING (channel_id, author_id, nonce) ORDER BY entry.place
"""
_MENTIONS = """, mentioned AS (
    INSERT INTO chat_mention (message_id, channel_id, member_id, seq)
    SELECT written.id, channel_id, named.member_id, seq
    FROM unnest(%s::bigint[], %s::bigint[]) AS named (place, member_id)
    JOIN entry USING (place) JOIN written USING (channel_id, author_id, nonce) ORDER BY named.member_id
)"""
_WITHOUT_MENTIONS, _WITH_MENTIONS = (_ONE_STATEMENT.replace("{mentions}", part) for part in ("", _MENTIONS))


def _append_in_one_statement(entries: Sequence[Entry], named: Sequence[tuple[int, int]]) -> list[Place]:
    columns = [list(column) for column in zip(*entries, strict=True)]
    if named:
        columns += [[place + 1 for place, _ in named], [member for _, member in named]]
    with connection.cursor() as cursor:
        cursor.execute(_WITH_MENTIONS if named else _WITHOUT_MENTIONS, columns)
        return [Place(*row) for row in cursor.fetchall()]


@transaction.atomic
def _append_in_transaction(entries: Sequence[Entry], named: Sequence[tuple[int, int]]) -> list[Place]:
    counters = {}
    for channel in sorted({entry.channel for entry in entries}):
        count = sum(entry.channel == channel for entry in entries)
        Channel.objects.filter(pk=channel).update(last_seq=F("last_seq") + count, head=F("head") + count)
        last_seq, head = Channel.objects.values_list("last_seq", "head").get(pk=channel)
        counters[channel] = (last_seq - count, head - count)
    rows, read = [], {}
    for entry in entries:
        last_seq, head = counters[entry.channel]
        counters[entry.channel] = (last_seq + 1, head + 1)
        read[entry.channel, entry.author] = last_seq + 1
        rows.append(
            Message(
                channel_id=entry.channel, seq=last_seq + 1, rev=head + 1, author_id=entry.author, nonce=entry.nonce,
                body_hash=entry.body_hash, body=entry.body, created_at=entry.created_at,
                notice=entry.notice and json.loads(entry.notice),
            )
        )  # fmt: skip
    Message.objects.bulk_create(rows)
    ReadState.objects.bulk_create(
        [ReadState(channel_id=channel, member_id=member, read_seq=seq) for (channel, member), seq in read.items()],
        update_conflicts=True,
        update_fields=["read_seq"],
        unique_fields=["channel", "member"],
    )
    Mention.objects.bulk_create(
        Mention(message=rows[place], channel_id=rows[place].channel_id, member_id=member, seq=rows[place].seq)
        for place, member in named
    )
    return [Place(row.pk, row.seq, row.rev) for row in rows]


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
