"""What rooms keep about a person: their seats, whom they blocked, and when they opened rooms."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.person_data import PersonData, in_chunks, register
from core.times import iso
from rooms import actions
from rooms.models import Member, PersonBlock, RoomOpening, Space


def _memberships(user: User) -> Iterator[dict[str, Any]]:
    """Without the address that a seat was taken from: it is kept as a keyed hash, which says nothing."""
    seats = Member.objects.filter(user=user).exclude(space__kind=Space.Kind.DIRECT)
    for seat in in_chunks(seats.select_related("space")):
        yield {
            "room": seat.space.name,
            "address": seat.space.slug,
            "nickname": seat.nickname,
            "role": seat.role,
            "state": seat.state,
            "joined_at": iso(seat.joined_at),
            "left_at": iso(seat.left_at),
        }


def _conversations(user: User) -> Iterator[dict[str, Any]]:
    """With whom, as far as they are in it still."""
    seats = Member.objects.filter(user=user, space__kind=Space.Kind.DIRECT).select_related("space")
    for seat in in_chunks(seats):
        others = Member.objects.present().filter(space=seat.space_id).exclude(pk=seat.pk).order_by("pk")
        yield {
            "address": seat.space.slug,
            "nickname": seat.nickname,
            "with": list(others.values_list("nickname", flat=True)),
            "state": seat.state,
            "muted": seat.muted,
            "joined_at": iso(seat.joined_at),
            "left_at": iso(seat.left_at),
        }


def _blocks(user: User) -> Iterator[dict[str, Any]]:
    """Whom they blocked; who blocked them is nobody's to know."""
    for block in in_chunks(PersonBlock.objects.filter(by=user).select_related("of")):
        yield {"username": block.of.username, "blocked_at": iso(block.created_at)}


def _openings(user: User) -> Iterator[dict[str, Any]]:
    for opening in in_chunks(RoomOpening.objects.filter(user=user)):
        yield {"opened_at": iso(opening.opened_at)}


def _forget_openings(user: User) -> None:
    RoomOpening.objects.filter(user=user).delete()


def register_all() -> None:
    register(
        PersonData(
            name="blocked_people",
            about=_("The people that you have blocked"),
            export=_blocks,
            erase=lambda user: actions.forget_person_blocks(user=user),
        )
    )
    register(
        PersonData(
            name="conversations",
            about=_("The conversations that you are or were in, and with whom"),
            export=_conversations,
            erase=lambda _user: None,  # the seats go with those in rooms: `memberships`
        )
    )
    register(
        PersonData(
            name="openings",
            about=_("When you opened rooms lately, which your plan has a limit for"),
            export=_openings,
            erase=_forget_openings,
        )
    )
    register(
        PersonData(
            name="memberships",
            about=_("The rooms that you are or were in, and your nickname there"),
            export=_memberships,
            erase=lambda user: actions.take_name_off_seats(user=user),
        )
    )
