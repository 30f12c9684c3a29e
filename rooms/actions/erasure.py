"""A deleted account's seats."""

import secrets

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from rooms import events
from rooms.actions.locks import lock_for_access_change
from rooms.actions.names import nickname_fields
from rooms.actions.ownership import pass_on, possible_owners
from rooms.models import Channel, Member, Space

_NAMELESS = "^deleted-[0-9a-f]{16}$"


@transaction.atomic
def take_name_off_seats(*, user: User) -> None:
    """Of somebody whose account is being deleted. Their seats stay, with what was said from them; they stand up.

    A room that was theirs is handed over as if they had left it: to who has been in longest. If there is nobody who
    could look after it, it goes on without an owner until its end. Bans stay. Doing it again changes nothing.
    """
    named = ~Q(nickname__regex=_NAMELESS) | Q(state__in=[Member.State.ACTIVE, Member.State.BLOCKED])
    seats = Member.objects.filter(named, user=user)
    for space_id in list(seats.order_by("space").values_list("space", flat=True)):
        space, channels = lock_for_access_change(space_id)
        for member in Member.objects.filter(space=space, user=user).select_related("user"):
            _give_up_room(space, channels, member)
            _take_name_off(member, channels)


def _give_up_room(space: Space, channels: list[Channel], member: Member) -> None:
    """Also of who had left already: the room was theirs again if they came back, and now nobody will."""
    if member.role != Member.Role.OWNER or not space.is_living():
        return
    heir = possible_owners(space).first()
    if heir is not None:
        pass_on(space, channels, member, heir)
        return
    member.role = Member.Role.MEMBER
    member.save(update_fields=["role"])


def _take_name_off(member: Member, channels: list[Channel]) -> None:
    was_present = member.is_present
    for field, value in nickname_fields(f"deleted-{secrets.token_hex(8)}").items():
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
