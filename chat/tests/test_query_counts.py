"""Coming back asks as many questions after one message as after a thousand, in a room of two as in a full one."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from chat import history, ops
from chat.handshake import PROTOCOL, identify
from chat.tests.factories import Place, access_token, join_as_guest, say, session_key
from chat.tests.gateway import session_headers

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[1, 30])
def many(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def crowded(place: Place, many: int) -> Place:
    for number in range(many):
        guest, _token = join_as_guest(place.space, f"Guest {number}")
        say(guest, "@bob are you there?")
    return place


def come_back(place: Place, scope: dict[str, Any]) -> dict[str, Any]:
    """All that the handshake and a `sub` with `after` ask the database."""
    visitor = identify({"client": ("203.0.113.7", 1), **scope})
    history.position(visitor.caller, place.channel.pk)
    _state, answer = ops._open(visitor.caller, place.channel.pk, 0)
    return answer


def test_by_token(bob: User, crowded: Place, many: int, django_assert_num_queries: Any) -> None:
    scope = {"subprotocols": [PROTOCOL, f"bearer.{access_token(bob)}"], "headers": []}
    # sign-in with person; twice the seat with room and channel; how far read; messages with authors, their mentions
    with django_assert_num_queries(6):
        assert len(come_back(crowded, scope)["changes"]) == many


def test_by_the_cookie_of_a_page(bob: User, crowded: Place, many: int, django_assert_num_queries: Any) -> None:
    scope = {"subprotocols": [PROTOCOL], "headers": session_headers(session_key(bob))}
    with django_assert_num_queries(7):  # session, person; as above
        assert len(come_back(crowded, scope)["changes"]) == many


def test_as_a_guest(crowded: Place, many: int, django_assert_num_queries: Any) -> None:
    _guest, token = join_as_guest(crowded.space, "Latecomer")
    say(crowded.alice)
    scope = {"subprotocols": [PROTOCOL, f"bearer.{token}"], "headers": []}
    with django_assert_num_queries(5):
        assert len(come_back(crowded, scope)["changes"]) == 1


def test_of_the_room_page(bob: User, crowded: Place, django_assert_num_queries: Any) -> None:
    browser = Client()
    browser.force_login(bob)
    # session, person; room, channel, seat; its position; messages with authors, their mentions; members, who is
    # there; how far read; places beside the talk (2), the rail
    with django_assert_num_queries(14):
        assert b"are you there?" in browser.get(f"/rooms/{crowded.space.slug}/").content
