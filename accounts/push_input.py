"""What a browser says of its push subscription, checked."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core import outgoing, push
from core.errors import Invalid

LONGEST_ENDPOINT = 1000
AUTH_BYTES = 16


def clean_endpoint(raw: Any) -> str:
    """An https address that does not name a place inside. Where its name leads is looked at when it is used."""
    if not isinstance(raw, str) or len(raw) > LONGEST_ENDPOINT:
        raise _wrong("endpoint")
    try:
        outgoing.check_address(raw, allow_loopback=bool(settings.DEMO and settings.PUSH_ALLOW_LOOPBACK))
    except outgoing.NotOutside:
        raise _wrong("endpoint") from None
    return raw


def clean_p256dh(raw: Any) -> str:
    return _clean_bytes("p256dh", raw, push.is_public_key)


def clean_auth(raw: Any) -> str:
    return _clean_bytes("auth", raw, lambda data: len(data) == AUTH_BYTES)


def _clean_bytes(field: str, raw: Any, is_right: Any) -> str:
    if not isinstance(raw, str) or len(raw) > 100:
        raise _wrong(field)
    try:
        data = push.from_base64url(raw)
    except ValueError:
        raise _wrong(field) from None
    if not is_right(data):
        raise _wrong(field)
    return push.to_base64url(data)


def _wrong(field: str) -> Invalid:
    return Invalid(fields={field: _("This is not as a browser's push service gives it.")})
