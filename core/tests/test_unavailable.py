"""Maintenance, a database that is away and mistakes of our own: pages and answers that need nothing to work."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from accounts.tests import factories as people
from core.errors import SlowDown
from core.middleware import MAINTENANCE_SECONDS

PAGES = ["/", "/rooms/", "/accounts/login/", "/nothing/", "/settings/"]


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("the database is away")


def mistaken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def hasty(request: HttpRequest) -> HttpResponse:
    raise SlowDown(retry_after=42.1)


def patient(request: HttpRequest) -> HttpResponse:
    raise SlowDown(retry_after=1000)


urlpatterns = [
    *(
        path(f"{prefix}{view.__name__}/", view)
        for prefix in ("", "api/v1/")
        for view in (away, mistaken, hasty, patient)
    ),
    path("", include("config.urls")),
]
handler500 = "core.views.server_error"


class NoDatabase:
    """What most middleware is, when the database is away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        pass

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raise OperationalError("the database is away")


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def broken(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def maintenance(settings: Settings) -> None:
    settings.MAINTENANCE = "Back at <noon>."


# --- Maintenance ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_page_says_that_it_is_maintained_and_for_how_long(
    visitor: Client, maintenance: None, address: str
) -> None:
    page = visitor.get(address)

    assert (page.status_code, page["Retry-After"]) == (503, str(MAINTENANCE_SECONDS))
    assert "Back at &lt;noon&gt;. Try again in about 5 minutes." in _text(page)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_every_call_of_the_api_is_unavailable(visitor: Client, maintenance: None, method: str) -> None:
    answer = getattr(visitor, method)("/api/v1/rooms")

    assert (answer.status_code, answer["Retry-After"]) == (503, str(MAINTENANCE_SECONDS))
    assert answer.json() == {"code": "unavailable", "detail": "Back at <noon>."}


@pytest.mark.django_db
def test_without_a_sentence_there_is_one_of_ours(visitor: Client, settings: Settings) -> None:
    settings.MAINTENANCE = "1"

    assert "please try again" in visitor.get("/api/v1/rooms").json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/metrics", "/static/css/plaza.css", "/static/img/mark.svg"])
def test_what_watches_and_what_is_only_files_goes_on(visitor: Client, maintenance: None, address: str) -> None:
    assert visitor.get(address).status_code == 200


@pytest.mark.django_db
def test_staff_go_on_and_nobody_else(visitor: Client, maintenance: None) -> None:
    visitor.force_login(people.make_dana())
    assert visitor.get("/rooms/").status_code == 200

    visitor.force_login(people.make_bob())
    assert visitor.get("/rooms/").status_code == 503


# --- The database away ----------------------------------------------------------------------------------------------


def test_a_page_without_the_database_is_a_short_break(
    visitor: Client, broken: None, caplog: pytest.LogCaptureFixture
) -> None:
    page = visitor.get("/away/")

    assert (page.status_code, page["Retry-After"]) == (503, "10")
    assert "Plaza is having a short break" in page.content.decode()
    assert visitor.get("/api/v1/away/").json()["code"] == "unavailable"
    assert caplog.text.count("the database is away") >= 2  # the log says why


@pytest.mark.parametrize("address", ["/", "/api/v1/rooms"])
def test_so_it_is_when_middleware_asks_for_it(visitor: Client, settings: Settings, address: str) -> None:
    settings.MIDDLEWARE = [f"{__name__}.NoDatabase"]

    answer = visitor.get(address)

    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert ("unavailable" in answer.content.decode()) == address.startswith("/api/")


# --- Our own mistakes, and too many tries ---------------------------------------------------------------------------


def test_a_mistake_of_ours_is_a_page_that_asks_nothing_of_the_database(visitor: Client, broken: None) -> None:
    page = visitor.get("/mistaken/")

    assert page.status_code == 500
    assert "Something went wrong" in page.content.decode()
    assert visitor.get("/api/v1/mistaken/").json()["code"] == "server_error"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "seconds", "said"),
    [("/hasty/", "43", "Try again in 43 seconds."), ("/patient/", "1000", "Try again in about 17 minutes.")],
)
def test_too_many_tries_are_told_when_to_come_back(
    visitor: Client, broken: None, address: str, seconds: str, said: str
) -> None:
    page = visitor.get(address)

    assert (page.status_code, page["Retry-After"]) == (429, seconds)
    assert said in _text(page)


def _text(page: Any) -> str:
    return " ".join(page.content.decode().split())
