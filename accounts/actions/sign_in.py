"""Signing in and out: sessions of browsers, tokens of API clients."""

import hashlib
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import logout as end_session
from django.contrib.auth.hashers import get_hasher, make_password
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts import audit, events, policies
from accounts.actions.access import raise_auth_rev
from accounts.actions.asked_mails import send_activation_again
from accounts.allowances import take_a_try
from accounts.errors import AccountInactive, EmailUnverified, InvalidCredentials, TokenInvalid
from accounts.models import SignIn, User
from core import tokens
from core.names import name_key
from core.network import address_key, client_ip


class Tokens(NamedTuple):
    access: str
    refresh: str
    expires_in: int  # seconds, of the access token


def find_by_password(*, login: str, password: str, address: str) -> User | None:
    """Whoever has this username or e-mail address and this password, also if they may not sign in.

    Does the same work whoever it is: one hash for a name. For an e-mail address two, of its owner and of who waits to
    confirm it, and nobody's where there is none; and one row in the audit log. Raises SlowDown.
    """
    take_a_try(hashlib.sha256(name_key(login).encode()).hexdigest()[:32], address)
    candidates = _candidates(login)
    for user in candidates:
        if user.check_password(password):
            return user
    audit.record("sign_in_failed", actor=None, target=candidates[0], address=address)
    return None


def _candidates(login: str) -> list[User]:
    if "@" not in login:
        return [User.objects.named(login).first() or _nobody()]
    people = User.objects.with_email(login).first(), User.objects.waiting_with(login).first()
    return [person or _nobody() for person in people]


def _nobody() -> User:
    """Has a password like everybody, which nobody knows."""
    algorithm = str(get_hasher().algorithm)
    if algorithm not in _nobodys_hashes:
        _nobodys_hashes[algorithm] = make_password(get_random_string(40))
    return User(password=_nobodys_hashes[algorithm])


_nobodys_hashes: dict[str, str] = {}  # by algorithm: made once per process, checked as often as anybody's


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
    with transaction.atomic():
        sign_in = SignIn.objects.create(
            user=user, used_at=timezone.now(), user_agent=user_agent[:200], address_key=address_key(address)
        )
        audit.record("signed_in", actor=user, target=user, address=address, user_agent=user_agent)
    return _tokens_of(sign_in)


def rotate_refresh_token(*, refresh: str, address: str = "") -> Tokens:
    """New tokens for a refresh token, once. A token that was used before may be stolen: its whole family ends."""
    claims = _refresh_claims(refresh)
    sign_in = SignIn.objects.living().filter(pk=claims["sid"]).first()
    if sign_in is None:
        raise TokenInvalid
    # No join here: it would make a subquery, which PostgreSQL does not look at again after waiting for another UPDATE.
    unused = SignIn.objects.filter(pk=sign_in.pk, generation=claims["gen"], revoked_at=None)
    if not unused.update(generation=F("generation") + 1, used_at=timezone.now()):
        audit.record("refresh_token_reused", actor=None, target=sign_in.user, address=address)
        revoke_sign_in(sign_in=sign_in, address=address)
        raise TokenInvalid
    sign_in.generation = claims["gen"] + 1
    return _tokens_of(sign_in)


def next_tokens(sign_in: SignIn) -> Tokens:
    """For whoever has just shown to be this sign-in; the refresh token from before counts as used."""
    SignIn.objects.filter(pk=sign_in.pk).update(generation=F("generation") + 1, used_at=timezone.now())
    sign_in.refresh_from_db(fields=["generation"])
    return _tokens_of(sign_in)


def revoke_refresh_token(*, refresh: str, address: str = "") -> None:
    """Ends the sign-in of this token, whichever of its family it is. A token that is no good is no error (RFC 7009)."""
    try:
        claims = _refresh_claims(refresh)
    except TokenInvalid:
        return
    for sign_in in SignIn.objects.living().filter(pk=claims["sid"]):
        revoke_sign_in(sign_in=sign_in, address=address)


@transaction.atomic
def revoke_sign_in(*, sign_in: SignIn, by: User | None = None, address: str = "") -> None:
    SignIn.objects.filter(pk=sign_in.pk, revoked_at=None).update(revoked_at=timezone.now())
    audit.record("sign_in_revoked", actor=by or sign_in.user, target=sign_in.user, address=address)
    raise_auth_rev(sign_in.user)
    events.access_revoked(sign_in.user)


def note_sign_in(*, user: User, address: str, user_agent: str = "") -> None:
    """Of a browser: allauth begins its session."""
    audit.record("signed_in", actor=user, target=user, address=address, user_agent=user_agent)


def sign_out(*, request: HttpRequest) -> None:
    """Ends the session of this request; other sessions and tokens go on."""
    user = request.user
    if not isinstance(user, User):
        return
    with transaction.atomic():
        end_session(request)
        audit.record("signed_out", actor=user, target=user, address=client_ip(request))
        raise_auth_rev(user)
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
