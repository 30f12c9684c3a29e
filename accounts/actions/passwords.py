"""Changing a password, by the old one or by a mail. Passwords are hashed outside of transactions."""

from allauth.account.models import EmailAddress
from allauth.account.utils import url_str_to_user_pk
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import mails
from accounts.actions.access import end_all_sign_ins
from accounts.actions.sign_up import confirm_address
from accounts.errors import BadKey
from accounts.models import User
from core import rates
from core.errors import Invalid
from core.network import address_key


def ask_password_reset(*, email: str, address: str) -> None:
    """A mail with the link, if somebody active has this e-mail address."""
    rates.take("SIGNUP", address_key(address))
    user = User.objects.with_email(email).filter(is_active=True).first()
    with transaction.atomic():
        mail = mails.send_password_reset(user or User(pk=0, username="nobody", email=email.lower()))
        if user is None and mail is not None:
            mail.delete()  # an unknown address gets nothing, but costs the same time


def reset_password(*, key: str, password: str) -> None:
    """`key` is `<uid>-<token>` from the mail. Whoever has it reads that mailbox, so the address counts as confirmed."""
    user = _person_of_reset_key(key)
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise Invalid(fields={"password": weak.messages}) from weak
    hashed = make_password(password)
    with transaction.atomic():
        user = _person_of_reset_key(key, lock=True)  # again: a key is used once
        _replace_password(user, hashed)
        for email_address in EmailAddress.objects.filter(user=user, email=user.email.lower()):
            confirm_address(email_address=email_address)


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


def change_password(*, user: User, password: str, session: SessionBase) -> None:
    """Keeps the session that made the change, under its own key: open sockets of that browser are known by it."""
    hashed = make_password(password)
    with transaction.atomic():
        _replace_password(user, hashed)
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()


def _replace_password(user: User, hashed: str) -> None:
    """Other sessions end by themselves: each carries a keyed hash of the password."""
    user.password = hashed
    user.save(update_fields=["password"])
    mails.send_password_changed(user)
    end_all_sign_ins(user)
