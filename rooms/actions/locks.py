"""The lock that whatever changes who may be in a space takes first."""

from django.db.models import F

from accounts.models import User
from rooms.models import Channel, Member, Space


def lock_for_access_change(space_id: int) -> tuple[Space, list[Channel]]:
    """The space and its channels, locked, with the access revision raised; open sockets of every process follow it.

    The channels too, because a line is said in them: who speaks holds the channel and asks for the member's key, so
    taking the member first would be a deadlock.
    """
    space = Space.objects.select_for_update().get(pk=space_id)
    Space.objects.filter(pk=space.pk).update(acl_rev=F("acl_rev") + 1)
    return space, list(space.channels.select_for_update().order_by("pk"))


def lock_places_of(*, user: User) -> None:
    """All spaces where this person has a seat, then all their channels: before anything of theirs in one is deleted.

    Who speaks holds the channel and writes how far they have read; taking that row first would be a deadlock.
    """
    seats = Member.objects.filter(user=user)
    spaces = Space.objects.select_for_update().filter(pk__in=seats.values("space")).order_by("pk")
    held = list(spaces.values_list("pk", flat=True))
    list(Channel.objects.select_for_update().filter(space__in=held).order_by("pk").values_list("pk", flat=True))
