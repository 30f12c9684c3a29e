"""The page after signing up, which sends the mail again, and the page that its link leads to."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.tests.factories import answer_asked_mails, make_person, newest_mail, post_json
from core.models import Mail

pytestmark = pytest.mark.django_db
PAGE = "/accounts/confirm-email/"
WAITING = "carol@plaza.example"


@pytest.fixture
def carol(db):
    return make_person("carol", verified=False)


def ask(client: Client, email: str = WAITING):
    return client.post(PAGE, {"email": email})


def test_it_sends_the_activation_again(client, carol):
    response = ask(client)

    assert (response.status_code, response.url) == (302, PAGE)
    assert newest_mail(WAITING).name == "accounts/activation"
    assert "on its way again" in client.get(PAGE).content.decode()


def test_it_remembers_where_to(client):
    form = {"username": "erin", "email": "erin@plaza.example", "password1": "wide-meadow-17"}
    client.post("/accounts/signup/", form)

    assert 'value="erin@plaza.example"' in client.get(PAGE).content.decode()


def test_who_has_confirmed_already_is_told_by_mail(client, alice):
    ask(client, alice.email)

    assert newest_mail(alice.email).name == "accounts/account_exists"


def test_nobody_gets_nothing(client):
    assert ask(client, "nobody@plaza.example").status_code == 302
    answer_asked_mails()

    assert not Mail.objects.exists()


def test_the_api_does_the_same(client, carol):
    response = post_json(client, "auth/activation-mail", {"email": WAITING})

    assert response.status_code == 202
    assert newest_mail(WAITING).name == "accounts/activation"


@pytest.mark.parametrize("email", ["", "x", "\0@x.example", "a" * 300 + "@x.example"])
def test_what_is_no_address_is_said_beside_the_field(client, email):
    response = ask(client, email)

    assert (response.status_code, list(response.context["form"].errors)) == (200, ["email"])


def test_too_often_says_how_long_to_wait(client, carol, settings):
    settings.RATE_SIGNUP = "1/min"
    cache.clear()
    ask(client)

    response = ask(client)

    assert response.status_code == 429
    page = response.content.decode()
    assert f"Try again in {response['Retry-After']} second" in page
    assert f'value="{WAITING}"' in page
    cache.clear()


@pytest.mark.parametrize("key", ["x", "MQ:1abc:sig", "a" * 300])
def test_a_link_that_is_no_good_says_so(client, carol, key):
    for response in (client.get(f"{PAGE}{key}/"), client.post(f"{PAGE}{key}/")):
        assert response.status_code == 400
        assert "This link no longer works" in response.content.decode()


def test_a_link_opened_while_somebody_else_is_signed_in_signs_nobody_out(client, carol, bob):
    client.force_login(bob)
    ask(client)

    response = client.post(f"{PAGE}{newest_mail(WAITING).key}/")

    assert response.url == "/accounts/login/"
    assert client.get("/api/v1/me").json()["username"] == "bob"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/logout/"])
def test_no_page_sends_anybody_away(client, alice, path, target):
    form = {"login": "alice", "password": "plaza-demo", "next": target}

    assert client.post(path, form).url.startswith("/")
    assert "evil" not in client.post(path, form).url


def test_signing_in_goes_on_to_where_one_wanted_to(client, alice):
    assert (
        'name="next" value="/settings/email/"' in client.get("/accounts/login/?next=/settings/email/").content.decode()
    )
    form = {"login": "alice", "password": "plaza-demo", "next": "/settings/email/"}
    assert client.post("/accounts/login/", form).url == "/settings/email/"
    assert client.get("/accounts/login/?next=/rooms/").url == "/rooms/"
