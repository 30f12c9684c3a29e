import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import actions
from accounts.models import AskedMail
from accounts.tests.factories import PASSWORD, answer_asked_mails, bearer, make_person, newest_mail, post_json, sign_in
from core.models import Mail

pytestmark = pytest.mark.django_db
NEW = "another-meadow-18"


def ask(client, email="alice@plaza.example"):
    return post_json(client, "auth/password-reset", {"email": email})


def confirm(client, key, password=NEW):
    return post_json(client, "auth/password-reset/confirm", {"key": key, "password": password})


def test_the_key_from_the_mail_sets_a_new_password(client, alice):
    assert ask(client).status_code == 202
    mail = newest_mail(alice.email)
    assert mail.name == "accounts/password_reset"

    assert confirm(client, mail.key).status_code == 200
    assert sign_in(password=NEW)
    assert newest_mail(alice.email).name == "accounts/password_changed"


def test_the_link_does_the_same_on_the_page(client, alice):
    client.post("/accounts/password/reset/", {"email": alice.email})
    link = newest_mail(alice.email).link
    form = client.get(link[link.index("/accounts/") :], follow=True)
    assert form.status_code == 200

    path = form.redirect_chain[-1][0]
    response = client.post(path, {"password": NEW})

    assert (response.status_code, response.url) == (302, "/accounts/password/reset/key/done/")
    assert sign_in(password=NEW)


@pytest.mark.parametrize("email", ["nobody@plaza.example", "ALICE@plaza.example"])
def test_the_answer_is_always_the_same(client, alice, email):
    known = ask(client)

    assert (ask(client, email).status_code, ask(client, email).content) == (202, known.content)


def test_an_unknown_address_gets_no_mail(client, alice):
    ask(client, "nobody@plaza.example")
    client.post("/accounts/password/reset/", {"email": "nobody@plaza.example"})
    answer_asked_mails()

    assert not AskedMail.objects.exists()
    assert not Mail.objects.exists()


def test_an_unknown_address_costs_the_same_work(client, alice):
    """Nobody looks: a worker does."""
    with CaptureQueriesContext(connection) as known:
        ask(client)
    with CaptureQueriesContext(connection) as unknown:
        ask(client, "nobody@plaza.example")

    assert len(unknown) == len(known)
    assert not any("accounts_user" in query["sql"] for query in unknown)


def test_signing_in_meanwhile_leaves_the_key_good(client, alice):
    ask(client)
    sign_in()

    assert confirm(client, newest_mail(alice.email).key).status_code == 200


def test_a_closed_account_gets_no_mail(client, alice):
    actions.deactivate(user=alice)
    ask(client)
    answer_asked_mails()

    assert not Mail.objects.exists()


def test_every_session_and_token_ends(client, alice):
    client.force_login(alice)
    issued = sign_in()
    ask(Client())

    confirm(Client(), newest_mail(alice.email).key)

    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me", headers=bearer(issued.access)).status_code == 401
    assert post_json(client, "auth/token/refresh", {"refresh": issued.refresh}).status_code == 401
    alice.refresh_from_db()
    assert alice.auth_rev == 1


def test_a_key_is_used_once(client, alice):
    ask(client)
    key = newest_mail(alice.email).key
    confirm(client, key)

    response = confirm(client, key, "third-meadow-19")

    assert (response.status_code, response.json()["code"]) == (400, "invalid_key")
    assert sign_in(password=NEW)


@pytest.mark.parametrize("key", ["x", "1-x", "-", "zzzzzzzzzzzzz-abc-def", "z" * 300, "1-cabc12-0", "\0", None, []])
def test_a_bad_key(client, alice, key):
    assert confirm(client, key).status_code == 400
    assert sign_in(password=PASSWORD)


def test_a_weak_password_is_refused_and_the_key_stays_good(client, alice):
    ask(client)
    key = newest_mail(alice.email).key

    response = confirm(client, key, "alice@plaza.example")

    assert (response.status_code, list(response.json()["fields"])) == (400, ["password"])
    assert confirm(client, key).status_code == 200


def test_whoever_resets_has_confirmed_the_address(client):
    """Who has forgotten both the mail and the password needs no second mail."""
    carol = make_person("squatted", verified=False)
    ask(client, "squatted@plaza.example")

    confirm(client, newest_mail("squatted@plaza.example").key)

    carol.refresh_from_db()
    assert EmailAddress.objects.get(user=carol).verified
    assert carol.email == "squatted@plaza.example"
    assert sign_in("squatted", NEW)


def test_a_mailbox_is_not_flooded(client, alice, settings):
    settings.RATE_MAILS = "2/h"
    answers = {ask(client).status_code for _ in range(5)}

    answer_asked_mails()
    assert answers == {202}
    assert Mail.objects.count() == 2
