"""Requests to addresses that somebody else chose: they stay outside.

The name is looked up here, once; every address behind it has to be a public one, and the connection goes to what was
looked up: nothing is asked twice that could answer differently. Nothing follows a redirect, and all of it together
has a limit in time. httpx-secure would do most of this, but opens a connection to find out where a name leads.
"""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpcore

TOTAL_SECONDS = 20
_STEP_SECONDS = 10
# IPv6 addresses that lead to the IPv4 address inside them: NAT64, 6to4.
_WRAPPING = {IPv6Network("64:ff9b::/96"): 0, IPv6Network("2002::/16"): 80}


class NotOutside(Exception):
    """No connection was made: the address is not https, or leads into a network that is not public."""


class NoAnswer(Exception):
    """It may be there another time."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case


def check_address(url: str, *, allow_loopback: bool = False) -> None:
    """Without asking the network. Raises NotOutside."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise NotOutside(url[:100]) from None
    is_plain = url.isascii() and url.isprintable() and " " not in url and not parts.username and not parts.password
    if parts.scheme not in (("https", "http") if allow_loopback else ("https",)) or not host or not is_plain:
        raise NotOutside(url[:100])
    literal = _literal(host)
    if literal is not None and not _may_reach(literal, allow_loopback):
        raise NotOutside(host)
    if parts.scheme == "http" and not (literal and literal.is_loopback):
        raise NotOutside(host)


def post(url: str, *, headers: Mapping[str, str], content: bytes, allow_loopback: bool = False) -> Answer:
    """Raises NotOutside, NoAnswer. Not for event loops: it has one of its own."""
    check_address(url, allow_loopback=allow_loopback)
    return asyncio.run(_post(url, headers, content, _Outside(allow_loopback)))


async def _post(url: str, headers: Mapping[str, str], content: bytes, backend: "_Outside") -> Answer:
    named: list[tuple[bytes | str, bytes | str]] = list(headers.items())
    steps = dict.fromkeys(("connect", "read", "write", "pool"), _STEP_SECONDS)
    try:
        async with asyncio.timeout(TOTAL_SECONDS), httpcore.AsyncConnectionPool(network_backend=backend) as pool:
            request = pool.stream("POST", url, headers=named, content=content, extensions={"timeout": steps})
            async with request as answer:  # what it says beyond its head is not read
                told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                return Answer(answer.status, told)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as wrong:
        raise NoAnswer(f"{type(wrong).__name__}: {wrong}") from wrong


class _Outside(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, and to exactly those that were looked at."""

    def __init__(self, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError(host)
        for address in await self._addresses(host, port):
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as wrong:
                failure = wrong
        raise failure

    async def _addresses(self, host: str, port: int) -> list[str]:
        """All that the name leads to. One of them inside is enough to refuse it."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as wrong:
            raise httpcore.ConnectError(str(wrong)) from wrong
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            if not _may_reach(ip_address(address.partition("%")[0]), self._allow_loopback):
                raise NotOutside(f"{host} leads to {address}")
        return addresses


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _may_reach(address: IPv4Address | IPv6Address, allow_loopback: bool) -> bool:
    if allow_loopback and address.is_loopback:
        return True
    inner = _wrapped(address) if isinstance(address, IPv6Address) else None
    return all(one.is_global and not one.is_multicast for one in (address, inner) if one)


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped:
        return address.ipv4_mapped
    for network, shift in _WRAPPING.items():
        if address in network:
            return IPv4Address(int(address) >> shift & 0xFFFFFFFF)
    return None
