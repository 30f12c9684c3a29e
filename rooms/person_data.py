"""What rooms keep about a person: their seats."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.person_data import PersonData, in_chunks, register
from core.times import iso
from rooms import actions
from rooms.models import Member


def _memberships(user: User) -> Iterator[dict[str, Any]]:
    """Without the address that a seat was taken from: it is kept as a keyed hash, which says nothing."""
    for seat in in_chunks(Member.objects.filter(user=user).select_related("space")):
        yield {
            "room": seat.space.name,
            "address": seat.space.slug,
            "nickname": seat.nickname,
            "role": seat.role,
            "state": seat.state,
            "joined_at": iso(seat.joined_at),
            "left_at": iso(seat.left_at),
        }


def register_all() -> None:
    register(
        PersonData(
            name="memberships",
            about=_("The rooms that you are or were in, and your nickname there"),
            export=_memberships,
            erase=lambda user: actions.take_name_off_seats(user=user),
        )
    )
