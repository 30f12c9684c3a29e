"""How `/api/schema/` names our ways of signing a request."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from accounts.credentials import ACCESS_COOKIE


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the base's
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `access` token of `POST /api/v1/auth/token`, or the `guest_token` of a join.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the base's
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "With the header `X-CSRFToken` on everything that changes something.",
        }


class AccessCookieScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.AccessCookieAuthentication"
    name = "access_cookie"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the base's
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": ACCESS_COOKIE,
            "description": (
                "Set by `POST /api/v1/auth/token?cookie=1`, HttpOnly. With the header `X-CSRFToken` (the value of the "
                "cookie `csrftoken`) on everything that changes something."
            ),
        }
