"""What the database says to the hub: heads, changes, who may stay. See `core.realtime.truth.Truth`."""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts import credentials
from chat import events
from chat.models import Message
from core.presence import Register
from core.realtime import Event
from core.realtime.truth import ChannelState, Look
from core.sql import AMONG, as_ids, rows_of, select, time_of
from rooms.events import presence_changed
from rooms.models import Channel, Member, Space


class DatabaseTruth:
    def look(self, channels: Collection[int], people: Collection[int]) -> Look:
        """One statement for all: channels with their spaces, and people. Each process asks it each second, about
        thousands: what it costs is what everybody's messages wait for."""
        looked = Look()
        rows = rows_of(_LOOK[connection.vendor], [as_ids(channels), as_ids(people)])
        for key, revision, space, acl_rev, expires_at in rows:
            if space is None:
                looked.people[key] = revision
            else:
                looked.channels[key] = ChannelState(revision, space, acl_rev, time_of(expires_at))
        return looked

    def changes(self, channel: int, after: int, limit: int) -> tuple[int, list[Event]]:
        head = Channel.objects.values_list("head", flat=True).get(pk=channel)
        rows = Message.objects.filter(channel=channel, rev__gt=after).shown().order_by("rev")
        return head, [events.message_event(row) for row in rows[:limit]]

    def expelled(self, seats: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
        channels = dict(Channel.objects.filter(pk__in={c for c, _ in seats}).values_list("pk", "space_id"))
        spaces = Space.objects.in_bulk(set(channels.values()))
        members = Member.objects.in_bulk({member for _, member in seats})
        now = timezone.now()
        reasons = {}
        for channel, member in seats:
            reason = _why_out(spaces.get(channels.get(channel, 0)), members.get(member), now)
            if reason:
                reasons[channel, member] = reason
        return reasons

    def still_valid(self, sign_ins: Collection[Any]) -> set[Any]:
        return credentials.still_valid(sign_ins)

    def register(self) -> Register:
        return Register(presence_changed)


_FROM = """
FROM (
    SELECT channel.id, channel.head AS revision, space.id AS space, space.acl_rev, space.expires_at
    FROM rooms_channel AS channel
    JOIN rooms_space AS space ON space.id = channel.space_id
    WHERE channel.id {among} AND space.swept_at IS NULL
    UNION ALL
    SELECT person.id, person.auth_rev, NULL, NULL, NULL
    FROM accounts_user AS person
    WHERE person.id {among} AND person.is_active
) AS seen
"""
_LOOK = {
    vendor: statement.replace("{among}", AMONG[vendor])
    for vendor, statement in select("id, revision, space, acl_rev, expires_at", _FROM).items()
}


def _why_out(space: Space | None, member: Member | None, now: Any) -> str | None:
    if space is None or not space.is_living(now):
        return "closed" if space is not None and space.closed_at is not None else "expired"
    if member is None:
        return "forbidden"
    if member.state == Member.State.BANNED:
        return "banned"
    if member.state == Member.State.LEFT:
        return "left"
    return None
