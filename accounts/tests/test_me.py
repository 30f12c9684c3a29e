"""Oneself and other people over the API: `me` and `people/{username}`."""

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from accounts.signals import profile_changed
from accounts.tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def patch(client: Client, body):
    return client.patch("/api/v1/me", body, content_type="application/json")


def public(user: User) -> dict:
    return {
        "id": str(user.pk),
        "username": user.username,
        "name": user.public_name,
        "avatar": None,
        "about": user.about,
        "about_html": "",
        "status": "offline",
        "joined_at": "2026-01-02T03:04:05.000Z",
    }


@pytest.fixture(autouse=True)
def _joined_then(alice: User):
    alice.date_joined = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    alice.save(update_fields=["date_joined"])


# --- What works ---
def test_me_is_all_that_one_may_know_of_oneself(browser, alice):
    assert browser.get("/api/v1/me").json() == {
        **public(alice),
        "display_name": "",
        "email": "alice@plaza.example",
        "phone": "",
        "language": "",
        "time_zone": "",
        "status_choice": "auto",
        "erase_at": None,
    }


def test_an_address_that_waits_for_its_confirmation_is_named(browser, alice):
    EmailAddress.objects.create(user=alice, email="new@plaza.example", verified=False)
    assert browser.get("/api/v1/me").json()["email_pending"] == "new@plaza.example"


def test_changing_some_of_it_leaves_the_rest(browser, alice):
    answer = patch(
        browser, {"display_name": "  Alice   Liddell ", "about": "Hello **you**\r\n", "phone": "+49 (0)30-901820"}
    )
    assert answer.status_code == 200
    me = answer.json()
    assert (me["name"], me["display_name"], me["about"]) == ("Alice Liddell", "Alice Liddell", "Hello **you**")
    assert "<strong>you</strong>" in me["about_html"]
    assert me["phone"] == "+4930901820"
    assert patch(browser, {"time_zone": "Africa/Cairo", "language": "en"}).json()["display_name"] == "Alice Liddell"
    assert patch(browser, {"phone": "", "display_name": " ", "time_zone": ""}).json()["name"] == "alice"


def test_what_is_not_known_is_ignored(browser, alice):
    answer = patch(browser, {"username": "mallory", "is_staff": True, "email": "x@y.example", "erase_at": None})
    assert answer.status_code == 200
    alice.refresh_from_db()
    assert (alice.username, alice.is_staff, alice.email) == ("alice", False, "alice@plaza.example")


def test_others_are_told_once_and_only_of_a_change(browser, django_capture_on_commit_callbacks):
    told = []
    profile_changed.connect(lambda user, **_: told.append(user.public_name), weak=False, dispatch_uid="test")
    for name in ("Al", "Al", "Al"):
        with django_capture_on_commit_callbacks(execute=True):
            patch(browser, {"display_name": name})
    profile_changed.disconnect(dispatch_uid="test")
    assert told == ["Al"]


def test_what_everybody_may_know(client, alice):
    alice.phone, alice.about = "+4930901820", "Hi"
    alice.save()
    answer = client.get("/api/v1/people/ALICE")
    assert answer.status_code == 200
    assert answer.json() == {**public(alice), "about_html": '<p dir="auto">Hi</p>'}


# --- Refusals ---
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", "a\0b"),
        ("display_name", "a\ud800"),
        ("display_name", "evil\u202ename"),
        ("display_name", "\u200b"),
        ("display_name", "x" * 41),
        ("display_name", "x" * 1_000_000),
        ("display_name", 7),
        ("display_name", None),
        ("display_name", ["a"]),
        ("about", "a\0"),
        ("about", "\udfff"),
        ("about", "x" * 501),
        ("about", {"a": 1}),
        ("phone", "-5"),
        ("phone", "030 901820"),
        ("phone", "+1"),
        ("phone", "+999 1234567"),
        ("phone", "x" * 10_000),
        ("phone", "+49 30 901820\0"),
        ("phone", 4930901820),
        ("language", "xx"),
        ("language", "en\0"),
        ("language", None),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "Europe"),
        ("time_zone", False),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(browser, alice, field, value):
    answer = patch(browser, {"display_name": "Changed", "about": "Changed", field: value})
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert list(answer.json()["fields"]) == [field]
    alice.refresh_from_db()
    assert (alice.display_name, alice.about) == ("", "")


def test_all_that_is_wrong_is_named_at_once(browser):
    answer = patch(browser, {"about": "\0", "phone": "x", "time_zone": "x", "language": "x", "display_name": "\0"})
    assert set(answer.json()["fields"]) == {"about", "phone", "time_zone", "language", "display_name"}


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_what_is_no_object_is_refused(browser, body):
    import json

    answer = browser.patch("/api/v1/me", json.dumps(body), content_type="application/json")
    assert answer.status_code == 400


def test_a_talk_may_be_written_from_right_to_left(browser):
    about = "مرحبا \u202eevil"
    assert patch(browser, {"about": about}).json()["about"] == about


def test_strangers_are_nobody(client):
    assert client.get("/api/v1/me").status_code == 401
    assert patch(client, {"about": "x"}).status_code == 401


def test_a_cookie_changes_nothing_without_its_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert patch(client, {"about": "x"}).json()["code"] == "csrf_failed"
    alice.refresh_from_db()
    assert alice.about == ""


@pytest.mark.parametrize("name", ["nobody", "a" * 5000, "%00", "%ED%A0%80", "..", "alice%20", "alice%2Fx"])
def test_there_is_no_such_person(client, name):
    answer = client.get(f"/api/v1/people/{name}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_closed_accounts_are_not_found(client):
    make_person("gone", is_active=False)
    make_person("erased", erased_at=datetime(2026, 1, 1, tzinfo=UTC))
    for name in ("gone", "erased"):
        assert client.get(f"/api/v1/people/{name}").status_code == 404
        assert client.get(f"/people/{name}/").status_code == 404


# --- The page of a person ---
def test_the_page_shows_what_everybody_may_know(client, alice, django_assert_num_queries):
    alice.display_name, alice.about, alice.phone = "Alice <L>", "Hi **you**", "+4930901820"
    alice.save()
    with django_assert_num_queries(2):  # the person, their status
        page = client.get("/people/alice/").content.decode()
    assert "Alice &lt;L&gt;" in page
    assert "<strong>you</strong>" in page
    assert "@alice" in page
    assert "January 2026" in page
    assert "901820" not in page
    assert "alice@plaza.example" not in page


def test_another_spelling_leads_to_the_one_address(client, alice):
    answer = client.get("/people/ALICE/")
    assert (answer.status_code, answer["Location"]) == (302, "/people/alice/")
    for name in ("nobody", "%00", "a" * 3000):
        assert client.get(f"/people/{name}/").status_code == 404


def test_a_name_in_other_letters_has_a_page(client):
    make_person("سارة", email="sara@plaza.example")
    assert client.get("/people/سارة/").status_code == 200
    assert client.get("/api/v1/people/سارة").json()["username"] == "سارة"
