import pytest
from django.test import Client, override_settings

from accounts import actions
from accounts.models import SignIn
from accounts.tests.factories import PASSWORD, bearer, make_person, post_json, sign_in
from core import tokens

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@plaza.example", "Alice@PLAZA.example"])
def test_tokens_by_username_or_address(client, alice, login):
    response = post_json(client, "auth/token", {"login": login, "password": PASSWORD})

    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh", "expires_in"}
    assert response.json()["expires_in"] == 600
    assert SignIn.objects.get().user == alice


def test_the_access_token_opens_me(client, alice):
    response = client.get("/api/v1/me", headers=bearer(sign_in().access))

    assert response.json().items() >= {"id": str(alice.pk), "username": "alice", "email": "alice@plaza.example"}.items()


def test_the_session_opens_me(client, alice):
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})

    assert client.get("/api/v1/me").json()["username"] == "alice"


def test_without_either_me_is_401(client):
    response = client.get("/api/v1/me")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "body",
    [
        {"login": "alice", "password": "wrong"},
        {"login": "nobody", "password": PASSWORD},
        {"login": "a@b.c", "password": "x"},
    ],
)
def test_wrong_credentials_are_all_the_same(client, alice, body):
    response = post_json(client, "auth/token", body)

    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")
    assert not SignIn.objects.exists()


def test_a_closed_account(client, alice):
    actions.deactivate(user=alice)

    response = post_json(client, "auth/token", {"login": "alice", "password": PASSWORD})

    assert (response.status_code, response.json()["code"]) == (403, "account_inactive")


def test_a_closed_account_on_the_page(client, alice):
    actions.deactivate(user=alice)

    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})

    assert (response.status_code, response.url) == (302, "/accounts/inactive/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("login", ["", "nobody", "\0", "x" * 500, "a@b"])
def test_the_page_shows_what_is_wrong(client, alice, login):
    response = client.post("/accounts/login/", {"login": login, "password": "wrong"})

    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ü" * 10, "e" * 5000])
def test_a_bad_bearer_token(client, alice, token):
    response = client.get("/api/v1/me", headers=bearer(token))

    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert response["WWW-Authenticate"] == "Bearer"


def test_no_token_passes_for_another_kind(client, alice):
    issued = sign_in()

    assert client.get("/api/v1/me", headers=bearer(issued.refresh)).status_code == 401
    assert post_json(client, "auth/token/refresh", {"refresh": issued.access}).status_code == 401


def test_a_guest_token_is_nobody_s_account(client):
    guest = tokens.encode("guest", {"sub": "7"}, 60)

    assert client.get("/api/v1/me", headers=bearer(guest)).status_code == 401


def test_a_token_signed_elsewhere(client, alice):
    with override_settings(SECRET_KEY="another Plaza's, and long enough for HS256"):
        foreign = sign_in().access

    assert client.get("/api/v1/me", headers=bearer(foreign)).status_code == 401


def test_an_access_token_runs_out(client, alice):
    with override_settings(ACCESS_TOKEN_LIFETIME=-1):
        old = sign_in().access

    assert client.get("/api/v1/me", headers=bearer(old)).status_code == 401


def test_a_session_needs_the_csrf_token_to_change_something(alice):
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    from accounts.authentication import SessionAuthentication
    from core.views import CsrfFailed

    request = APIRequestFactory(enforce_csrf_checks=True).post("/api/v1/me")
    request.user = alice
    with pytest.raises(CsrfFailed):
        SessionAuthentication().authenticate(Request(request))


def test_a_session_cookie_with_a_nul_is_nobody(alice):
    client = Client()
    client.cookies["plaza_session"] = "\0" * 32

    assert client.get("/api/v1/me").status_code == 401


def test_me_takes_three_queries_by_token(client, alice, django_assert_num_queries):
    """The sign-in with its person, who is connected, and an address that may wait for its confirmation."""
    access = sign_in().access
    with django_assert_num_queries(3):
        client.get("/api/v1/me", headers=bearer(access))


@pytest.mark.parametrize("wrong", [None, [], {}, "\0", "\ud800", "x" * 100_000])
@pytest.mark.parametrize("field", ["login", "password"])
def test_no_value_breaks_it(client, field, wrong):
    body = {"login": "alice", "password": PASSWORD, field: wrong}

    assert post_json(client, "auth/token", body).status_code == 400


def test_unicode_names_sign_in(client):
    make_person("Zoë", email="zoe@plaza.example")

    assert post_json(client, "auth/token", {"login": "ZOË", "password": PASSWORD}).status_code == 200
