"""`/settings/`: what one sets for oneself, without a script."""

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
PROFILE = {"display_name": "", "about": "", "phone": "", "language": "", "time_zone": "", "status": "auto"}
PAGES = ["/settings/", "/settings/addresses/", "/settings/addresses/new/", "/settings/account/"]


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_they_are_for_who_is_signed_in(client, browser, page):
    assert browser.get(page).status_code == 200
    assert browser.get(page)["Cache-Control"].startswith("max-age=0")
    answer = client.get(page)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={page}")


def test_a_profile_is_saved_and_shown(browser, alice):
    typed = {
        **PROFILE,
        "display_name": "Alice Liddell",
        "about": "I *like* tea",
        "phone": "+49 30 901820",
        "language": "en",
        "time_zone": "Asia/Dubai",
        "status": "busy",
    }
    page = browser.post("/settings/", typed, follow=True).content.decode()
    assert "Your profile is saved." in page
    assert 'value="Alice Liddell"' in page
    assert 'value="+49 30 901820"' in page, "shown as people write it"
    alice.refresh_from_db()
    assert (alice.phone, alice.time_zone, alice.status) == ("+4930901820", "Asia/Dubai", "busy")
    browser.post("/settings/", PROFILE)
    alice.refresh_from_db()
    assert (alice.display_name, alice.phone, alice.status) == ("", "", "")


def test_what_was_typed_stays_beside_each_error_and_nothing_is_saved(browser, alice):
    typed = {**PROFILE, "display_name": "New <name>", "about": "x" * 501, "phone": "030", "time_zone": "Mars"}
    page = browser.post("/settings/", typed)
    text = page.content.decode()
    assert page.status_code == 400
    assert "New &lt;name&gt;" in text
    assert 'value="030"' in text
    assert text.count("errorlist") == 3
    alice.refresh_from_db()
    assert alice.display_name == ""


@pytest.mark.parametrize("name", PROFILE)
@pytest.mark.parametrize("value", ["\0", "a\0b", "x" * 100_000, "\u202e\u200b"])
def test_hostile_input_is_answered(browser, name, value):
    assert browser.post("/settings/", {**PROFILE, name: value}).status_code in (302, 400)


def test_an_empty_form_is_answered(browser, alice):
    assert browser.post("/settings/", {}).status_code == 400


def test_the_pages_cost_few_queries(browser, django_assert_num_queries):
    with django_assert_num_queries(4):  # session, person, picture; what the rail says of conversations
        browser.get("/settings/")
    with django_assert_num_queries(3):
        browser.get("/settings/account/")
