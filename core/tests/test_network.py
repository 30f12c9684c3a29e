"""The client's address: what proxies of ours wrote counts, what anybody may write does not."""

import pytest
from django.test import RequestFactory

from core.network import NOWHERE, address_key, client_ip

PEER = "203.0.113.7"
A, B, C = "198.51.100.1", "198.51.100.2", "198.51.100.3"


def of_request(forwarded: str | None, peer: str = PEER) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


def of_scope(forwarded: str | None, peer: str = PEER) -> str:
    """As an open socket is asked."""
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode("latin-1", "replace"))]
    return client_ip({"type": "websocket", "headers": headers, "client": (peer, 4711)})


@pytest.mark.parametrize("ask", [of_request, of_scope])
@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, PEER),
        (0, A, PEER),
        (0, f"{A}, {B}", PEER),
        (0, "127.0.0.1", PEER),
        (1, None, PEER),
        (1, A, A),
        (1, f"{A}, {B}", B),
        (1, f"{A},{B},{C}", C),
        (1, f"garbage, {B}", B),
        (1, f"  {B}  ", B),
        (2, None, PEER),
        (2, A, PEER),  # fewer hops than there are proxies: somebody went around one
        (2, f"{A}, {B}", A),
        (2, f"{A}, {B}, {C}", B),
        (2, f"evil, {A}, {B}, {C}", B),
        (2, f"{A}, garbage", PEER),
        (2, f"garbage, {A}", PEER),
        (2, f", {A}", PEER),
        (2, ",", PEER),
        (10, ", ".join([A] * 9), PEER),
        (10, ", ".join([A, *[B] * 9]), A),
    ],
)
def test_the_hop_that_our_outermost_proxy_saw(settings, ask, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies

    assert ask(forwarded) == address


@pytest.mark.parametrize("ask", [of_request, of_scope])
@pytest.mark.parametrize(
    "malformed",
    [
        "", " ", ",", ",,,", "unknown", "_hidden", "localhost", "198.51.100", "198.51.100.256", "198.51.100.1.2",
        "0x7f.0.0.1", "127.1", "0177.0.0.1", "198.51.100.1:443", "[2001:db8::1]:443", "2001:db8::g", "::ffff:999.0.0.1",
        "198.51.100.1/24", "\u0661.2.3.4", "1.2.3.4\x00", "for=198.51.100.1", "' OR 1=1 --", "x" * 10_000, "1" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_believed(settings, ask, malformed):
    settings.TRUSTED_PROXIES = 1

    assert ask(malformed) == PEER


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::FFFF:CB00:7109", "203.0.113.9"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::1", "::1"),
    ],
)
def test_an_address_has_one_form(settings, written, canonical):
    assert of_request(None, peer=written) == canonical
    assert of_scope(None, peer=written) == canonical
    settings.TRUSTED_PROXIES = 1
    assert of_request(written) == canonical


def test_several_header_lines_are_one_list(settings):
    settings.TRUSTED_PROXIES = 2
    scope = {"headers": [(b"x-forwarded-for", A.encode()), (b"x-forwarded-for", B.encode())], "client": (PEER, 1)}

    assert client_ip(scope) == A


@pytest.mark.parametrize("peer", ["", "unix:", "testclient", None])
def test_a_peer_without_an_address_is_nowhere(peer):
    assert client_ip({"headers": [], "client": (peer, 0)}) == NOWHERE
    assert client_ip({"headers": [], "client": None}) == NOWHERE
    assert client_ip({}) == NOWHERE


def test_a_header_under_another_spelling_is_another_header(settings):
    """A proxy overwrites X-Forwarded-For; what a client sends under look-alike names must not reach it."""
    settings.TRUSTED_PROXIES = 1
    for name in ("X-Forwarded_For", "X_FORWARDED_FOR", "Forwarded", "X-Real-IP", "Client-IP", "X-Forwarded-Forx"):
        scope = {"headers": [(name.lower().encode(), A.encode())], "client": (PEER, 1)}
        assert client_ip(scope) == PEER


# --- What bans and limits bind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002::2"),
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("203.0.113.7", "::ffff:cb00:7107"),
    ],
)
def test_one_network_is_one_key(one, other):
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.7", "203.0.113.8"),
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("::1", "203.0.113.7"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
        ("32.1.13.184", "2001:db8::"),
    ],
)
def test_a_neighbour_has_another_key(one, other):
    assert address_key(one) != address_key(other)


def test_a_key_says_nothing_without_the_secret(settings):
    before = address_key(PEER)
    settings.SECRET_KEY = "another Plaza's key, long enough"

    assert address_key(PEER) != before
    assert len(before) == 32
