"""Sitting down in a room, and standing up."""

from typing import NamedTuple

from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid, NotAuthenticated, NotFound
from core.network import address_key
from core.rates import take
from rooms import events
from rooms.actions.locks import lock_for_access_change
from rooms.actions.names import clean_names, free_nickname, nickname_fields
from rooms.actions.ownership import pass_on, possible_owners
from rooms.callers import Caller
from rooms.errors import Banned, NicknameTaken, RoomGone, WrongPassword
from rooms.models import Ban, Channel, Member, Space

LONGEST_PASSWORD = 128


class Seated(NamedTuple):
    space: Space
    channel: Channel
    member: Member


def join_room(*, caller: Caller, slug: str, nickname: str, password: str = "") -> Seated:
    """Sit down, or change one's nickname if one sits already.

    Raises NotFound, RoomGone, Banned, NotAuthenticated (a guest at a private room), WrongPassword, Invalid,
    NicknameTaken, SlowDown.
    """
    take("JOINS", caller.key)
    space = room_by_slug(slug)
    seat = Member.objects.of(caller).filter(space=space).first()
    _refuse_banned(space, seat, caller)
    if seat is None or not seat.is_present:
        _refuse_stranger(space, caller, password)  # hashing takes a while: before the lock
    (nickname,) = clean_names(nickname=nickname)
    return _sit_down(space.pk, caller, nickname)


@transaction.atomic
def _sit_down(space_id: int, caller: Caller, nickname: str) -> Seated:
    space = Space.objects.select_for_update().get(pk=space_id)
    if not space.is_living():  # ended, perhaps swept, while the password was looked at
        raise RoomGone
    channel = space.channels.get()
    seat = Member.objects.of(caller).filter(space=space).select_related("user").first()
    _refuse_banned(space, seat, caller)
    if seat is not None and seat.is_present and seat.nickname == nickname:
        return Seated(space, channel, seat)
    try:
        with transaction.atomic():
            member = _write_seat(seat, space, channel, caller, nickname)
    except IntegrityError:
        raise NicknameTaken(free_nickname(nickname, space)) from None
    events.member_changed(member, [channel])
    return Seated(space, channel, member)


def _write_seat(seat: Member | None, space: Space, channel: Channel, caller: Caller, nickname: str) -> Member:
    """A new seat, an old one taken again, or the same with another nickname."""
    member = seat or Member(space=space, user=caller.user)
    if caller.user is None:
        member.kind = Member.Kind.GUEST
    if not (seat and seat.is_present):
        member.state = Member.State.BLOCKED if member.blocked_at else Member.State.ACTIVE
        member.from_seq = channel.last_seq
        member.joined_at, member.left_at = timezone.now(), None
        member.address_key = address_key(caller.address)
    for field, value in nickname_fields(nickname).items():
        setattr(member, field, value)
    member.save()
    return member


@transaction.atomic
def leave_room(*, caller: Caller, slug: str, to: int | None = None) -> None:
    """Stand up. The nickname stays one's own.

    An owner hands the room over: to the member `to`, else to who has been in longest. If there is nobody who could look
    after it, it goes on without an owner, and is theirs again if they come back.

    Raises NotFound for who is not in, Invalid for a `to` that is nobody here or not the owner's to say, CannotOwn.
    """
    space, channels = lock_for_access_change(room_by_slug(slug).pk)
    member = Member.objects.present().of(caller).select_for_update().filter(space=space).first()
    if member is None:
        raise NotFound
    heir = _heir(space, member, to)
    if heir is not None:
        pass_on(space, channels, member, heir)
    member.state, member.left_at = Member.State.LEFT, timezone.now()
    member.save(update_fields=["state", "left_at"])
    events.member_changed(member, channels)
    events.put_out(member, channels, "left")


def _heir(space: Space, leaving: Member, chosen: int | None) -> Member | None:
    if chosen is None:
        return possible_owners(space).first() if leaving.role == Member.Role.OWNER else None
    if leaving.role != Member.Role.OWNER:
        raise Invalid(fields={"to": _("Only who looks after the room can hand it over.")})
    others = space.members.exclude(pk=leaving.pk).exclude(kind=Member.Kind.SYSTEM)
    heir = others.select_related("user").filter(pk=chosen).first()
    if heir is None:
        raise Invalid(fields={"to": _("Choose somebody who is in the room.")})
    return heir


def room_by_slug(slug: str) -> Space:
    """Raises NotFound, RoomGone."""
    space = Space.objects.unswept().filter(slug=slug, kind=Space.Kind.FLYAWAY).first()
    if space is None:
        raise NotFound
    if not space.is_living():
        raise RoomGone
    return space


def _refuse_banned(space: Space, seat: Member | None, caller: Caller) -> None:
    """An address ban keeps out who is not in: guests, strangers, who left. It never touches the owner."""
    if seat is not None and seat.state == Member.State.BANNED:
        raise Banned
    if seat is not None and (seat.is_present or seat.role == Member.Role.OWNER):
        return
    if Ban.objects.filter(space=space, address_key=address_key(caller.address)).exists():
        raise Banned


def _refuse_stranger(space: Space, caller: Caller, password: str) -> None:
    if not space.private:
        return
    if caller.user is None:
        raise NotAuthenticated(_("Guests can join public rooms only. Please sign in to join this one."))
    if len(password) > LONGEST_PASSWORD or not check_password(password, space.password):
        raise WrongPassword
