"""Mails that somebody asks for without being signed in.

Asking stores a row, whoever the address belongs to; a worker finds out and writes the mail, if there is one to write.
That asking takes the same time for a known and an unknown address is so by construction.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone, translation

from accounts import mails
from accounts.allowances import take_a_mail
from accounts.models import AskedMail, User
from core import languages, work

KEPT = timedelta(days=1)  # for rows whose worker gave up


def ask_password_reset(*, email: str, address: str) -> None:
    """A mail with the link, if somebody active has this e-mail address. Raises SlowDown."""
    take_a_mail(address)
    _ask(AskedMail.Kind.PASSWORD_RESET, email)


def ask_activation(*, email: str, address: str) -> None:
    """The activation mail once more, if somebody waits for it. Raises SlowDown."""
    take_a_mail(address)
    _ask(AskedMail.Kind.ACTIVATION, email)


def send_activation_again(*, user: User) -> None:
    """Also gives people made on the command line the address row that they lack."""
    waiting = EmailAddress.objects.filter(user=user, verified=False).order_by("-primary", "-pk").first()
    if waiting is None and user.email:
        waiting = EmailAddress.objects.create(user=user, email=user.email.lower(), primary=True)
    if waiting is not None:
        ask_confirmation(waiting)


def ask_confirmation(waiting: EmailAddress) -> None:
    """A mail to this one address, with the key that makes it somebody's own."""
    _ask(AskedMail.Kind.CONFIRMATION, waiting.email, address_id=waiting.pk)


def _ask(kind: AskedMail.Kind, email: str, *, address_id: int | None = None) -> None:
    from accounts.tasks import answer_asked_mail as task

    with transaction.atomic():
        language = translation.get_language() or ""
        row = AskedMail.objects.create(kind=kind, email=email.lower(), address_id=address_id, language=language)
        work.start(task, row)


def answer_asked_mail(*, asked_id: int) -> None:
    """May run twice: the mail and the end of the row are one transaction."""
    asked = work.take(AskedMail, asked_id)
    if asked is None:
        return
    with transaction.atomic(), languages.spoken_to(asked.language):
        _ANSWERS[AskedMail.Kind(asked.kind)](asked)
        asked.delete()


def forget_asked_mails() -> None:
    AskedMail.objects.filter(due_at=None, created_at__lt=timezone.now() - KEPT).delete()


def _answer_password_reset(asked: AskedMail) -> None:
    """Also to who has not confirmed the address yet: the link does that too."""
    owner = _owner(asked.email)
    if owner is not None and owner.is_active:
        mails.send_password_reset(owner, to=owner.email or asked.email)  # never to what was typed, if it is stored


def _owner(email: str) -> User | None:
    """Else whoever has signed up with it last."""
    return User.objects.with_email(email).first() or User.objects.waiting_with(email).first()


def _answer_activation(asked: AskedMail) -> None:
    owner = _owner(asked.email)
    waiting = EmailAddress.objects.filter(user=owner, email=asked.email, verified=False).first()
    if owner is None or not owner.is_active:
        return
    if waiting is None:
        mails.send_account_exists(owner)
    else:
        mails.send_activation(waiting)


def _answer_confirmation(asked: AskedMail) -> None:
    """The address may have become somebody's own by now: then they are told, and nobody else."""
    address = EmailAddress.objects.select_related("user").filter(pk=asked.address_id, verified=False).first()
    if address is None or not address.user.is_active:
        return
    owner = User.objects.with_email(address.email).exclude(pk=address.user_id).first()
    is_change = bool(address.user.email) and address.user.email.lower() != address.email
    if owner is not None:
        (mails.send_address_wanted if is_change else mails.send_account_exists)(owner)
    elif is_change:
        mails.send_email_change(address)
    else:
        mails.send_activation(address)


_ANSWERS = {
    AskedMail.Kind.PASSWORD_RESET: _answer_password_reset,
    AskedMail.Kind.ACTIVATION: _answer_activation,
    AskedMail.Kind.CONFIRMATION: _answer_confirmation,
}
