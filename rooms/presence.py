"""What members of a room are shown as: people as everywhere, guests by the sockets of their seat."""

from collections.abc import Collection, Iterable

from accounts.presence import OFFLINE, key_of, shown
from core.presence import idle_by_key
from rooms.models import Member


def seat_key(seat: Member) -> str:
    return key_of(seat.user_id) if seat.user_id else f"member:{seat.pk}"


def statuses(seats: Collection[Member], *, here: int | None = None) -> dict[int, str]:
    """Member id -> status, for seats loaded with their users. One query. Who is not in is shown to nobody.

    `here` has a page before them whose socket will follow.
    """
    there = [seat for seat in seats if seat.is_present]
    idle = idle_by_key({seat_key(seat) for seat in there})
    idle |= {seat_key(seat): False for seat in there if seat.pk == here}
    found = {seat.pk: OFFLINE for seat in seats}
    return found | {seat.pk: shown(seat.user.status if seat.user else "", idle.get(seat_key(seat))) for seat in there}


def ids_of(keys: Iterable[str], kind: str) -> list[int]:
    """The ids behind the keys of this kind: `person` or `member`."""
    return [int(key.partition(":")[2]) for key in keys if key.startswith(f"{kind}:")]
