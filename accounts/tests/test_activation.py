import pytest
from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.tests.factories import PASSWORD, make_person, newest_mail, post_json

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(client):
    """Signed up, not confirmed."""
    bob = {"username": "bob", "email": "bob@plaza.example", "password": PASSWORD}
    assert post_json(client, "auth/register", bob).status_code == 202
    return bob


def confirmed(email: str) -> bool:
    return EmailAddress.objects.get(email=email).verified


def test_the_key_from_the_mail_confirms_the_address(client, bob):
    response = post_json(client, "auth/activate", {"key": newest_mail(bob["email"]).key})

    assert response.status_code == 200
    assert confirmed(bob["email"])
    assert newest_mail(bob["email"]).name == "accounts/welcome"
    assert post_json(client, "auth/token", {"login": "bob", "password": PASSWORD}).status_code == 200


def test_the_link_leads_to_a_page_that_asks_first(client, bob):
    path = newest_mail(bob["email"]).link.removeprefix(settings.PUBLIC_URL)

    assert client.get(path).status_code == 200
    assert not confirmed(bob["email"])  # mail scanners follow links too

    assert client.post(path).status_code == 302
    assert confirmed(bob["email"])
    assert newest_mail(bob["email"]).name == "accounts/welcome"


@pytest.mark.parametrize("key", ["x", "", "MQ:1abc:sig", "a" * 300, "a" * 301, "\0", None, [], 5])
def test_a_bad_key(client, bob, key):
    assert post_json(client, "auth/activate", {"key": key}).status_code == 400
    assert not confirmed(bob["email"])


def test_a_key_is_used_once(client, bob):
    key = newest_mail(bob["email"]).key
    post_json(client, "auth/activate", {"key": key})

    response = post_json(client, "auth/activate", {"key": key})

    assert (response.status_code, response.json()["code"]) == (400, "invalid_key")


def test_before_it_there_are_no_tokens_and_the_link_is_mailed_again(client, bob):
    response = post_json(client, "auth/token", {"login": "bob", "password": PASSWORD})

    assert (response.status_code, response.json()["code"]) == (403, "email_unverified")
    assert newest_mail(bob["email"]).name == "accounts/activation"


def test_before_it_the_page_signs_nobody_in(client, bob):
    response = client.post("/accounts/login/", {"login": "bob", "password": PASSWORD})

    assert (response.status_code, response.url) == (302, "/accounts/confirm-email/")
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_does_not_tell_that_the_address_is_unconfirmed(client, bob):
    response = post_json(client, "auth/token", {"login": "bob", "password": "something else"})

    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")


def test_somebody_made_on_the_command_line_can_confirm_too(client):
    carol = make_person("carol")
    EmailAddress.objects.all().delete()

    assert post_json(client, "auth/token", {"login": "carol", "password": PASSWORD}).status_code == 403
    post_json(client, "auth/activate", {"key": newest_mail(carol.email).key})

    assert post_json(client, "auth/token", {"login": "carol", "password": PASSWORD}).status_code == 200
