"""Changing a password, by the old one or by a mail. Passwords are hashed outside of transactions."""

from allauth.account.models import EmailAddress
from allauth.account.utils import url_str_to_user_pk
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit, mails
from accounts.actions.access import end_all_sign_ins
from accounts.actions.sign_in import Tokens, next_tokens
from accounts.actions.sign_up import confirm_address
from accounts.allowances import take_a_try
from accounts.errors import BadKey
from accounts.models import SignIn, User
from core.errors import Invalid

WRONG = _("This is not your password.")


def reset_password(*, key: str, password: str, address: str = "") -> None:
    """`key` is `<uid>-<token>` from the mail. Whoever has it reads that mailbox, so the address counts as confirmed."""
    user = _person_of_reset_key(key)
    _check_new(user, password, field="password")
    hashed = make_password(password)
    with transaction.atomic():
        user = _person_of_reset_key(key, lock=True)  # again: a key is used once
        _replace_password(user, hashed, "password_reset", address)
        end_all_sign_ins(user)
        for email_address in EmailAddress.objects.filter(user=user, verified=False):  # of who has just signed up
            confirm_address(email_address=email_address, address=address)


def _person_of_reset_key(key: str, *, lock: bool = False) -> User:
    people = User.objects.select_for_update() if lock else User.objects.all()
    uid, _dash, token = key.partition("-")
    try:
        user = people.get(pk=url_str_to_user_pk(uid), is_active=True)
    except (User.DoesNotExist, ValueError, OverflowError, ValidationError) as unknown:
        raise BadKey from unknown
    if not default_token_generator.check_token(user, token):
        raise BadKey
    return user


def change_password(
    *,
    user: User,
    old: str,
    new: str,
    address: str,
    keep_session: SessionBase | None = None,
    keep_sign_in: SignIn | None = None,
) -> Tokens | None:
    """Keeps the session, or the sign-in, that makes the change; a sign-in gets new tokens. Everything else ends.

    Raises Invalid that names `old` or `new`, and SlowDown.
    """
    check_own_password(user=user, password=old, field="old", address=address)
    _check_new(user, new, field="new")
    hashed = make_password(new)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.password != user.password:  # changed by another request after the check above
            raise Invalid(fields={"old": WRONG})
        _replace_password(locked, hashed, "password_changed", address)
        end_all_sign_ins(locked, keep_session=keep_session, keep_sign_in=keep_sign_in)
        return next_tokens(keep_sign_in) if keep_sign_in else None


def check_own_password(*, user: User, password: str, field: str, address: str) -> None:
    """Before what somebody at a forgotten browser must not be able to do. Raises Invalid that names `field`."""
    take_a_try(f"person:{user.pk}", address)
    if not user.check_password(password):
        audit.record("password_check_failed", actor=user, target=user, address=address)
        raise Invalid(fields={field: WRONG})


def _check_new(user: User, password: str, *, field: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise Invalid(fields={field: weak.messages}) from weak


def _replace_password(user: User, hashed: str, action: str, address: str) -> None:
    """An address that waits to become theirs waits no longer: whoever knew the old password may have asked for it."""
    user.password = hashed
    user.save(update_fields=["password"])
    if user.email:
        EmailAddress.objects.filter(user=user, verified=False).exclude(email=user.email.lower()).delete()
    audit.record(action, actor=user, target=user, address=address)
    mails.send_password_changed(user)
