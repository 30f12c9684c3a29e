"""The end of a room, and the sweep after it."""

from django.db import transaction
from django.utils import timezone

from accounts import audit
from core.errors import NotFound
from core.times import iso
from rooms import events, policies, signals
from rooms.actions.locks import lock_for_access_change
from rooms.actions.seats import room_by_slug
from rooms.callers import Caller
from rooms.errors import RoomGone
from rooms.models import Member, Space

MEMBERS_AT_ONCE = 500


@transaction.atomic
def close_room(*, caller: Caller, slug: str) -> Space:
    """Its end is now: everybody is out, and the name is free.

    Raises NotFound unless the caller looks after it, RoomGone.
    """
    space, channels = lock_for_access_change(room_by_slug(slug).pk)
    own = Member.objects.of(caller).filter(space=space).first()
    if not policies.can_moderate(caller, own):
        raise NotFound
    if not space.is_living():
        raise RoomGone
    planned, space.expires_at = space.expires_at, timezone.now()
    space.closed_at = space.expires_at
    space.name_key = space.name_skeleton = None
    space.save(update_fields=["expires_at", "closed_at", "name_key", "name_skeleton"])
    for member in Member.objects.present().filter(space=space).order_by("pk"):
        events.put_out(member, channels, "closed")
    if policies.is_staff(caller):
        before, after = {"expires_at": iso(planned)}, {"expires_at": iso(space.expires_at)}
        audit.record("room_closed", actor=caller.user, target=space, address=caller.address, before=before, after=after)
    return space


def sweep_room(space: Space) -> None:
    """Delete what was in a room that has ended; its row stays, so that its address is never used again.

    In short transactions, so that nobody waits for long. Killed in the middle, it is not swept yet: the next time goes
    on with what is left.
    """
    signals.space_swept.send(sender=Space, space=space)
    while _sweep_members(space.pk):
        pass
    with transaction.atomic():
        space = Space.objects.select_for_update().get(pk=space.pk)
        space.members.all().delete()
        space.channels.all().delete()
        space.bans.all().delete()
        space.name = ""
        space.name_key = space.name_skeleton = None
        space.password = "!" if space.private else ""
        space.swept_at = space.swept_at or timezone.now()
        space.save()


@transaction.atomic
def _sweep_members(space_id: int) -> int:
    """A part of them. How many there were."""
    Space.objects.select_for_update().get(pk=space_id)  # as whoever else changes seats: an erasure may be at it
    doomed = list(Member.objects.filter(space=space_id).order_by("pk").values_list("pk", flat=True)[:MEMBERS_AT_ONCE])
    Member.objects.filter(pk__in=doomed).delete()
    return len(doomed)
