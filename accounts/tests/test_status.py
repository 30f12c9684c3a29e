"""What somebody chose to be shown as: over the API, and by the menu of every page."""

import pytest
from django.db.models.functions import Now
from django.test import Client

from accounts.models import User
from accounts.presence import key_of, shown, statuses
from accounts.tests.factories import bearer, make_person, sign_in
from core.models import Presence, PresenceChange, WebProcess

pytestmark = pytest.mark.django_db


def put(client, body):
    return client.put("/api/v1/me/status", body, content_type="application/json")


def come(*people: User, idle: bool = False) -> None:
    """As if they had a page open."""
    process = WebProcess.objects.create(seen_at=Now())
    Presence.objects.bulk_create([Presence(process=process, key=key_of(one.pk), idle=idle) for one in people])


@pytest.fixture
def api(alice) -> Client:
    return Client(headers=bearer(sign_in("alice").access))


@pytest.mark.parametrize("chosen", ["online", "busy", "absent"])
def test_a_choice_is_kept_until_the_next(alice, api, chosen):
    answer = put(api, {"status": chosen})

    assert (answer.status_code, answer.json()) == (200, {"status": chosen})
    alice.refresh_from_db()
    assert alice.status == chosen
    assert put(api, {"status": "auto"}).json() == {"status": "auto"}
    alice.refresh_from_db()
    assert alice.status == ""
    assert list(PresenceChange.objects.values_list("key", flat=True)) == [key_of(alice.pk)] * 2


@pytest.mark.parametrize(
    "body", [{}, {"status": ""}, {"status": "Busy"}, {"status": None}, {"status": ["busy"]}, {"status": "a\0"}]
)
def test_what_is_no_status_is_refused(alice, api, body):
    answer = put(api, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["fields"]) == ["status"]
    assert not PresenceChange.objects.exists()


def test_a_stranger_has_no_status_to_choose(db):
    answer = put(Client(), {"status": "busy"})

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_session_needs_its_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert put(client, {"status": "busy"}).status_code == 403


def test_the_menu_works_without_javascript(alice):
    client = Client()
    client.force_login(alice)

    answer = client.post("/accounts/status/", {"status": "busy", "next": "/rooms/"})

    assert (answer.status_code, answer.url) == (302, "/rooms/")
    alice.refresh_from_db()
    assert alice.status == "busy"
    assert 'value="busy" aria-current="true"' in client.get("/rooms/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_menu_leads_nowhere_else(alice, elsewhere):
    client = Client()
    client.force_login(alice)

    assert client.post("/accounts/status/", {"status": "busy", "next": elsewhere}).url == "/"


def test_the_menu_is_for_those_who_are_signed_in(alice):
    assert Client().post("/accounts/status/", {"status": "busy"}).url.startswith("/accounts/login/")
    assert Client().get("/accounts/status/").status_code == 405


def test_nonsense_in_the_menu_is_refused(alice):
    client = Client()
    client.force_login(alice)

    assert client.post("/accounts/status/", {"status": "dancing"}).status_code == 400
    alice.refresh_from_db()
    assert alice.status == ""


@pytest.mark.parametrize(
    ("chosen", "idle", "status"),
    [
        ("", None, "offline"),
        ("busy", None, "offline"),
        ("", False, "online"),
        ("", True, "absent"),
        ("online", True, "online"),
        ("busy", False, "busy"),
        ("absent", False, "absent"),
    ],
)
def test_what_somebody_is_shown_as(chosen, idle, status):
    assert shown(chosen, idle) == status


@pytest.mark.parametrize("many", [1, 30])
def test_any_number_of_people_is_one_query(db, many, django_assert_num_queries):
    people = [make_person(f"person{number}") for number in range(many)]
    come(*people, idle=True)

    with django_assert_num_queries(1):
        assert statuses(people) == {person.pk: "absent" for person in people}
