"""Who looks after a room, and that somebody else does from now on."""

from django.db import transaction

from accounts import audit
from rooms import events, policies, signals
from rooms.actions.moderation import hold_member
from rooms.callers import Caller
from rooms.errors import CannotOwn
from rooms.models import Channel, Member, MemberQuerySet, Space


def possible_owners(space: Space) -> MemberQuerySet:
    """As `policies.can_own` says; who has been in longest comes first."""
    able = Member.objects.present().filter(space=space, state=Member.State.ACTIVE, user__is_active=True)
    return able.exclude(role=Member.Role.OWNER).select_related("user").order_by("joined_at", "pk")


@transaction.atomic
def hand_over(*, caller: Caller, member: Member) -> Member:
    """Raises NotFound unless the caller looks after the room, RoomGone, NotOnOneself, NotOnOwner, CannotOwn."""
    space, channels, heir = hold_member(caller, member)
    former = space.members.filter(role=Member.Role.OWNER).select_related("user").first()
    pass_on(space, channels, former, heir)
    if former is not None:
        events.member_changed(former, channels)
    if policies.is_staff(caller):
        before = {"owner": former.nickname if former else None}
        after = {"owner": heir.nickname}
        audit.record(
            "room_handed_over", actor=caller.user, target=space, address=caller.address, before=before, after=after
        )
    return heir


def pass_on(space: Space, channels: list[Channel], former: Member | None, heir: Member) -> None:
    """All rows as they are now, the space locked. Of the former owner the caller tells. Raises CannotOwn."""
    if not policies.can_own(heir):
        raise CannotOwn
    if former is not None:  # first: there is never more than one owner
        former.role = Member.Role.MEMBER
        former.save(update_fields=["role"])
    heir.role = Member.Role.OWNER
    heir.save(update_fields=["role"])
    events.member_changed(heir, channels)
    signals.space_noticed.send(sender=Member, space=space, code="handed_over", names=[heir.nickname])
