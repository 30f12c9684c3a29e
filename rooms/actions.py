"""Every change to rooms and their members.

Lock order: Space, then Channel, then Member, each by primary key. A space's row is locked by whatever changes who may
be in it, so that a ban and a join of the same person cannot pass each other.
"""

import secrets
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Invalid, NotAuthenticated, NotFound
from core.names import clean_name, name_key, name_skeleton
from core.network import address_key
from core.rates import take
from rooms import events, policies, signals
from rooms.callers import Caller
from rooms.errors import Banned, NicknameTaken, NotOnOneself, NotOnOwner, RoomGone, RoomNameTaken, WrongPassword
from rooms.models import Ban, Channel, Member, Space

LONGEST_PASSWORD = 128
_NAMELESS = "^deleted-[0-9a-f]{16}$"


class Seated(NamedTuple):
    space: Space
    channel: Channel
    member: Member


def create_room(*, caller: Caller, name: str, nickname: str, password: str = "") -> Seated:
    """A fly-away room with the caller as its owner. Raises NotAuthenticated, Invalid, RoomNameTaken."""
    user = caller.require_user()
    name, nickname = _clean_names(name=name, nickname=nickname)
    secret = make_password(_clean_password(password)) if password else ""
    with transaction.atomic():
        _retire_expired_holder(name)
        space = _insert_space(name, secret, caller)
        channel = Channel.objects.create(space=space, name=name)
        member = Member.objects.create(
            space=space,
            user=user,
            role=Member.Role.OWNER,
            address_key=address_key(caller.address),
            **_nickname_fields(nickname),
        )
    return Seated(space, channel, member)


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
    (nickname,) = _clean_names(nickname=nickname)
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
        raise NicknameTaken from None
    events.member_changed(member, [channel])
    return Seated(space, channel, member)


def _write_seat(seat: Member | None, space: Space, channel: Channel, caller: Caller, nickname: str) -> Member:
    """A new seat, an old one taken again, or the same with another nickname."""
    member = seat or Member(space=space, user=caller.user)
    if caller.user is None:
        member.kind = Member.Kind.GUEST
    if not (seat and seat.is_present):
        member.state = Member.State.ACTIVE
        member.from_seq = channel.last_seq
        member.joined_at, member.left_at = timezone.now(), None
        member.address_key = address_key(caller.address)
    for field, value in _nickname_fields(nickname).items():
        setattr(member, field, value)
    member.save()
    return member


@transaction.atomic
def leave_room(*, caller: Caller, slug: str) -> None:
    """Stand up. The nickname stays one's own. Raises NotFound for who is not in."""
    space = room_by_slug(slug)
    space, channels = _lock_for_access_change(space.pk)
    member = Member.objects.present().of(caller).select_for_update().filter(space=space).first()
    if member is None:
        raise NotFound
    member.state, member.left_at = Member.State.LEFT, timezone.now()
    member.save(update_fields=["state", "left_at"])
    events.member_changed(member, channels)
    events.put_out(member, channels, "left")


@transaction.atomic
def ban_member(*, caller: Caller, member: Member) -> Member:
    """Out at once and for as long as the room lives: by account, by nickname and by address.

    Also for who has left already. Raises NotFound unless the caller is the room's admin or staff, NotOnOneself,
    NotOnOwner.
    """
    space, channels = _lock_for_access_change(member.space_id)
    own = Member.objects.of(caller).filter(space=space).first()
    if not policies.can_moderate(caller, own):
        raise NotFound
    member = Member.objects.select_for_update().get(pk=member.pk)
    if own is not None and own.pk == member.pk:
        raise NotOnOneself
    if member.role == Member.Role.OWNER:
        raise NotOnOwner
    if member.state == Member.State.BANNED:
        return member
    Ban.objects.get_or_create(
        space=space, member=member, defaults={"address_key": member.address_key, "banned_by": caller.user}
    )
    member.state = Member.State.BANNED
    member.save(update_fields=["state"])
    events.member_changed(member, channels)
    events.put_out(member, channels, "banned")
    return member


@transaction.atomic
def take_name_off_seats(*, user: User) -> None:
    """Of somebody whose account is being deleted. Their seats stay, with what was said from them; they stand up.

    A room that was theirs goes on without an owner until its end. Bans stay. Doing it again changes nothing.
    """
    named = ~Q(nickname__regex=_NAMELESS) | Q(state__in=[Member.State.ACTIVE, Member.State.BLOCKED])
    seats = Member.objects.filter(named, user=user)
    for space_id in list(seats.order_by("space").values_list("space", flat=True)):
        space, channels = _lock_for_access_change(space_id)
        for member in Member.objects.filter(space=space, user=user).select_related("user"):
            _take_name_off(member, channels)


def _take_name_off(member: Member, channels: list[Channel]) -> None:
    was_present = member.is_present
    for field, value in _nickname_fields(f"deleted-{secrets.token_hex(8)}").items():
        setattr(member, field, value)
    member.address_key = ""
    if was_present:
        member.state, member.left_at = Member.State.LEFT, timezone.now()
    member.save(update_fields=["nickname", "nickname_key", "nickname_skeleton", "address_key", "state", "left_at"])
    if member.user is not None:
        member.user.avatar = ""  # what is told of them has no picture any more
    events.member_changed(member, channels)
    if was_present:
        events.put_out(member, channels, "left")


def sweep_room(space: Space) -> None:
    """Delete what was in a room that has ended; its row stays, so that its address is never used again."""
    signals.space_swept.send(sender=Space, space=space)
    with transaction.atomic():
        space = Space.objects.select_for_update().get(pk=space.pk)
        space.members.all().delete()
        space.channels.all().delete()
        space.name = ""
        space.name_key = space.name_skeleton = None
        space.password = "!" if space.private else ""
        space.swept_at = timezone.now()
        space.save()


def room_by_slug(slug: str) -> Space:
    """Raises NotFound, RoomGone."""
    space = Space.objects.unswept().filter(slug=slug).first()
    if space is None:
        raise NotFound
    if not space.is_living():
        raise RoomGone
    return space


def _clean_names(**given: str) -> list[str]:
    """Cleaned names in the order given. Raises one Invalid that names every wrong field."""
    cleaned: list[str] = []
    wrong: dict[str, Any] = {}
    for field, raw in given.items():
        try:
            cleaned.append(clean_name(raw, field=field, minimum=2, maximum=40 if field == "name" else 30))
        except Invalid as invalid:
            wrong |= invalid.fields or {}
    if wrong:
        raise Invalid(fields=wrong)
    return cleaned


def _clean_password(password: str) -> str:
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(fields={"password": _("At most %(count)d characters.") % {"count": LONGEST_PASSWORD}})
    return password


def _nickname_fields(nickname: str) -> dict[str, str]:
    return {
        "nickname": nickname,
        "nickname_key": name_key(nickname),
        "nickname_skeleton": name_skeleton(nickname),
    }


def _retire_expired_holder(name: str) -> None:
    """A room that has ended gives its name back, whether or not it has been swept."""
    held = Q(name_key=name_key(name)) | Q(name_skeleton=name_skeleton(name))
    ended = Space.objects.filter(held, expires_at__lte=timezone.now()).order_by("pk").select_for_update()
    Space.objects.filter(pk__in=[space.pk for space in ended]).update(name_key=None, name_skeleton=None)


def _insert_space(name: str, secret: str, caller: Caller) -> Space:
    try:
        with transaction.atomic():
            return Space.objects.create(
                name=name,
                name_key=name_key(name),
                name_skeleton=name_skeleton(name),
                slug=_new_slug(name, private=bool(secret)),
                private=bool(secret),
                password=secret,
                created_by=caller.user,
                expires_at=timezone.now() + timedelta(seconds=settings.ROOM_LIFETIME),
            )
    except IntegrityError:
        raise RoomNameTaken from None


def _new_slug(name: str, *, private: bool) -> str:
    """Readable, never used before; a private room's cannot be guessed (64 random bits)."""
    return f"{slugify(name)[:40] or 'room'}-{secrets.token_hex(8 if private else 4)}"


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


def _lock_for_access_change(space_id: int) -> tuple[Space, list[Channel]]:
    """The space, locked, with its access revision raised; open sockets of every process follow it."""
    space = Space.objects.select_for_update().get(pk=space_id)
    Space.objects.filter(pk=space.pk).update(acl_rev=F("acl_rev") + 1)
    return space, list(space.channels.order_by("pk"))
