"""Web push: how long a push waits, and as whom Plaza speaks to the push services (VAPID, RFC 8292)."""

import base64
import binascii

from core.environment import read, whole_number


def _private_key(raw: str) -> str:
    try:
        key = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != 32:
        raise ValueError("it must be 32 bytes in base64url, 43 signs, as tools that make VAPID keys print it")
    return raw


def _subject(raw: str) -> str:
    if not raw.startswith(("mailto:", "https://")):
        raise ValueError("it must begin with mailto: or https://")
    return raw


VAPID_PRIVATE_KEY = read(
    "VAPID_PRIVATE_KEY",
    "",
    "Signs web pushes: 32 bytes in base64url. Another one ends every subscription that browsers hold.",
    cast=_private_key,
    shown_default="made of SECRET_KEY",
)
VAPID_SUBJECT = read(
    "VAPID_SUBJECT",
    "",
    "Where push services can reach you, as mailto:you@plaza.example or an https address.",
    cast=_subject,
    shown_default="PUBLIC_URL if it is https, else the address of EMAIL_FROM",
)
PUSH_WAIT = read(
    "PUSH_WAIT", 5, "Seconds that a push waits: what was read by then is not pushed.", cast=whole_number(0, 120)
)
PUSH_ALLOW_LOOPBACK = read(
    "PUSH_ALLOW_LOOPBACK",
    0,
    "1 lets pushes go to this machine, also without TLS. For tests; counts in demo mode only.",
    cast=whole_number(0, 1),
)
