"""May this person do this? Pure questions: the rows are given, nothing is asked or changed."""

from rooms.callers import Caller
from rooms.models import Member
from rooms.speakers import Speaker


def can_speak(member: Member | Speaker) -> bool:
    return member.state == Member.State.ACTIVE


def can_moderate(caller: Caller, seat: Member | None) -> bool:
    """The room's owner, and staff."""
    if is_staff(caller):
        return True
    return seat is not None and seat.role == Member.Role.OWNER and seat.is_present


def is_staff(caller: Caller) -> bool:
    return caller.user is not None and caller.user.is_active and caller.user.is_staff


def can_own(member: Member) -> bool:
    """The room may be handed over to them. They come with their user."""
    return member.state == Member.State.ACTIVE and member.user is not None and member.user.is_active
