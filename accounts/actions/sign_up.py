"""Signing up, and confirming the e-mail address."""

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.errors import BadKey
from accounts.models import User
from core import rates
from core.errors import Invalid
from core.network import address_key


def register(*, username: str, email: str, password: str, address: str) -> None:
    """A new person, whose address waits for its confirmation; checked input (accounts.forms.SignUpForm).

    For an e-mail address that has an account: the same answer in the same time, and a mail to its owner. Raises
    Invalid for a name that was taken a moment ago.
    """
    rates.take("SIGNUP", address_key(address))
    hashed = make_password(password)  # for a known address too: hashing is what takes the time
    owner = User.objects.with_email(email).first()
    try:
        with transaction.atomic():
            if owner is None:
                _create_person(username=username, email=email, hashed=hashed)
            else:
                mails.send_account_exists(owner)
    except IntegrityError as lost_race:
        if User.objects.named(username).exists():
            raise Invalid(fields={"username": _("This name is taken already.")}) from lost_race
        mails.send_account_exists(User.objects.with_email(email).get())


def _create_person(*, username: str, email: str, hashed: str) -> None:
    user = User.objects.create(username=username, email=email.lower(), password=hashed)
    mails.send_activation(EmailAddress.objects.create(user=user, email=user.email, primary=True))


def activate(*, key: str) -> None:
    confirmation = EmailConfirmationHMAC.from_key(key)
    if confirmation is None or not confirm_address(email_address=confirmation.email_address):
        raise BadKey


@transaction.atomic
def confirm_address(*, email_address: EmailAddress) -> bool:
    """False if it was confirmed already, here or by another account."""
    locked = EmailAddress.objects.select_for_update().get(pk=email_address.pk)
    if locked.verified or not locked.set_verified():
        return False
    email_address.verified = True
    mails.send_welcome(locked.user)
    return True


def send_activation_again(*, user: User) -> None:
    """Also gives people made on the command line the address row that they lack."""
    email_address, _created = EmailAddress.objects.get_or_create(
        user=user, email=user.email.lower(), defaults={"primary": True}
    )
    mails.send_activation(email_address)
