import pytest
from django.test import Client

from accounts import actions
from accounts.models import SignIn
from accounts.tests.factories import PASSWORD, post_json, sign_in

pytestmark = pytest.mark.django_db
ALICE = {"login": "alice", "password": PASSWORD}


@pytest.fixture
def browser(alice) -> Client:
    """Signed in by the cookie, and asked for CSRF as a real one is."""
    client = Client(enforce_csrf_checks=True)
    assert post_json(client, "auth/token?cookie=1", ALICE).status_code == 200
    return client


def csrf(client: Client) -> dict[str, str]:
    return {"X-CSRFToken": client.cookies["csrftoken"].value}


def test_the_cookie_comes_with_the_same_body(client, alice):
    response = post_json(client, "auth/token?cookie=1", ALICE)

    assert set(response.json()) == {"access", "refresh", "expires_in"}
    cookie = response.cookies["plaza_access"]
    assert cookie.value == response.json()["access"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (True, "Lax", "/", 600)
    assert not cookie["secure"]  # the tests' Plaza is http


def test_under_https_it_is_for_https_only(client, alice, settings):
    settings.SECURE = True

    assert post_json(client, "auth/token?cookie=1", ALICE).cookies["plaza_access"]["secure"]


@pytest.mark.parametrize("path", ["auth/token", "auth/token?cookie=", "auth/token?cookie=0"])
def test_nobody_gets_it_who_did_not_ask(client, alice, path):
    assert "plaza_access" not in post_json(client, path, ALICE).cookies


def test_it_lets_in(browser):
    assert browser.get("/api/v1/me").json()["username"] == "alice"


def test_what_changes_something_needs_the_csrf_token(browser, alice):
    body = {"old": PASSWORD, "new": "another-meadow-18"}

    refused = post_json(browser, "auth/password", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)

    assert post_json(browser, "auth/password", body, headers=csrf(browser)).status_code == 200


def test_a_new_password_renews_it(browser):
    response = post_json(browser, "auth/password", {"old": PASSWORD, "new": "another-meadow-18"}, headers=csrf(browser))

    assert browser.cookies["plaza_access"].value == response.json()["access"]
    assert browser.get("/api/v1/me").status_code == 200


def test_refreshing_renews_it(client, alice):
    issued = sign_in()
    response = post_json(client, "auth/token/refresh?cookie=1", {"refresh": issued.refresh})

    assert response.cookies["plaza_access"].value == response.json()["access"]
    assert client.get("/api/v1/me").status_code == 200


def test_revoking_takes_it_away(client, alice):
    issued = post_json(client, "auth/token?cookie=1", ALICE).json()

    response = post_json(client, "auth/token/revoke", {"refresh": issued["refresh"]})

    assert response.cookies["plaza_access"].value == ""
    assert client.get("/api/v1/me").status_code == 401


def test_the_cookie_is_enough_to_end_its_own_sign_in_with_the_csrf_token(browser):
    assert post_json(browser, "auth/token/revoke", {}).json()["code"] == "csrf_failed"
    assert browser.get("/api/v1/me").status_code == 200

    answer = post_json(browser, "auth/token/revoke", {}, headers=csrf(browser))
    assert (answer.status_code, answer.cookies["plaza_access"].value) == (204, "")
    assert SignIn.objects.get().revoked_at


def test_a_revoked_sign_in_is_out_at_once(browser):
    actions.revoke_sign_in(sign_in=SignIn.objects.get())

    assert browser.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("value", ["x", "a.b.c", "\0", "ü", "e" * 5000])
def test_one_that_is_no_good_is_nobodys(client, alice, value):
    client.cookies["plaza_access"] = value

    assert client.get("/api/v1/rooms").status_code == 200
    assert client.get("/api/v1/me").json()["code"] == "not_authenticated"
    assert post_json(client, "auth/token", ALICE).status_code == 200
