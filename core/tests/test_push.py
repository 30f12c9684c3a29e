"""Web push: the RFCs' own examples, and that no request leaves for a place inside."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from core import outgoing, push
from core.tests.push_service import Browser, PushService, raw, unpadded

# RFC 8291, appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
BROWSER_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
BROWSER_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
ENCRYPTED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService()
    yield service
    service.close()


def test_the_example_of_rfc_8291() -> None:
    own = push._private_key(SENDER_PRIVATE, "")
    made = push.encrypt(PLAIN, public=raw(BROWSER_PUBLIC), auth=raw(AUTH), own=own, salt=raw(SALT))
    assert unpadded(made) == ENCRYPTED
    assert Browser(raw(BROWSER_PRIVATE), raw(AUTH)).decrypt(raw(ENCRYPTED)) == PLAIN


def test_each_push_has_a_key_and_a_salt_of_its_own() -> None:
    browser = Browser()
    made = [push.encrypt(PLAIN, public=browser.public, auth=browser.auth) for _ in range(2)]
    assert made[0][:86] != made[1][:86]
    assert [browser.decrypt(one) for one in made] == [PLAIN, PLAIN]


def test_the_key_is_the_same_on_every_machine_and_another_for_another_secret(settings) -> None:
    first = push.public_key()
    assert first == push.public_key()
    settings.SECRET_KEY = "another"
    assert push.public_key() != first
    settings.VAPID_PRIVATE_KEY = BROWSER_PRIVATE
    assert push.public_key() == BROWSER_PUBLIC


def test_a_push_arrives_and_says_who_sends_it(service, settings) -> None:
    settings.PUSH_ALLOW_LOOPBACK = 1
    browser = Browser()
    keys = browser.subscription("")["keys"]
    answer = push.send(endpoint=f"{service.origin}/x", **keys, content=PLAIN, tag="channel-7")

    assert answer.status == 201
    (got,) = service.wait_for(1)
    service.check_sender(got, push.public_key())
    assert browser.decrypt(got.body) == PLAIN
    assert (got.headers["content-encoding"], got.headers["ttl"]) == ("aes128gcm", str(push.LIFETIME))
    assert len(got.headers["topic"]) <= 32
    assert "7" not in got.headers["topic"] or "channel" not in got.headers["topic"]


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[2002:7f00:1::]/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/x",
        "https://224.0.0.1/x",
        "https://0.0.0.0/x",
        "https://user:word@push.example/x",
        "https:///x",
        "https://push.example:99999/x",
        "https://[/x",
        "https://pusch\u00e9.example/x",
        "https://push.example/a b",
        "https://push.example/\r\nX: y",
        "ftp://push.example/x",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_that_is_not_outside_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(outgoing.NotOutside):
        outgoing.check_address(url)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001"])
def test_a_name_that_leads_inside_gets_no_connection(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(0.3)
        with pytest.raises((outgoing.NotOutside, outgoing.NoAnswer)):
            outgoing.post(f"https://{host}:{inside.getsockname()[1]}/x", headers={}, content=b"")
        with pytest.raises(TimeoutError):
            inside.accept()


def test_one_address_inside_among_others_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(self, host, port, **_):  # the system's resolver
        return [(0, 0, 0, "", ("8.8.8.8", port)), (0, 0, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", look_up)
    with pytest.raises(outgoing.NotOutside):
        outgoing.post("https://push.example/x", headers={}, content=b"")


def test_a_redirect_is_an_answer_and_not_followed(service) -> None:
    service.answers = [(307, {"Location": f"{service.origin}/elsewhere"})]
    assert outgoing.post(f"{service.origin}/x", headers={}, content=b"", allow_loopback=True).status == 307
    assert len(service.received) == 1


def test_who_does_not_answer_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(outgoing.NoAnswer):
            outgoing.post(url, headers={}, content=b"", allow_loopback=True)
    with pytest.raises(outgoing.NoAnswer):
        outgoing.post("http://127.0.0.1:9/x", headers={}, content=b"", allow_loopback=True)
