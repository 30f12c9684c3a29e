"""The list of one's conversations, for the pages and the API."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from chat import payloads, unread
from core.errors import Invalid
from rooms.callers import Caller
from rooms.models import Member, MemberQuerySet, Space
from rooms.presence import statuses

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([0-9]{1,16})-([0-9]{1,18})", re.ASCII)


def listed(caller: Caller) -> MemberQuerySet:
    """The caller's seats, the latest message first; without what they put away."""
    return unread.active(Member.objects.present().of(caller).filter(space__kind=Space.Kind.DIRECT))


def payload(caller: Caller, space: Space) -> dict[str, Any]:
    """Of one that the caller is in, put away or not."""
    seats = Member.objects.present().of(caller).filter(space=space)
    (shown,) = shapes(unread.active(seats, put_away=True))
    return shown


def shapes(seats: "MemberQuerySet | Sequence[Member]") -> list[dict[str, Any]]:
    """Three queries for however many: last messages, people, what they are shown as."""
    rows: list[Any] = list(seats)
    messages = unread.newest_messages(rows) if rows else {}
    others = unread.others_in(rows)
    everybody = [seat for seats_there in others.values() for seat in seats_there]
    status = statuses(everybody) if everybody else {}
    return [_shape(row, messages.get(row.newest), others[row.space_id], status) for row in rows]


def _shape(row: Any, newest: Any, others: Sequence[Member], status: dict[int, str]) -> dict[str, Any]:
    now = unread.standing(row)
    return {
        "id": str(row.space_id),
        "slug": row.space.slug,
        "channel": str(row.channel_id),
        "group": row.space.pair is None,
        "people": [{**payloads.person(seat), "status": status[seat.pk]} for seat in others],
        "last_message": payloads.short_message(newest) if newest else None,
        "unread": now.unread,
        "mentions": now.mentions,
        "muted": row.muted,
    }


def title(people: Sequence[dict[str, Any]]) -> str:
    """The names of the others: a conversation has no other."""
    return ", ".join(person["name"] for person in people) or _("Only you are here")


def after(seats: MemberQuerySet, cursor: str) -> MemberQuerySet:
    """What comes behind the row that the cursor was made of. Raises Invalid."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Invalid(fields={"cursor": _("This is not the cursor of a list.")})
    at, last = _BEGIN + timedelta(microseconds=int(found[1])), int(found[2])
    return seats.filter(Q(active_at__lt=at) | Q(active_at=at, pk__lt=last))


def cursor_of(row: Any) -> str:
    return f"{(row.active_at - _BEGIN) // timedelta(microseconds=1)}-{row.pk}"
