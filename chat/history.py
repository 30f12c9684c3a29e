"""Reading a channel: pages of its past, and what changed after a position."""

from itertools import accumulate
from typing import Any, NamedTuple

from django.db.models import F

from chat import payloads
from chat.models import Message, ReadState
from core.errors import NotFound
from core.realtime.truth import ChannelState
from rooms.callers import Caller
from rooms.errors import RoomGone
from rooms.models import Member

CHANGES_AT_ONCE = 200


class Position(NamedTuple):
    """Where a channel stands for one member. Read before the rows that are shown with it, never after."""

    state: ChannelState
    last_seq: int
    seat: Member


class Page(NamedTuple):
    messages: list[dict[str, Any]]
    more: bool


def position(caller: Caller, channel_id: int) -> Position:
    """All of one instant: a ban is seen here or changes `acl_rev` later.

    Raises NotFound for who is not in, RoomGone after the end for who was.
    """
    seats: Any = Member.objects.present().of(caller).filter(space__channels=channel_id, space__swept_at=None)
    seats = seats.annotate(head=F("space__channels__head"), last_seq=F("space__channels__last_seq"))
    seat = seats.select_related("user", "space").first()
    if seat is None:
        raise NotFound
    space = seat.space
    if not space.is_living():
        raise RoomGone
    return Position(ChannelState(seat.head, space.pk, space.acl_rev, space.expires_at), seat.last_seq, seat)


def read_seq(channel_id: int, seat: Member) -> int:
    """Starts at `from_seq`; an old row from before one left counts no more."""
    stored = ReadState.objects.filter(channel=channel_id, member=seat).values_list("read_seq", flat=True).first()
    return max(stored or 0, seat.from_seq)


def changes(
    channel_id: int, seat: Member, after: int, limit: int = CHANGES_AT_ONCE, *, largest: int | None = None
) -> Page:
    """Messages whose rev > after, by rev; at most `limit`, and about `largest` characters, but at least one."""
    rows = Message.objects.filter(channel=channel_id, rev__gt=after).seen_from(seat).order_by("rev")
    page = _page(list(rows[: limit + 1]), seat, limit)
    return page if largest is None else _cut(page, largest)


def before(channel_id: int, seat: Member, seq: int | None, limit: int) -> Page:
    """Messages whose seq < `seq` (None: the newest), newest first."""
    rows = Message.objects.filter(channel=channel_id).seen_from(seat).order_by("-seq")
    if seq is not None:
        rows = rows.filter(seq__lt=seq)
    return _page(list(rows[: limit + 1]), seat, limit)


def _page(rows: list[Message], seat: Member, limit: int) -> Page:
    return Page([payloads.message(row, reader=seat.pk) for row in rows[:limit]], len(rows) > limit)


def _cut(page: Page, largest: int) -> Page:
    sizes = accumulate(len(shown["body"]) + len(shown["html"]) for shown in page.messages)
    count = max(1, sum(size <= largest for size in sizes))
    return Page(page.messages[:count], page.more or count < len(page.messages))
