"""What sockets hear of rooms."""

from collections.abc import Iterable

from core.realtime import Event, publish
from rooms import payloads
from rooms.models import Channel, Member


def member_changed(member: Member, channels: Iterable[Channel]) -> None:
    """To everybody in the space: somebody joined, left, was renamed, blocked or banned."""
    shown = payloads.member(member)
    for channel in channels:
        publish(f"channel:{channel.pk}", Event.of("member", channel=str(channel.pk), member=shown))


def put_out(member: Member, channels: Iterable[Channel], reason: str) -> None:
    """To every socket of that person: you may no longer be there (left, banned, expired, closed, forbidden)."""
    topic = f"person:{member.user_id}" if member.user_id else f"member:{member.pk}"
    for channel in channels:
        publish(topic, Event.of("out", expels=channel.pk, channel=str(channel.pk), reason=reason))
