"""Wanting to hear nothing from somebody, everywhere. They are not told who did it: both see the same."""

from django.db.models import Q

from accounts.models import User
from rooms import events
from rooms.actions.direct import pair_of
from rooms.errors import NotOnOneself
from rooms.models import PersonBlock, Space


def block_person(*, by: User, of: User) -> None:
    """Neither can say anything in the conversation of both, or start one; no mention by `of` reaches `by`.

    Doing it again changes nothing. Raises NotOnOneself.
    """
    if by.pk == of.pk:
        raise NotOnOneself
    _block, created = PersonBlock.objects.get_or_create(by=by, of=of)
    if created:
        _tell_both(by, of)


def unblock_person(*, by: User, of: User) -> None:
    if PersonBlock.objects.filter(by=by, of=of).delete()[0]:
        _tell_both(by, of)


def _tell_both(one: User, other: User) -> None:
    space = Space.objects.living().filter(pair=pair_of(one, other)).first()
    if space is not None:
        events.writing_changed(space)


def forget_person_blocks(*, user: User) -> None:
    """Of somebody whose account is being deleted: theirs, and those of them."""
    PersonBlock.objects.filter(Q(by=user) | Q(of=user)).delete()
