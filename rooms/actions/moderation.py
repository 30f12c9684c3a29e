"""What a room's owner and the staff do to its people. What staff do is in the audit log."""

from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.errors import NothingToDo
from core.errors import NotFound
from core.network import address_key
from rooms import events, policies, signals
from rooms.actions.locks import lock_for_access_change
from rooms.callers import Caller
from rooms.errors import NotOnOneself, NotOnOwner, RoomGone
from rooms.models import Ban, Channel, Member, Space


class Held(NamedTuple):
    """A room whose row and channels are locked, and somebody in it as they are now."""

    space: Space
    channels: list[Channel]
    member: Member


def hold_member(caller: Caller, member: Member) -> Held:
    """For whoever looks after the room. Raises NotFound for others, RoomGone, NotOnOneself, NotOnOwner."""
    space, channels = lock_for_access_change(member.space_id)
    own = Member.objects.of(caller).filter(space=space).first()
    if space.kind != Space.Kind.FLYAWAY or not policies.can_moderate(caller, own):
        raise NotFound
    if not space.is_living():
        raise RoomGone
    rows = Member.objects.exclude(kind=Member.Kind.SYSTEM).select_related("user").select_for_update(of=("self",))
    found = rows.filter(pk=member.pk).first()
    if found is None:
        raise NotFound
    if own is not None and own.pk == found.pk:
        raise NotOnOneself
    if found.role == Member.Role.OWNER:
        raise NotOnOwner
    return Held(space, channels, found)


@transaction.atomic
def block_member(*, caller: Caller, member: Member) -> Member:
    """They read and may not write, also when they leave and come back, until they are unblocked.

    Raises as `hold_member`. Nothing changes for who is blocked or banned already.
    """
    held = hold_member(caller, member)
    member, was = held.member, held.member.state
    if member.blocked_at is not None or was == Member.State.BANNED:
        return member
    member.blocked_at = timezone.now()
    if was == Member.State.ACTIVE:
        member.state = Member.State.BLOCKED
    _changed(held, "blocked", caller, was)
    return member


@transaction.atomic
def unblock_member(*, caller: Caller, member: Member) -> Member:
    """Raises as `hold_member`. Nothing changes for who is not blocked."""
    held = hold_member(caller, member)
    member, was = held.member, held.member.state
    if member.blocked_at is None and was != Member.State.BLOCKED:
        return member
    member.blocked_at = None
    if was == Member.State.BLOCKED:
        member.state = Member.State.ACTIVE
    _changed(held, "unblocked", caller, was)
    return member


@transaction.atomic
def ban_member(*, caller: Caller, member: Member) -> Member:
    """Out at once and for as long as the room lives: by account, by nickname and by address.

    Also for who has left already. Raises as `hold_member`.
    """
    held = hold_member(caller, member)
    member, was = held.member, held.member.state
    if was == Member.State.BANNED:
        return member
    Ban.objects.get_or_create(
        space=held.space, member=member, defaults={"address_key": member.address_key, "banned_by": caller.user}
    )
    member.state = Member.State.BANNED
    _changed(held, "banned", caller, was)
    return member


@transaction.atomic
def unban_member(*, caller: Caller, member: Member) -> Member:
    """They may come back at once, and with a clean slate: not blocked either. Raises as `hold_member`."""
    held = hold_member(caller, member)
    member, was = held.member, held.member.state
    if was != Member.State.BANNED:
        return member
    Ban.objects.filter(space=held.space, member=member).delete()
    member.state, member.blocked_at = Member.State.LEFT, None
    member.left_at = member.left_at or timezone.now()
    _changed(held, "unbanned", caller, was)
    return member


def _changed(held: Held, act: str, caller: Caller, was: str) -> None:
    """`act` names the line that everybody in the room reads, and with `member_` before it the entry in the log."""
    space, channels, member = held
    member.save(update_fields=["state", "blocked_at", "left_at"])
    events.member_changed(member, channels)
    if member.state == Member.State.BANNED:
        events.put_out(member, channels, "banned")
    signals.space_noticed.send(sender=Member, space=space, code=act, names=[member.nickname])
    if policies.is_staff(caller):
        after = {"state": member.state, "room": space.slug}
        audit.record(
            f"member_{act}",
            actor=caller.user,
            target=member,
            address=caller.address,
            before={"state": was},
            after=after,
        )


@transaction.atomic
def ban_address(*, caller: Caller, space: Space, address: str = "", of: Member | None = None) -> Ban:
    """By staff: nobody joins from there, guest or person. Who is in stays in. `of`: where that member came from.

    Raises NotFound for others, RoomGone, NothingToDo if it is banned already, or if nothing is known of it.
    """
    space = _hold_as_staff(caller, space.pk)
    key = of.address_key if of is not None else address_key(address)
    if not key or Ban.objects.filter(space=space, member=None, address_key=key).exists():
        raise NothingToDo
    ban = Ban.objects.create(space=space, address_key=key, banned_by=caller.user)
    after = {"address": f"of {of.nickname}" if of is not None else "as typed in"}
    audit.record("address_banned", actor=caller.user, target=space, address=caller.address, after=after)
    return ban


@transaction.atomic
def lift_ban(*, caller: Caller, ban: Ban) -> None:
    """By staff. Raises NotFound for others and for what is no more, RoomGone."""
    if ban.member is not None:
        if not policies.is_staff(caller):
            raise NotFound
        unban_member(caller=caller, member=ban.member)
        return
    space = _hold_as_staff(caller, ban.space_id)
    if not Ban.objects.filter(pk=ban.pk).delete()[0]:
        raise NotFound
    audit.record("address_unbanned", actor=caller.user, target=space, address=caller.address)


def _hold_as_staff(caller: Caller, space_id: int) -> Space:
    """The row alone: whoever is joining waits for it, and nobody who is in has to be looked at again."""
    if not policies.is_staff(caller):
        raise NotFound
    space = Space.objects.select_for_update().get(pk=space_id)
    if not space.is_living():
        raise RoomGone
    return space


def note_export(*, caller: Caller, space: Space) -> None:
    """That staff took along all that was said. Raises NotFound for others, and once nothing is left."""
    if not policies.is_staff(caller) or space.swept_at is not None:
        raise NotFound
    audit.record("room_exported", actor=caller.user, target=space, address=caller.address)
