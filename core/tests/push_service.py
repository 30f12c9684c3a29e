"""A push service for tests, and the browser behind it: checks who sends, and decrypts what came, by the RFCs alone."""

import base64
import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


class Browser:
    """Holds the keys of a subscription."""

    def __init__(self, private: bytes = b"", auth: bytes = b"0123456789abcdef") -> None:
        self._key = (
            ec.derive_private_key(int.from_bytes(private), ec.SECP256R1())
            if private
            else ec.generate_private_key(ec.SECP256R1())
        )
        self.public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.auth = auth

    def subscription(self, endpoint: str) -> dict[str, Any]:
        """As `PushSubscription.toJSON()`."""
        keys = {"p256dh": unpadded(self.public), "auth": unpadded(self.auth)}
        return {"endpoint": endpoint, "expirationTime": None, "keys": keys}

    def decrypt(self, body: bytes) -> bytes:
        """RFC 8291 section 3.4 and RFC 8188, step by step, with nothing of ours."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self._key.exchange(ec.ECDH(), point)
        prk = _hmac(self.auth, shared)
        secret = _hmac(prk, b"WebPush: info\x00" + self.public + sender + b"\x01")
        prk = _hmac(salt, secret)
        key = _hmac(prk, b"Content-Encoding: aes128gcm\x00\x01")[:16]
        nonce = _hmac(prk, b"Content-Encoding: nonce\x00\x01")[:12]
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        assert padded[-1:] == b"\x02", "the last record's delimiter"
        return padded[:-1]

    def shown(self, got: Received) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.decrypt(got.body))
        return shown


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


class PushService:
    """Listens on loopback and keeps what came. `answers` are the next statuses, then 201; none while it is `silent`."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.silent = False
        self._changed = threading.Condition()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if service.silent:  # it has it; the sender never hears of that
                    service.take(Received(self.path, {n.lower(): v for n, v in self.headers.items()}, body))
                    time.sleep(30)
                    return
                status, headers = service.answers.pop(0) if service.answers else (201, {})
                # Before the answer: who has the answer may look at once at what came.
                service.take(Received(self.path, {n.lower(): v for n, v in self.headers.items()}, body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, got: Received) -> None:
        with self._changed:
            self.received.append(got)
            self._changed.notify_all()

    def wait_for(self, count: int, seconds: float = 20) -> list[Received]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, seconds), f"{len(self.received)} came"
            return list(self.received)

    def check_sender(self, got: Received, key: str) -> dict[str, Any]:
        """RFC 8292: the signature is by the key that the browser subscribed with; the claims are for this service."""
        scheme, _, parameters = got.headers["authorization"].partition(" ")
        given = dict(part.strip().split("=", 1) for part in parameters.split(","))
        assert (scheme, given["k"]) == ("vapid", key)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))
        claims: dict[str, Any] = jwt.decode(given["t"], public, algorithms=["ES256"], audience=self.origin)
        assert 0 < claims["exp"] - time.time() <= 24 * 3600
        assert claims["sub"].startswith(("mailto:", "https://"))
        return claims

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
