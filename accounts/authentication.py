"""Who makes an API request: by bearer token, by session cookie, or by an access token in a cookie."""

from django.contrib.auth.models import AnonymousUser
from rest_framework import authentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.credentials import ACCESS_COOKIE, GuestToken, guest_of_token, user_of_access_token
from accounts.errors import TokenInvalid
from accounts.models import SignIn, User
from core import languages


class BearerAuthentication(authentication.BaseAuthentication):
    """`request.auth` is the SignIn of a person, or the GuestToken of a guest (whose `request.user` is anonymous)."""

    def authenticate(self, request: Request) -> tuple[User, SignIn] | tuple[AnonymousUser, GuestToken] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token.strip()
        if found := user_of_access_token(token):
            languages.go_on_in(found[0].language)
            return found
        if guest := guest_of_token(token):
            return AnonymousUser(), guest
        raise TokenInvalid

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    def enforce_csrf(self, request: Request) -> None:
        from core.views import CsrfFailed  # late: it needs the REST framework's views, which need this module

        try:
            super().enforce_csrf(request)
        except PermissionDenied as failed:
            raise CsrfFailed from failed


class AccessCookieAuthentication(SessionAuthentication):
    """As a bearer token, which is never asked for CSRF; a cookie is. One that is no good any more is nobody's."""

    def authenticate(self, request: Request) -> tuple[User, SignIn] | None:
        found = user_of_access_token(request.COOKIES.get(ACCESS_COOKIE, ""))
        if found is None:
            return None
        self.enforce_csrf(request)
        languages.go_on_in(found[0].language)
        return found
