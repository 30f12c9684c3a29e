"""Web push: a notification for a browser, encrypted for it alone, by way of its push service.

RFC 8030 (the service), RFC 8291 (encryption, one record of RFC 8188), RFC 8292 (VAPID: who sends). The worker that
shows it is `static/js/worker.js`. pywebpush does the same, with two HTTP clients that it brings along and that go
wherever an endpoint leads.

Which notification it is, the app knows that had it queued: it registers a function here (`register`).
"""

import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from email.utils import parseaddr
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils.translation import get_language

from core import outgoing

LIFETIME = 12 * 3600  # seconds that a service keeps it for a device that is away: as long as a fly-away room lives
LONGEST_BODY = 120  # characters of what is quoted
RECORD = 4096  # bytes; one is all that services take
_TOKEN_LIFETIME = 12 * 3600  # 24 hours are the most that RFC 8292 allows
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


@dataclass(frozen=True)
class Notification:
    """What the worker shows. A newer one with the same `tag` takes its place."""

    kind: str
    title: str
    body: str
    url: str  # a path of ours
    tag: str
    lang: str = ""

    def as_bytes(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()


Wording = Callable[[Any, dict[str, Any]], Notification | None]
_wordings: dict[str, Wording] = {}


def register(kind: str, wording: Wording) -> None:
    """`wording(user, about)` in the language of now, at the moment of sending; None if it is wanted no more."""
    _wordings[kind] = wording


def worded(kind: str, user: Any, about: dict[str, Any]) -> Notification | None:
    wording = _wordings.get(kind)
    notification = wording(user, about) if wording else None
    return replace(notification, lang=get_language() or "") if notification else None


def from_base64url(text: str) -> bytes:
    """With or without padding. Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# --- As whom we speak ---------------------------------------------------------------------------------------------
@lru_cache(maxsize=4)
def _private_key(configured: str, secret_key: str) -> ec.EllipticCurvePrivateKey:
    if configured:
        number = int.from_bytes(from_base64url(configured))
    else:  # the same on every machine of an instance, and nothing to set up
        number = int.from_bytes(_hkdf(secret_key.encode(), b"plaza", b"vapid", 48)) % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _own_key() -> ec.EllipticCurvePrivateKey:
    return _private_key(settings.VAPID_PRIVATE_KEY, settings.SECRET_KEY)


def public_key() -> str:
    """What a browser subscribes with: `applicationServerKey`."""
    return to_base64url(_point(_own_key().public_key()))


def _authorization(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + _TOKEN_LIFETIME, "sub": _subject()}
    return f"vapid t={jwt.encode(claims, _own_key(), 'ES256')}, k={public_key()}"


def _subject() -> str:
    if settings.VAPID_SUBJECT:
        return str(settings.VAPID_SUBJECT)
    if settings.PUBLIC_URL.startswith("https://"):
        return str(settings.PUBLIC_URL)
    return f"mailto:{parseaddr(settings.EMAIL_FROM)[1]}"


# --- Sending ------------------------------------------------------------------------------------------------------
def send(*, endpoint: str, p256dh: str, auth: str, content: bytes, tag: str) -> outgoing.Answer:
    """Raises outgoing.NotOutside, outgoing.NoAnswer."""
    topic = _hkdf(settings.SECRET_KEY.encode(), b"topic", tag.encode(), 24)  # the service need not know rooms
    headers = {
        "Authorization": _authorization(endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(LIFETIME),
        "Urgency": "high",
        "Topic": to_base64url(topic),
    }
    body = encrypt(content, public=from_base64url(p256dh), auth=from_base64url(auth))
    loopback = bool(settings.DEMO and settings.PUSH_ALLOW_LOOPBACK)
    return outgoing.post(endpoint, headers=headers, content=body, allow_loopback=loopback)


def encrypt(
    content: bytes,
    *,
    public: bytes,
    auth: bytes,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
) -> bytes:
    """RFC 8291 for the browser whose `p256dh` is `public`. `own` and `salt` are new each time, but for its example."""
    own, salt = own or ec.generate_private_key(ec.SECP256R1()), salt or secrets.token_bytes(16)
    own_public = _point(own.public_key())
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public))
    secret = _hkdf(shared, auth, b"WebPush: info\0" + public + own_public, 32)
    key = _hkdf(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD.to_bytes(4) + bytes([len(own_public)]) + own_public
    return head + AESGCM(key).encrypt(nonce, content + b"\2", None)  # 2: this record is the last


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_public_key(data: bytes) -> bool:
    """A point on P-256, uncompressed."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
    except ValueError:
        return False
    return len(data) == 65
