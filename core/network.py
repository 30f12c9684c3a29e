"""Where somebody comes from: the address of the other end, as far as it can be trusted."""

import hashlib
import hmac
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

NOWHERE = "0.0.0.0"  # noqa: S104 - no address known (a Unix socket); nothing listens on it


def client_ip(source: HttpRequest | Mapping[str, Any]) -> str:
    """The client's address of a request or an ASGI scope, in canonical form.

    With `TRUSTED_PROXIES` = n the n-th address from the right of X-Forwarded-For counts: the right-most n were written
    by our own proxies, whatever stands left of them by anybody. A header with fewer or malformed hops is not believed.
    """
    peer, forwarded = _peer_and_header(source)
    hops = settings.TRUSTED_PROXIES
    if hops:
        named = [hop.strip() for hop in forwarded.split(",")]
        trusted = [_parse(hop) for hop in named[-hops:]]
        if len(named) >= hops and all(trusted):
            return str(trusted[0])
    return str(_parse(peer) or NOWHERE)


def address_key(address: str) -> str:
    """A keyed hash of the network that bans and limits bind: the IPv4 address, or the /64 of an IPv6 address."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        network = (int(parsed) >> 64).to_bytes(8, "big")
    else:
        network = (parsed or IPv4Address(NOWHERE)).packed
    return hmac.new(settings.SECRET_KEY.encode(), b"address:" + network, hashlib.sha256).hexdigest()[:32]


def _peer_and_header(source: HttpRequest | Mapping[str, Any]) -> tuple[str, str]:
    if isinstance(source, HttpRequest):
        return source.META.get("REMOTE_ADDR") or "", source.META.get("HTTP_X_FORWARDED_FOR", "")
    forwarded = b",".join(value for name, value in source.get("headers", ()) if name == b"x-forwarded-for")
    client = source.get("client") or ("", 0)
    return client[0] or "", forwarded.decode("latin-1")


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
