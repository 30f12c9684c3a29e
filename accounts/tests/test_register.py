from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.models import AskedMail, User
from accounts.tests.factories import answer_asked_mails, make_person, newest_mail, post_json
from core.models import Mail

pytestmark = pytest.mark.django_db
GOOD = {"username": "bob", "email": "bob@plaza.example", "password": "wide-meadow-17"}


def register(client: Client, **changes):
    return post_json(client, "auth/register", {**GOOD, **changes})


def test_registering_makes_an_unconfirmed_person_and_mails_the_key(client):
    response = register(client)

    assert response.status_code == 202
    bob = User.objects.get()
    assert (bob.username, bob.check_password(GOOD["password"])) == ("bob", True)
    assert bob.email == ""  # an address is somebody's own once it is confirmed
    waiting = EmailAddress.objects.get(user=bob)
    assert (waiting.email, waiting.verified) == ("bob@plaza.example", False)
    mail = newest_mail("bob@plaza.example")
    assert (mail.name, mail.to) == ("accounts/activation", "bob@plaza.example")
    assert mail.link.endswith(f"/accounts/confirm-email/{mail.key}/")
    assert mail.link in mail.text
    assert mail.link in mail.html


def test_the_page_does_the_same(client):
    response = client.post(
        "/accounts/signup/", {"username": "bob", "email": "Bob@Plaza.example", "password1": GOOD["password"]}
    )

    assert response.status_code == 302
    assert response.url == "/accounts/confirm-email/"
    assert EmailAddress.objects.get().email == "bob@plaza.example"
    assert newest_mail("bob@plaza.example").name == "accounts/activation"


def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail(client, alice):
    fresh = register(client)
    known = register(client, username="somebody", email="ALICE@plaza.example")

    assert (known.status_code, known.content) == (fresh.status_code, fresh.content)
    mail = newest_mail("alice@plaza.example")
    assert mail.name == "accounts/account_exists"
    assert "alice" in mail.text
    assert "somebody" not in mail.text.replace("Somebody", "")
    assert not Mail.objects.filter(to="alice@plaza.example", name="accounts/activation").exists()


def test_what_can_be_done_afterwards_does_not_tell_a_known_address_either(client, alice):
    """The name is taken, the password opens nothing yet: whether the address has an account or not."""
    register(client, username="known", email=alice.email)
    register(client, username="fresh", email="fresh@plaza.example")

    for name, email in (("known", alice.email), ("fresh", "fresh@plaza.example")):
        assert register(client, username=name, email="other@plaza.example").status_code == 400
        for login in (name, email):
            body = {"login": login, "password": GOOD["password"]}
            response = post_json(client, "auth/token", body)
            assert (response.status_code, response.json()["code"]) == (403, "email_unverified")


def test_two_may_wait_for_one_address_and_the_first_to_confirm_has_it(client):
    register(client, username="first")
    first = newest_mail("bob@plaza.example")
    register(client, username="second")
    second = newest_mail("bob@plaza.example")

    assert post_json(client, "auth/activate", {"key": second.key}).status_code == 200
    assert post_json(client, "auth/activate", {"key": first.key}).json()["code"] == "invalid_key"
    assert User.objects.get(email="bob@plaza.example").username == "second"


def test_who_never_confirms_is_forgotten_and_the_name_is_free(client, alice):
    register(client)
    make_person("carol", verified=False, date_joined=timezone.now() - timedelta(days=8))
    User.objects.create(username="root", is_superuser=True, date_joined=timezone.now() - timedelta(days=800))

    actions.forget_unconfirmed()

    assert {user.username for user in User.objects.all()} == {"alice", "bob", "root"}


def test_the_page_answers_a_known_address_like_any_other(client, alice):
    form = {"username": "somebody", "email": alice.email, "password1": GOOD["password"]}
    known = client.post("/accounts/signup/", form)
    fresh = Client().post("/accounts/signup/", {**form, "username": "other", "email": "new@plaza.example"})

    assert (known.status_code, known.url) == (fresh.status_code, fresh.url)
    assert set(known.cookies) == set(fresh.cookies)


@pytest.mark.parametrize("username", ["alice", "ALICE", "Alice", "ａｌｉｃｅ"])  # full width
def test_a_known_username_is_refused_in_any_case_and_width(client, alice, username):
    response = register(client, username=username)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid"
    assert list(response.json()["fields"]) == ["username"]
    assert User.objects.count() == 1
    assert not AskedMail.objects.exists()


@pytest.mark.parametrize(
    "username",
    ["", "a", "x" * 31, "two words", "semi;colon", "a@b", "zero\u200bwidth", "nul\0nul", "\ud800\ud800", "..", "ﷺﷺ ﷺ"],
)
def test_unusable_usernames(client, username):
    response = register(client, username=username)

    assert response.status_code == 400
    assert list(response.json()["fields"]) == ["username"]
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["bo", "x" * 30, "a.b_c-d", "Zoë", "محمد", "नमस्ते", "7of9"])
def test_usable_usernames(client, username):
    assert register(client, username=username).status_code == 202
    assert User.objects.get().public_name == username


@pytest.mark.parametrize("email", ["", "bob", "bob@", "bob@plaza", "a" * 250 + "@plaza.example", "b\0b@plaza.example"])
def test_unusable_addresses(client, email):
    response = register(client, email=email)

    assert response.status_code == 400
    assert list(response.json()["fields"]) == ["email"]


@pytest.mark.parametrize("password", ["", "short", "12345678", "password", "bob@plaza.example", "x" * 1001])
def test_weak_and_unusable_passwords(client, password):
    response = register(client, password=password)

    assert response.status_code == 400
    assert list(response.json()["fields"]) == ["password"]
    assert not User.objects.exists()


@pytest.mark.parametrize("missing", [{"username": ""}, {"username": None}, {"username": "no name"}])
def test_all_that_is_wrong_is_named_at_once(client, missing):
    response = register(client, **missing, email="nowhere", password="short")

    assert response.status_code == 400
    assert set(response.json()["fields"]) == {"username", "email", "password"}
    assert set(post_json(client, "auth/register", {"email": "x"}).json()["fields"]) == {"username", "email", "password"}


@pytest.mark.parametrize("wrong", [None, [], {}, True, ["bob"]])
@pytest.mark.parametrize("field", ["username", "email", "password"])
def test_no_value_breaks_it(client, field, wrong):
    assert register(client, **{field: wrong}).status_code == 400


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object(client, body):
    assert post_json(client, "auth/register", body).status_code == 400


def test_overlong_values_on_the_page_are_a_message_not_an_error(client):
    form = {"username": "y" * 500, "email": "a" * 300 + "@plaza.example", "password1": "x" * 5000}
    assert client.post("/accounts/signup/", form).status_code == 200
    assert not User.objects.exists()


def test_nothing_is_sent_inside_the_request(client):
    register(client)

    assert not Mail.objects.exists()
    answer_asked_mails()
    assert outbox.outbox == []
    assert Mail.objects.get().sent_at is None
