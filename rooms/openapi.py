"""How `/api/schema/` names the guests' way of signing a request."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class GuestCookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers subclasses, untyped
    target_class = "rooms.authentication.GuestCookieAuthentication"
    name = "guest"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the base's
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "plaza_guest_<room id>",
            "description": "With the header `X-CSRFToken` on everything that changes something.",
        }
