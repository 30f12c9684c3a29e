"""What sockets hear of rooms."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import F, Q

from accounts.models import User
from accounts.presence import AUTOMATIC, key_of
from accounts.presence import statuses as statuses_of_people
from core.realtime import Event, publish
from core.realtime.watches import topic_of
from rooms import payloads, presence
from rooms.models import Channel, Member, Space


def member_changed(member: Member, channels: Iterable[Channel]) -> None:
    """To everybody in the space: somebody joined, left, was renamed, blocked or banned."""
    (shown,) = payloads.members([member])
    _tell_of_member(shown, channels)


def person_changed(user: User) -> None:
    """To everybody in the living spaces where this person is: another name or picture."""
    rows = Member.objects.present().filter(user=user, space__in=Space.objects.living())
    seats = list(rows.select_related("user", "space").prefetch_related("space__channels"))
    for seat, shown in zip(seats, payloads.members(seats), strict=True):
        _tell_of_member(shown, seat.space.channels.all())


def _tell_of_member(shown: dict[str, Any], channels: Iterable[Channel]) -> None:
    for channel in channels:
        publish(f"channel:{channel.pk}", Event.of("member", channel=str(channel.pk), member=shown))


def writing_changed(space: Space) -> None:
    """To both people of a conversation of two: whether anything can be said in it now."""
    writable = not Space.objects.cut_off().filter(pk=space.pk).exists()
    for channel in space.channels.all():
        publish(f"channel:{channel.pk}", Event.of("writable", channel=str(channel.pk), writable=writable))


def put_out(member: Member, channels: Iterable[Channel], reason: str) -> None:
    """To every socket of that person: you may no longer be there (left, banned, expired, closed, forbidden)."""
    topic = f"person:{member.user_id}" if member.user_id else f"member:{member.pk}"
    for channel in channels:
        publish(topic, Event.of("out", expels=channel.pk, channel=str(channel.pk), reason=reason))


def presence_changed(keys: Collection[str], channels: Collection[int]) -> list[tuple[str, Event]]:
    """Topic and event of what these people and guests are now: to those who listen to the channels, to oneself, and to
    whose pages show them otherwise.

    Not published, but for the hub that asks: each process reads for itself that they changed. Three queries.
    """
    people = list(User.objects.filter(pk__in=presence.ids_of(keys, "person")).only("status"))
    return [*_told_by_person(people), *_told_to_channels(people, presence.ids_of(keys, "member"), channels)]


def _told_by_person(people: list[User]) -> list[tuple[str, Event]]:
    """Every device of a person shows what was chosen on one of them; others do not hear of the choice."""
    now = statuses_of_people(people)
    told = []
    for person in people:
        user, status, chosen = str(person.pk), now[person.pk], person.status or AUTOMATIC
        own = Event.of("presence", light="presence", user=user, status=status, chosen=chosen)
        others = Event.of("presence", light=f"presence:{user}", user=user, status=status)
        told += [(key_of(person.pk), own), (topic_of(person.pk), others)]
    return told


def _told_to_channels(people: list[User], guests: list[int], channels: Collection[int]) -> list[tuple[str, Event]]:
    rows = Member.objects.present().filter(Q(user__in=people) | Q(pk__in=guests), space__channels__in=channels)
    seats = list(rows.annotate(channel_id=F("space__channels")).select_related("user"))
    now = presence.statuses(seats)
    told = []
    for seat in seats:
        channel: int = seat.channel_id  # type: ignore[attr-defined]  # annotated above
        event = Event.of(
            "presence",
            light=f"presence:{channel}:{seat.pk}",
            user=str(seat.user_id or seat.pk),
            member=str(seat.pk),
            channel=str(channel),
            status=now[seat.pk],
        )
        told.append((f"channel:{channel}", event))
    return told
