"""Guests over REST from a browser: by the cookies that joining gave them."""

from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request

from accounts.authentication import SessionAuthentication
from core.errors import DomainError
from rooms.callers import GuestCookies, guest_ids


class GuestCookieAuthentication(SessionAuthentication):
    """`request.auth` is the GuestCookies. A cookie is trusted only with a CSRF token when something is to change."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, GuestCookies] | None:
        found = guest_ids(request.COOKIES)
        if not found:
            return None
        self.enforce_csrf(request)
        return AnonymousUser(), GuestCookies(found)


class GuestCookieOrStranger(GuestCookieAuthentication):
    """For joining, which asks no CSRF token of strangers: without one the cookies count for nothing, no more."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, GuestCookies] | None:
        try:
            return super().authenticate(request)
        except DomainError:
            return None
