"""How a request gets from the server to its view: in one thread that is kept for the next."""

import asyncio
import threading
import time
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse
from django.urls import path

from core.handler import Handler

seen: list[tuple[str, int]] = []


def where(_request: HttpRequest) -> HttpResponse:
    seen.append(("view", threading.get_ident()))
    return HttpResponse("here")


def broken(_request: HttpRequest) -> HttpResponse:
    raise LookupError("a fault of ours")


def slow(_request: HttpRequest) -> HttpResponse:
    time.sleep(2)
    return HttpResponse("at last")


urlpatterns = [path("where/", where), path("broken/", broken), path("slow/", slow)]


@pytest.fixture(autouse=True)
def these_addresses(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["core.metrics.MetricsMiddleware", "django.middleware.common.CommonMiddleware"]
    seen.clear()


def scope(address: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": address,
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
    }


async def ask(handler: Handler, address: str) -> tuple[int, bytes]:
    talk = ApplicationCommunicator(handler, scope(address))
    await talk.send_input({"type": "http.request"})
    head, body = await talk.receive_output(), await talk.receive_output()
    await talk.wait()
    return head["status"], body["body"]


@pytest.mark.django_db
def test_all_of_a_request_is_in_one_thread_and_the_next_one_too():
    handler = Handler()

    def note(signal: Any, **_rest: Any) -> None:
        seen.append(("started" if signal is request_started else "finished", threading.get_ident()))

    for signal in (request_started, request_finished):
        signal.connect(note)
    try:
        for _ in range(3):
            assert async_to_sync(ask)(handler, "/where/") == (200, b"here")
    finally:
        for signal in (request_started, request_finished):
            signal.disconnect(note)

    assert [name for name, _thread in seen] == ["started", "view", "finished"] * 3
    assert len({thread for _name, thread in seen}) == 1
    assert seen[0][1] != threading.get_ident()


@pytest.mark.django_db
def test_a_view_that_fails_is_a_500_and_its_thread_goes_on():
    handler = Handler()

    assert async_to_sync(ask)(handler, "/broken/")[0] == 500
    assert async_to_sync(ask)(handler, "/where/") == (200, b"here")


@pytest.mark.django_db
async def test_who_goes_away_while_a_view_is_slow_holds_up_nobody():
    handler = Handler()
    talk = ApplicationCommunicator(handler, scope("/slow/"))
    await talk.send_input({"type": "http.request"})
    await asyncio.sleep(0.3)
    await talk.send_input({"type": "http.disconnect"})

    began = time.monotonic()
    for _ in range(3):
        assert await ask(handler, "/where/") == (200, b"here")
    assert time.monotonic() - began < 1
    await talk.wait(5)
