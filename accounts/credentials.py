"""What somebody shows to be let in, and whether it is still good. For the API and for open sockets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import SignIn, User
from core import tokens

ACCESS_COOKIE = "plaza_access"  # carries an access token


@dataclass(frozen=True, slots=True)
class SessionCredential:
    session_key: str


@dataclass(frozen=True, slots=True)
class TokenCredential:
    """`sid` is the SignIn's id: access tokens come and go, the sign-in stays."""

    sid: UUID


Credential = SessionCredential | TokenCredential


@dataclass(frozen=True, slots=True)
class GuestToken:
    """What a guest of a public room shows: good for this member only."""

    member_id: int


def user_of_session(session_key: str) -> User | None:
    """Who is signed in under this key of the session cookie, by Django's own rules: expiry, backend, password."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key).load()
    user = User.objects.filter(pk=session.get(SESSION_KEY)).first()
    return user if user and _lets_in(session, user) else None


def user_of_access_token(token: str) -> tuple[User, SignIn] | None:
    try:
        sid = tokens.decode("access", token)["sid"]
    except tokens.BadToken:
        return None
    sign_in = SignIn.objects.living().filter(pk=sid).first()
    return (sign_in.user, sign_in) if sign_in else None


def guest_of_token(token: str) -> GuestToken | None:
    """Whether the member is still welcome is for `rooms` to say."""
    try:
        return GuestToken(int(tokens.decode("guest", token)["sub"]))
    except tokens.BadToken:
        return None


def still_valid(credentials: Collection[Credential]) -> set[Credential]:
    """Those of them that would still let somebody in, in three queries however many they are."""
    keys = [shown.session_key for shown in credentials if isinstance(shown, SessionCredential)]
    sids = [shown.sid for shown in credentials if isinstance(shown, TokenCredential)]
    living = SignIn.objects.living().filter(pk__in=sids).values_list("pk", flat=True) if sids else []
    return {SessionCredential(key) for key in _living_sessions(keys)} | {TokenCredential(sid) for sid in living}


def _living_sessions(keys: list[str]) -> set[str]:
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()) if keys else []
    sessions = {row.session_key: row.get_decoded() for row in rows}
    people = User.objects.in_bulk({int(data[SESSION_KEY]) for data in sessions.values() if SESSION_KEY in data})
    return {
        key
        for key, data in sessions.items()
        if (user := people.get(int(data.get(SESSION_KEY, 0)))) and _lets_in(data, user)
    }


def _lets_in(session: Mapping[str, Any], user: User) -> bool:
    shown = session.get(HASH_SESSION_KEY, "")
    good = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return (
        user.is_active
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and any(constant_time_compare(shown, one) for one in good)
    )
