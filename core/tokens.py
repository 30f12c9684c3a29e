"""Signed tokens (JWT, HS256). The kind is part of the signature's audience: no token passes for another kind."""

import time
from typing import Any, Literal

import jwt
from django.conf import settings

Kind = Literal["access", "refresh", "guest"]


class BadToken(Exception):
    """Not ours, of another kind, changed on the way, or past its time."""


def encode(kind: Kind, claims: dict[str, Any], lifetime: int) -> str:
    """`lifetime` in seconds."""
    now = int(time.time())
    claims = {**claims, "aud": f"plaza:{kind}", "iat": now, "exp": now + lifetime}
    return jwt.encode(claims, settings.SECRET_KEY, "HS256")


def decode(kind: Kind, token: str) -> dict[str, Any]:
    try:
        return jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"], audience=f"plaza:{kind}")
    except (jwt.PyJWTError, ValueError) as wrong:  # ValueError: text that is no UTF-8, numbers out of range
        raise BadToken from wrong
