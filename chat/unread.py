"""How much of a channel somebody has not read, and how often they are named in it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Count, F, OuterRef, PositiveBigIntegerField, Q, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone

from chat import payloads
from chat.models import Mention, Message, ReadState
from core.times import iso
from rooms.callers import Caller
from rooms.models import Member, MemberQuerySet, Space

MOST_PLACES = 200
_NUMBER = PositiveBigIntegerField()


class Standing(NamedTuple):
    """How far a member has read. `stored_seq` is what the database holds, which may be from before they came back."""

    read_seq: int
    unread: int
    mentions: int
    stored_seq: int

    def shown(self) -> dict[str, int]:
        return {"read_seq": self.read_seq, "unread": self.unread, "mentions": self.mentions}


def counted(seats: MemberQuerySet, *, read_to: int = 0) -> MemberQuerySet:
    """A row for each channel of each seat, for `standing`; as if everything up to `read_to` had been read."""
    here = {"member": OuterRef("pk"), "channel": OuterRef("channel_id")}
    stored = ReadState.objects.filter(**here).values("read_seq")[:1]
    named = Mention.objects.filter(**here, seq__gt=OuterRef("read_seq")).order_by().values("member")
    return (
        seats.annotate(channel_id=F("space__channels"), last_seq=F("space__channels__last_seq"))
        .annotate(stored_seq=Coalesce(Subquery(stored), 0, output_field=_NUMBER))
        .annotate(read_seq=Greatest("stored_seq", "from_seq", Least(Value(read_to, _NUMBER), "last_seq")))
        .annotate(mention_count=Coalesce(Subquery(named.annotate(count=Count("pk")).values("count")), 0))
    )


def standing(row: Any) -> Standing:
    """Of a row of `counted`."""
    return Standing(row.read_seq, max(0, row.last_seq - row.read_seq), row.mention_count, row.stored_seq)


def standings(members: set[int], channels: set[int]) -> dict[tuple[int, int], Standing]:
    """(member, channel) -> standing. One query."""
    rows = counted(Member.objects.filter(pk__in=members, space__channels__in=channels))
    return {(row.pk, row.channel_id): standing(row) for row in rows}  # type: ignore[attr-defined]  # annotated


def places(caller: Caller) -> list[dict[str, Any]]:
    """Everything living that the caller is in, where something happened last first; at most 200.

    Two queries, and one more for conversations.
    """
    rows: list[Any] = list(active(Member.objects.present().of(caller))[:MOST_PLACES])
    messages = newest_messages(rows)
    people = others_in([row for row in rows if row.space.kind == Space.Kind.DIRECT])
    return [_place(row, messages.get(row.newest), people) for row in rows]


def active(seats: MemberQuerySet, *, put_away: bool = False) -> MemberQuerySet:
    """Of living places, with their `newest` message and when that was, the latest first. The conversations that were
    put away after it only with `put_away`."""
    living = Q(space__expires_at=None) | Q(space__expires_at__gt=timezone.now())
    newest = Message.objects.filter(
        channel=OuterRef("channel_id"), seq=OuterRef("last_seq"), seq__gt=OuterRef("from_seq")
    )
    rows = (
        counted(seats.filter(living, space__swept_at=None))
        .annotate(
            newest=Subquery(newest.values("pk")[:1]),
            active_at=Coalesce(Subquery(newest.values("created_at")[:1]), "joined_at"),
        )
        .select_related("space")
        .order_by("-active_at", "-pk")
    )
    return rows if put_away else rows.filter(Q(left_at=None) | Q(active_at__gt=F("left_at")))


def newest_messages(rows: Sequence[Any]) -> dict[int, Message]:
    """Of rows of `active`. One query."""
    return Message.objects.select_related("author__user").in_bulk([row.newest for row in rows if row.newest])


def others_in(seats: Sequence[Member]) -> dict[int, list[Member]]:
    """Space -> who else is there, of conversations: they have no other name. Of two, also who has no account any
    more."""
    found: dict[int, list[Member]] = {seat.space_id: [] for seat in seats}
    if seats:
        others = Member.objects.present() | Member.objects.filter(space__pair__isnull=False)
        others = others.filter(space__in=found).exclude(pk__in=[seat.pk for seat in seats])
        for other in others.select_related("user").order_by("pk"):
            found[other.space_id].append(other)
    return found


def conversations_unread(caller: Caller) -> int:
    """In how many something waits: a message, or of a muted one a mention. One query."""
    rows = active(Member.objects.present().of(caller).filter(space__kind=Space.Kind.DIRECT))
    waiting = Q(muted=False, last_seq__gt=F("read_seq")) | Q(mention_count__gt=0)
    return rows.filter(waiting).order_by().count()


def _place(row: Any, newest: Message | None, people: dict[int, list[Member]]) -> dict[str, Any]:
    now = standing(row)
    return {
        "channel": str(row.channel_id),
        "space": {
            **payloads.space(row.space),
            "private": row.space.private,
            "expires_at": iso(row.space.expires_at),
        },
        "people": [payloads.person(other) for other in people.get(row.space_id, [])],
        "unread": now.unread,
        "mentions": now.mentions,
        "muted": row.muted,
        "last_message": payloads.short_message(newest) if newest else None,
    }
