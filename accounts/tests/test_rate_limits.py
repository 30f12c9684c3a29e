import pytest
from django.core.cache import cache
from django.test import Client

from accounts.tests.factories import PASSWORD, answer_asked_mails, post_json
from core.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_allowances():
    cache.clear()
    yield
    cache.clear()


def try_token(login="alice", password="wrong", address="198.51.100.1"):
    return post_json(Client(REMOTE_ADDR=address), "auth/token", {"login": login, "password": password})


def assert_slow_down(response):
    assert (response.status_code, response.json()["code"]) == (429, "slow_down")
    assert int(response["Retry-After"]) >= 1


def test_too_many_tries_for_one_account(alice, settings):
    settings.RATE_SIGNIN = "3/min"
    assert [try_token().status_code for _ in range(3)] == [401] * 3

    assert_slow_down(try_token(password=PASSWORD))
    assert_slow_down(try_token("ALICE"))
    assert try_token("bob").status_code == 401
    assert try_token(password=PASSWORD, address="198.51.100.2").status_code == 200


def test_too_many_tries_from_one_address(alice, settings):
    settings.RATE_SIGNIN_ADDRESS = "3/min"
    for name in ("one", "two", "three"):
        try_token(name)

    assert_slow_down(try_token("four"))
    assert try_token("four", address="198.51.100.2").status_code == 401


def test_an_ipv6_neighbour_in_the_same_64_shares_the_allowance(alice, settings):
    settings.RATE_SIGNIN = "1/min"
    try_token(address="2001:db8::1")

    assert_slow_down(try_token(address="2001:db8::2"))
    assert try_token(address="2001:db8:0:1::1").status_code == 401


def test_the_page_shares_the_allowance_with_the_api(alice, settings):
    settings.RATE_SIGNIN = "2/min"
    for _ in range(2):
        try_token(address="127.0.0.1")

    response = Client().post("/accounts/login/", {"login": "alice", "password": PASSWORD})

    assert response.status_code == 429
    assert int(response["Retry-After"]) >= 1
    page = response.content.decode()
    assert "Too many tries. Try again in" in page
    assert 'value="alice"' in page


def test_a_forged_header_changes_nothing(alice, settings):
    settings.RATE_SIGNIN = "1/min"
    try_token()
    forged = Client(REMOTE_ADDR="198.51.100.1", headers={"X-Forwarded-For": "192.0.2.99"})

    assert_slow_down(post_json(forged, "auth/token", {"login": "alice", "password": PASSWORD}))


def test_too_many_sign_ups(settings):
    settings.RATE_SIGNUP = "2/min"
    client = Client()
    for number in range(2):
        body = {"username": f"new{number}", "email": f"new{number}@plaza.example", "password": "wide-meadow-17"}
        assert post_json(client, "auth/register", body).status_code == 202

    body = {"username": "one-more", "email": "one-more@plaza.example", "password": "wide-meadow-17"}
    assert_slow_down(post_json(client, "auth/register", body))
    assert client.post("/accounts/signup/", {**body, "password1": body["password"]}).status_code == 429
    assert_slow_down(post_json(client, "auth/password-reset", {"email": "new1@plaza.example"}))
    answer_asked_mails()
    assert Mail.objects.count() == 2
