"""Opening a room.

What a plan allows is counted under locks, which are taken before any other: the person, then the address.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Invalid
from core.locks import take_turn
from core.names import name_key, name_skeleton
from core.network import address_key
from rooms import openings
from rooms.actions.names import clean_names, free_room_name, new_slug, nickname_fields, retire_expired_holder
from rooms.actions.seats import LONGEST_PASSWORD, Seated
from rooms.callers import Caller
from rooms.errors import RoomNameTaken
from rooms.models import Channel, Member, RoomOpening, Space


def create_room(*, caller: Caller, name: str, nickname: str, password: str = "", counts: bool = True) -> Seated:
    """A fly-away room with the caller as its owner. One that does not count is the house's own, as the demo's.

    Raises NotAuthenticated, Invalid, RoomCooldown, RoomNameTaken.
    """
    user = caller.require_user()
    name, nickname = clean_names(name=name, nickname=nickname)
    if password and counts and (wait := openings.cooldown(user, caller.address)):
        raise wait  # hashing takes a while, and not for who is refused anyway
    secret = make_password(_clean_password(password)) if password else ""
    with transaction.atomic():
        if counts:
            _count(user, caller.address)
        retire_expired_holder(name)
        space = _insert_space(name, secret, caller)
        channel = Channel.objects.create(space=space, name=name)
        member = Member.objects.create(
            space=space,
            user=user,
            role=Member.Role.OWNER,
            address_key=address_key(caller.address),
            **nickname_fields(nickname),
        )
    return Seated(space, channel, member)


def _count(user: User, address: str) -> None:
    """One more, if their plan allows it. Raises RoomCooldown."""
    rooms, is_free = openings.allowance(user)
    key = openings.counted_key(address) if is_free else ""
    if rooms is not None:
        # Without the key, which their members' rows refer to: they may sit down somewhere meanwhile.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if key:
            take_turn("room-opening", key)
        if wait := openings.cooldown(user, address):
            raise wait
    RoomOpening.objects.create(user=user, address_key=key, is_free=is_free)


def _insert_space(name: str, secret: str, caller: Caller) -> Space:
    try:
        with transaction.atomic():
            return Space.objects.create(
                name=name,
                name_key=name_key(name),
                name_skeleton=name_skeleton(name),
                slug=new_slug(name, private=bool(secret)),
                private=bool(secret),
                password=secret,
                created_by=caller.user,
                expires_at=timezone.now() + timedelta(seconds=settings.ROOM_LIFETIME),
            )
    except IntegrityError:
        raise RoomNameTaken(free_room_name(name)) from None


def _clean_password(password: str) -> str:
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(fields={"password": _("At most %(count)d characters.") % {"count": LONGEST_PASSWORD}})
    return password
