"""What staff do to somebody's account. `by` is who does it, `address` where from; all of it is in the audit log."""

from django.db import transaction
from django.db.models import Q

from accounts import audit, policies
from accounts.actions import access, asked_mails, erasure
from accounts.actions.sign_in import revoke_sign_in
from accounts.errors import AccountInactive, AlreadyConfirmed, NothingToDo, OwnAccount, StaffAccount
from accounts.models import SignIn, User
from core import mails
from core.models import Mail


@transaction.atomic
def deactivate_person(*, user: User, by: User, address: str) -> None:
    """Raises OwnAccount, StaffAccount, NothingToDo, LastSuperuser, AccountInactive."""
    user = looked_after(user, by)
    if not user.is_active:
        raise NothingToDo
    erasure.refuse_last_superuser(user)
    access.deactivate(user=user, by=by, address=address)


@transaction.atomic
def reactivate_person(*, user: User, by: User, address: str) -> None:
    """Raises OwnAccount, StaffAccount, NothingToDo (also for an account that was deleted), AccountInactive."""
    user = looked_after(user, by)
    if user.is_active or user.erased_at is not None:
        raise NothingToDo
    user.is_active = True
    user.save(update_fields=["is_active"])
    before, after = {"is_active": False}, {"is_active": True}
    audit.record("reactivated", actor=by, target=user, address=address, before=before, after=after)


@transaction.atomic
def sign_person_out(*, user: User, by: User, address: str) -> None:
    """Raises OwnAccount, StaffAccount, AccountInactive."""
    access.sign_out_everywhere(user=looked_after(user, by), by=by, address=address)


@transaction.atomic
def resend_activation(*, user: User, by: User, address: str) -> None:
    """Raises OwnAccount, StaffAccount, AlreadyConfirmed, AccountInactive."""
    user = looked_after(user, by)
    if policies.has_verified_address(user):
        raise AlreadyConfirmed
    asked_mails.send_activation_again(user=user)
    audit.record("activation_sent_again", actor=by, target=user, address=address)


@transaction.atomic
def keep_persons_account(*, user: User, by: User, address: str) -> None:
    """Cancels a deletion that was asked for. Raises OwnAccount, StaffAccount, NothingToDo, AccountInactive."""
    user = looked_after(user, by)
    if user.erase_at is None:
        raise NothingToDo
    erasure.cancel_deletion(user=user, by=by, address=address)


@transaction.atomic
def end_sign_in(*, sign_in: SignIn, by: User, address: str) -> None:
    """Of an API client. Raises StaffAccount, NothingToDo."""
    if not policies.may_look_after(by, sign_in.user) and by.pk != sign_in.user_id:
        raise StaffAccount
    if sign_in.revoked_at is not None:
        raise NothingToDo
    revoke_sign_in(sign_in=sign_in, by=by, address=address)


@transaction.atomic
def send_mail_again(*, mail: Mail, by: User, address: str) -> None:
    """One that was given up. Raises NothingToDo for what is sent, or is being tried."""
    if not mails.try_again(mail):
        raise NothingToDo
    audit.record("mail_sent_again", actor=by, target=mail, address=address)


def looked_after(user: User, by: User) -> User:
    """As they are now, locked together with who acts, who may have been deactivated a moment ago.

    All superusers are locked for one of them, in order: two who deactivate each other come one after the other.
    """
    concerned = Q(pk__in=(user.pk, by.pk)) | (Q(is_superuser=True) if user.is_superuser else Q())
    locked = {one.pk: one for one in User.objects.select_for_update(no_key=True).filter(concerned).order_by("pk")}
    user, by = locked[user.pk], locked[by.pk]
    if not by.is_active:
        raise AccountInactive
    if user.pk == by.pk:
        raise OwnAccount
    if not policies.may_look_after(by, user):
        raise StaffAccount
    return user
