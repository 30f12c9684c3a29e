"""Every change to an account and to who is signed in. The pages (through allauth's forms) and the API both end here.

What takes access away raises `auth_rev` in the same transaction and tells the sockets after the commit. `address` is
where a request came from. Passwords are hashed outside of transactions: it takes long, and SQLite has one writer.
"""

import hashlib
from datetime import timedelta
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import url_str_to_user_pk
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth import logout as end_session
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import events, mails, policies
from accounts.errors import AccountInactive, BadKey, EmailUnverified, InvalidCredentials, TokenInvalid
from accounts.models import SignIn, User
from core import rates, tokens
from core.errors import Invalid
from core.names import name_key
from core.network import address_key

# --- Signing up ---------------------------------------------------------------------------------------------------


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


# --- Signing in and out -------------------------------------------------------------------------------------------


class Tokens(NamedTuple):
    access: str
    refresh: str
    expires_in: int  # seconds, of the access token


def find_by_password(*, login: str, password: str, address: str) -> User | None:
    """Whoever has this username or e-mail address and this password, also if they may not sign in.

    Takes as long for a name that does not exist as for a wrong password: one lookup, one hash.
    """
    key = address_key(address)
    rates.take("SIGNIN_ADDRESS", key)
    rates.take("SIGNIN", f"{hashlib.sha256(name_key(login).encode()).hexdigest()[:32]}:{key}")
    people = User.objects.with_email(login) if "@" in login else User.objects.named(login)
    user = people.first()
    if user is None:
        make_password(password)
        return None
    return user if user.check_password(password) else None


def sign_in_with_password(*, login: str, password: str, address: str, user_agent: str = "") -> Tokens:
    """A new sign-in of an API client."""
    user = find_by_password(login=login, password=password, address=address)
    if user is None:
        raise InvalidCredentials
    if not user.is_active:
        raise AccountInactive
    if not policies.has_verified_address(user):
        send_activation_again(user=user)
        raise EmailUnverified
    sign_in = SignIn.objects.create(
        user=user, used_at=timezone.now(), user_agent=user_agent[:200], address_key=address_key(address)
    )
    return _tokens_of(sign_in)


def rotate_refresh_token(*, refresh: str) -> Tokens:
    """New tokens for a refresh token, once. A token that was used before may be stolen: its whole family ends."""
    claims = _refresh_claims(refresh)
    sign_in = SignIn.objects.living().filter(pk=claims["sid"]).first()
    if sign_in is None:
        raise TokenInvalid
    # No join here: it would make a subquery, which PostgreSQL does not look at again after waiting for another UPDATE.
    unused = SignIn.objects.filter(pk=sign_in.pk, generation=claims["gen"], revoked_at=None)
    if not unused.update(generation=F("generation") + 1, used_at=timezone.now()):
        revoke_sign_in(sign_in=sign_in)
        raise TokenInvalid
    sign_in.generation = claims["gen"] + 1
    return _tokens_of(sign_in)


def revoke_refresh_token(*, refresh: str) -> None:
    """Ends the sign-in of this token, whichever of its family it is. A token that is no good is no error (RFC 7009)."""
    try:
        claims = _refresh_claims(refresh)
    except TokenInvalid:
        return
    for sign_in in SignIn.objects.living().filter(pk=claims["sid"]):
        revoke_sign_in(sign_in=sign_in)


@transaction.atomic
def revoke_sign_in(*, sign_in: SignIn) -> None:
    SignIn.objects.filter(pk=sign_in.pk, revoked_at=None).update(revoked_at=timezone.now())
    _raise_auth_rev(sign_in.user)
    events.access_revoked(sign_in.user)


def sign_out(*, request: HttpRequest) -> None:
    """Ends the session of this request; other sessions and tokens go on."""
    user = request.user
    if not isinstance(user, User):
        return
    with transaction.atomic():
        end_session(request)
        _raise_auth_rev(user)
        events.access_revoked(user)


def _tokens_of(sign_in: SignIn) -> Tokens:
    claims = {"sub": str(sign_in.user_id), "sid": str(sign_in.pk)}
    lifetime = settings.ACCESS_TOKEN_LIFETIME
    return Tokens(
        access=tokens.encode("access", claims, lifetime),
        refresh=tokens.encode("refresh", {**claims, "gen": sign_in.generation}, settings.REFRESH_TOKEN_LIFETIME),
        expires_in=lifetime,
    )


def _refresh_claims(refresh: str) -> dict[str, Any]:
    try:
        return tokens.decode("refresh", refresh)
    except tokens.BadToken as bad:
        raise TokenInvalid from bad


# --- Passwords ----------------------------------------------------------------------------------------------------


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
    _end_all_sign_ins(user)


# --- Ending access ------------------------------------------------------------------------------------------------


@transaction.atomic
def deactivate(*, user: User) -> None:
    """No session, no token and no socket of this person is good after this."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    _end_all_sign_ins(user)


def forget_old_sign_ins() -> None:
    """Sign-ins whose last tokens have run out, and addresses older than 30 days."""
    now = timezone.now()
    SignIn.objects.filter(used_at__lt=now - timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME)).delete()
    SignIn.objects.filter(created_at__lt=now - timedelta(days=30)).exclude(address_key="").update(address_key="")


def _end_all_sign_ins(user: User) -> None:
    SignIn.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    _raise_auth_rev(user)
    events.access_revoked(user)


def _raise_auth_rev(user: User) -> None:
    User.objects.filter(pk=user.pk).update(auth_rev=F("auth_rev") + 1)
