"""Moving to another e-mail address. The old one stays until somebody confirms the new one from its mailbox."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import audit, mails
from accounts.actions import asked_mails
from accounts.actions.passwords import check_own_password
from accounts.allowances import take_a_try
from accounts.errors import NothingToConfirm
from accounts.models import User
from core.errors import Invalid


def ask_email_change(*, user: User, email: str, password: str, address: str) -> None:
    """Replaces an earlier wish. Whether the new address is somebody else's is not asked here: a worker writes to its
    owner then. Raises Invalid that names `password` or `email`, and SlowDown."""
    check_own_password(user=user, password=password, field="password", address=address)
    email = email.lower()
    if email == user.email.lower():
        raise Invalid(fields={"email": _("This is your address already.")})
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two wishes at once: one after the other
        _waiting(user).delete()
        wanted = EmailAddress.objects.create(user=user, email=email)
        old, new = {"email": user.email}, {"email": email}
        audit.record("email_change_asked", actor=user, target=user, address=address, before=old, after=new)
        mails.send_email_change_asked(user)
        asked_mails.ask_confirmation(wanted)


def repeat_email_change(*, user: User, address: str) -> None:
    """The mail to the new address once more. Raises NothingToConfirm, SlowDown."""
    take_a_try(f"email:{user.pk}", address)
    wanted = waiting_email(user)
    if wanted is None:
        raise NothingToConfirm
    asked_mails.ask_confirmation(wanted)


@transaction.atomic
def cancel_email_change(*, user: User, address: str) -> None:
    """The link that is in the mail is good for nothing after this. No wish is no error."""
    wanted = waiting_email(user)
    if wanted is not None:
        wanted.delete()
        before = {"email": wanted.email}
        audit.record("email_change_cancelled", actor=user, target=user, address=address, before=before)


def waiting_email(user: User) -> EmailAddress | None:
    """The address that somebody wants to move to, and has not confirmed yet."""
    return _waiting(user).first()


def _waiting(user: User) -> "QuerySet[EmailAddress]":
    return EmailAddress.objects.filter(user=user, verified=False).exclude(email=user.email.lower())
