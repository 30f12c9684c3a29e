"""What the database says to the hub: heads, changes, who may stay. See `core.realtime.truth.Truth`."""

from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast
from django.utils import timezone

from accounts import credentials
from accounts.models import User
from chat import events
from chat.models import Message
from core.presence import Register
from core.realtime import Event
from core.realtime.truth import ChannelState, Look
from rooms.events import presence_changed
from rooms.models import Channel, Member, Space


class DatabaseTruth:
    def look(self, channels: Collection[int], people: Collection[int]) -> Look:
        """One query for all: channels with their spaces, and people."""
        looked = Look()
        rows = (
            Channel.objects.filter(pk__in=channels, space__swept_at=None)
            .values_list(Value("c"), "pk", "head", "space_id", "space__acl_rev", "space__expires_at")
            .union(
                User.objects.filter(pk__in=people, is_active=True).values_list(
                    Value("p"), "pk", "auth_rev", _none(models.BigIntegerField()), _none(models.BigIntegerField()),
                    _none(models.DateTimeField()),
                ),
                all=True,
            )
        )  # fmt: skip
        for kind, key, revision, space, acl_rev, expires_at in rows:
            if kind == "c":
                looked.channels[key] = ChannelState(revision, space, acl_rev, expires_at)
            else:
                looked.people[key] = revision
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


def _none(field: "models.Field[Any, Any]") -> Cast:
    return Cast(Value(None), field)


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
