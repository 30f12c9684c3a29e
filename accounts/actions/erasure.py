"""Deleting an account: asked for, thought over, done.

What somebody said stays, as it belongs to the talk of others too; everything that says who they were goes
(`core.person_data`). The row stays, without a name, for what points at it.
"""

import copy
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone

from accounts import audit, mails
from accounts.actions.access import end_all_sign_ins
from accounts.actions.passwords import check_own_password
from accounts.errors import AccountInactive, LastSuperuser
from accounts.models import SignIn, User
from core import person_data
from core.times import iso


def ask_deletion(
    *,
    user: User,
    password: str,
    address: str,
    keep_session: SessionBase | None = None,
    keep_sign_in: SignIn | None = None,
) -> datetime:
    """When it will be done; asking again changes nothing. Everywhere else they are signed out.

    Raises Invalid that names `password`, LastSuperuser, SlowDown.
    """
    check_own_password(user=user, password=password, field="password", address=address)
    erase_at = timezone.now() + timedelta(seconds=settings.ACCOUNT_GRACE)
    with transaction.atomic():
        refuse_last_superuser(user)
        if User.objects.filter(pk=user.pk, erase_at=None, erased_at=None).update(erase_at=erase_at):
            mails.send_deletion_asked(user, erase_at)
            audit.record("deletion_asked", actor=user, target=user, address=address, after={"erase_at": iso(erase_at)})
            end_all_sign_ins(user, keep_session=keep_session, keep_sign_in=keep_sign_in)
    user.refresh_from_db(fields=["erase_at"])
    return user.erase_at or erase_at  # None: it is being done at this moment


@transaction.atomic
def cancel_deletion(*, user: User, by: User, address: str) -> None:
    """The account stays. Nothing to do if nothing was asked. Raises AccountInactive for who came too late."""
    asked_for = User.objects.filter(pk=user.pk, erased_at=None, erase_at__isnull=False)
    if asked_for.update(erase_at=None):
        before = {"erase_at": iso(user.erase_at)}
        audit.record("deletion_cancelled", actor=by, target=user, address=address, before=before)
        mails.send_deletion_cancelled(user)
    elif User.objects.filter(pk=user.pk, erased_at__isnull=False).exists():
        raise AccountInactive
    user.erase_at = None


@transaction.atomic
def erase_person(*, user_id: int) -> None:
    """If they are due. The first time everything goes; the next time, a minute later, what slipped in meanwhile.

    The row is locked first, so that either a change of mind comes before or finds it done; without its key, so that
    who joins a room at this moment, and holds its row, need not wait for us while we wait for that room.
    """
    due = User.objects.select_for_update(no_key=True, skip_locked=True).filter(erase_at__lte=timezone.now())
    user = due.filter(pk=user_id).first()
    if user is None:
        return
    as_they_were = copy.copy(user)
    for part in person_data.parts():
        part.erase(user)
    if as_they_were.erased_at is None:
        audit.record("erased", actor=None, target=user)
        mails.send_erased(as_they_were)
        return
    user.erase_at = None
    user.save(update_fields=["erase_at"])


def refuse_last_superuser(user: User) -> None:
    """Locks all of them, in order: two who leave at once are not both the last but one."""
    if not user.is_superuser:
        return
    all_of_them = User.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True).order_by("pk")
    if not [one for one in all_of_them if one.pk != user.pk and one.erase_at is None]:
        raise LastSuperuser
