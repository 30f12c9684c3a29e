"""Who opens a socket: by an offered token, else by cookies, which count only from our own pages."""

from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from accounts import credentials
from core import languages
from core.network import client_ip
from rooms.callers import COOKIE, Caller, guest_ids, members_of_tokens

PROTOCOL = "plaza.v1"
WRONG_PROTOCOL, SIGN_IN, BARRED = 4400, 4401, 4403


class HandshakeRefused(Exception):
    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Visitor:
    caller: Caller
    credential: Any = None  # of a signed-in person: what must still stand for the socket to stay
    language: str = ""  # that refusals are worded in

    @property
    def topics(self) -> tuple[str, ...]:
        if self.caller.user is not None:
            return (f"person:{self.caller.user.pk}",)
        return tuple(f"member:{member}" for member in self.caller.guest_ids)


def identify(scope: dict[str, Any]) -> Visitor:
    """Asks the database. Raises HandshakeRefused with the close code."""
    offered = scope.get("subprotocols", [])
    if PROTOCOL not in offered:
        raise HandshakeRefused(WRONG_PROTOCOL)
    headers = _headers(scope)
    bearers = [one.removeprefix("bearer.") for one in offered if one.startswith("bearer.")]
    visitor = _by_token(bearers[0], client_ip(scope)) if bearers else _by_cookies(headers, client_ip(scope))
    return replace(visitor, language=_language(visitor, headers))


def _language(visitor: Visitor, headers: dict[str, str]) -> str:
    own = visitor.caller.user.language if visitor.caller.user else ""
    return languages.for_visitor(own, _cookies(headers.get("cookie", "")), headers.get("accept-language", ""))


def _by_token(token: str, address: str) -> Visitor:
    guests = members_of_tokens([token])
    if guests:
        return Visitor(Caller(None, guests, address))
    found = credentials.user_of_access_token(token)
    if found is None:
        raise HandshakeRefused(SIGN_IN)
    user, sign_in = found
    return Visitor(Caller(user, frozenset(), address), credentials.TokenCredential(sign_in.pk))


def _by_cookies(headers: dict[str, str], address: str) -> Visitor:
    cookies = _cookies(headers.get("cookie", ""))
    session_key, access = cookies.get(settings.SESSION_COOKIE_NAME), cookies.get(credentials.ACCESS_COOKIE)
    if not (session_key or access or any(name.startswith(COOKIE) for name in cookies)):
        raise HandshakeRefused(SIGN_IN)
    if not _from_our_pages(headers):
        raise HandshakeRefused(BARRED)
    user = credentials.user_of_session(session_key) if session_key else None
    if user is not None and session_key:
        return Visitor(Caller(user, frozenset(), address), credentials.SessionCredential(session_key))
    if access and (found := credentials.user_of_access_token(access)):
        return Visitor(Caller(found[0], frozenset(), address), credentials.TokenCredential(found[1].pk))
    guests = guest_ids(cookies)
    if not guests:
        raise HandshakeRefused(SIGN_IN)
    return Visitor(Caller(None, guests, address))


def _from_our_pages(headers: dict[str, str]) -> bool:
    """Browsers send Origin with every socket and no page can forge it: it must name the host that was asked."""
    origin, host = headers.get("origin", ""), headers.get("host", "")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        named = urlsplit(origin)
        hostname = named.hostname or ""
    except ValueError:
        return False
    return (
        named.scheme in ("http", "https")
        and named.netloc.lower() == host.lower()
        and validate_host(hostname, settings.ALLOWED_HOSTS)
    )


def _headers(scope: dict[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
