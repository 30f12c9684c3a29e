"""Who asks: a signed-in person, or a guest with the tokens of the rooms that they joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

from accounts.credentials import GuestToken
from accounts.models import User
from core import tokens
from core.errors import NotAuthenticated
from core.network import address_key, client_ip
from rooms.models import Member, Space

if TYPE_CHECKING:
    from rest_framework.request import Request

COOKIE = "plaza_guest_"


@dataclass(frozen=True)
class GuestCookies:
    """What signed an API request in: the guest cookies that it showed, and may be trusted."""

    member_ids: frozenset[int]


@dataclass(frozen=True)
class Caller:
    """Rows come through `visible_to(caller)`. Guest tokens of a signed-in person do not count."""

    user: User | None
    guest_ids: frozenset[int]
    address: str

    @classmethod
    def of(cls, request: HttpRequest | Request) -> Caller:
        """Of a page's request (its forms carry CSRF tokens), or of an API request, by what signed it in."""
        http: HttpRequest = getattr(request, "_request", request)
        address = client_ip(http)
        if request.user.is_authenticated:
            return cls(request.user, frozenset(), address)
        if http is request:
            return cls(None, guest_ids(http.COOKIES), address)
        shown = getattr(request, "auth", None)
        if isinstance(shown, GuestToken):
            return cls(None, frozenset({shown.member_id}), address)
        return cls(None, shown.member_ids if isinstance(shown, GuestCookies) else frozenset(), address)

    @property
    def key(self) -> str:
        """Under which rates are counted."""
        return f"person:{self.user.pk}" if self.user else f"address:{address_key(self.address)}"

    def require_user(self) -> User:
        if self.user is None:
            raise NotAuthenticated
        return self.user


def guest_ids(cookies: Mapping[str, str]) -> frozenset[int]:
    """The member ids of the guest cookies that are ours: one a room, under the room's own name."""
    shown = {name.removeprefix(COOKIE): token for name, token in cookies.items() if name.startswith(COOKIE)}
    return frozenset(claims[0] for room, token in shown.items() if (claims := _claims(token)) and claims[1] == room)


def members_of_tokens(given: Iterable[str]) -> frozenset[int]:
    """The member ids of the guest tokens that are ours."""
    return frozenset(claims[0] for token in given if (claims := _claims(token)))


def _claims(token: str) -> tuple[int, str] | None:
    """The member and the room of a guest token; None if it is not ours."""
    try:
        claims = tokens.decode("guest", token)
        return int(claims["sub"]), claims["room"]
    except (tokens.BadToken, KeyError, ValueError):
        return None


def guest_token(member: Member, space: Space) -> str:
    lifetime = settings.ROOM_LIFETIME + settings.ROOM_SWEEP_AFTER
    return tokens.encode("guest", {"sub": str(member.pk), "room": str(space.pk)}, lifetime)


def cookie_name(space: Space) -> str:
    return f"{COOKIE}{space.pk}"
