"""Signing in and out: sessions of browsers, tokens of API clients."""

import hashlib
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import logout as end_session
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from accounts import events, policies
from accounts.actions.access import raise_auth_rev
from accounts.actions.sign_up import send_activation_again
from accounts.errors import AccountInactive, EmailUnverified, InvalidCredentials, TokenInvalid
from accounts.models import SignIn, User
from core import rates, tokens
from core.names import name_key
from core.network import address_key


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
    raise_auth_rev(sign_in.user)
    events.access_revoked(sign_in.user)


def sign_out(*, request: HttpRequest) -> None:
    """Ends the session of this request; other sessions and tokens go on."""
    user = request.user
    if not isinstance(user, User):
        return
    with transaction.atomic():
        end_session(request)
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
