"""Signing up, and confirming an e-mail address. An address belongs to somebody only once they have confirmed it."""

from datetime import timedelta

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit, mails
from accounts.actions import asked_mails
from accounts.allowances import take_a_mail
from accounts.errors import BadKey
from accounts.models import User
from core.errors import Invalid

UNCONFIRMED_KEPT = timedelta(days=7)


def register(*, username: str, email: str, password: str, address: str) -> None:
    """A new person, whose address waits for its confirmation; checked input (accounts.forms.SignUpForm).

    Does not ask whether the address belongs to somebody: a worker does, and writes to them instead. Either way there
    is a new person who can do nothing yet. Raises Invalid for a name that was taken a moment ago.
    """
    take_a_mail(address)
    hashed = make_password(password)
    try:
        with transaction.atomic():
            user = User.objects.create(username=username, password=hashed)
            waiting = EmailAddress.objects.create(user=user, email=email.lower(), primary=True)
            audit.record("registered", actor=user, target=user, address=address)
            asked_mails.ask_confirmation(waiting)
    except IntegrityError as lost_race:
        raise Invalid(fields={"username": _("This name is taken already.")}) from lost_race


def activate(*, key: str, address: str = "") -> EmailAddress:
    """Confirms the address that this key was mailed to, and answers it. Raises BadKey."""
    confirmation = EmailConfirmationHMAC.from_key(key)
    if confirmation is None or not confirm_address(email_address=confirmation.email_address, address=address):
        raise BadKey
    return confirmation.email_address


def confirm_address(*, email_address: EmailAddress, address: str = "") -> bool:
    """It is this person's own from now on, in place of any other. False if it is already, or is somebody else's."""
    try:
        with transaction.atomic():
            return _confirm(email_address, address)
    except IntegrityError:  # somebody else confirmed it at the same moment
        return False


def _confirm(email_address: EmailAddress, address: str) -> bool:
    user = User.objects.select_for_update().get(pk=email_address.user_id)
    locked = EmailAddress.objects.select_for_update().filter(pk=email_address.pk, verified=False).first()
    if locked is None or User.objects.with_email(locked.email).exclude(pk=user.pk).exists():
        return False
    before = user.email if EmailAddress.objects.filter(user=user, verified=True).exists() else ""
    EmailAddress.objects.filter(user=user).exclude(pk=locked.pk).delete()
    locked.verified = locked.primary = True
    locked.save(update_fields=["verified", "primary"])
    user.email = locked.email
    user.save(update_fields=["email"])
    _tell(user, before, address)
    return True


def _tell(user: User, before: str, address: str) -> None:
    if not before:
        audit.record("activated", actor=user, target=user, address=address)
        mails.send_welcome(user)
        return
    old, new = {"email": before}, {"email": user.email}
    audit.record("email_changed", actor=user, target=user, address=address, before=old, after=new)
    mails.send_email_changed(user, before)


def forget_unconfirmed() -> None:
    """Who signed up and never confirmed the address: their name is free again."""
    waiting = EmailAddress.objects.filter(user=OuterRef("pk"), verified=False)
    long_ago = timezone.now() - UNCONFIRMED_KEPT
    User.objects.filter(Exists(waiting), email="", last_login=None, date_joined__lt=long_ago).delete()
