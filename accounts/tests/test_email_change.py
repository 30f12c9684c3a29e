from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connections
from django.test import Client

from accounts import actions
from accounts.errors import BadKey
from accounts.models import AskedMail, AuditEntry, User
from accounts.tests.factories import PASSWORD, answer_asked_mails, make_person, newest_mail, post_json
from core.models import Mail
from rooms.tests.threads import on_postgres

pytestmark = pytest.mark.django_db
OLD, NEW = "alice@plaza.example", "alice@elsewhere.example"
PAGE = "/settings/email/"


@pytest.fixture
def phone(alice) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def ask(client: Client, email: str = NEW, password: str = PASSWORD):
    return client.post(PAGE, {"email": email, "password": password})


def email_of(user: User) -> str:
    user.refresh_from_db()
    return user.email


def test_the_new_address_counts_once_it_is_confirmed(phone, alice):
    assert ask(phone, NEW.upper()).status_code == 302
    mail = newest_mail(NEW)
    assert mail.name == "accounts/email_change"
    assert email_of(alice) == OLD

    response = phone.post(f"/accounts/confirm-email/{mail.key}/")

    assert (response.status_code, response.url) == (302, PAGE)
    assert email_of(alice) == NEW
    assert list(EmailAddress.objects.filter(user=alice).values_list("email", "verified", "primary")) == [
        (NEW, True, True)
    ]
    for login, status in ((NEW, 200), (OLD, 401), ("alice", 200)):
        assert post_json(Client(), "auth/token", {"login": login, "password": PASSWORD}).status_code == status


def test_the_old_address_is_told_when_it_is_asked_and_when_it_is_done(phone, alice):
    ask(phone)
    asked = newest_mail(OLD)
    assert asked.name == "accounts/email_change_asked"
    assert NEW not in asked.text

    actions.activate(key=newest_mail(NEW).key)

    assert newest_mail(OLD).name == newest_mail(NEW).name == "accounts/email_changed"
    assert "last mail to the old address" in newest_mail(OLD).text
    assert "last mail to the old address" not in newest_mail(NEW).text


def test_it_is_in_the_audit_log(phone, alice):
    ask(phone)
    actions.activate(key=newest_mail(NEW).key, address="203.0.113.9")

    asked, done = AuditEntry.objects.filter(action__startswith="email").order_by("pk")
    assert (asked.action, asked.before, asked.after) == ("email_change_asked", {"email": OLD}, {"email": NEW})
    assert (done.action, done.before, done.after) == ("email_changed", {"email": OLD}, {"email": NEW})
    assert (done.actor, done.address) == (alice, "203.0.113.9")


def test_the_page_shows_what_waits(phone):
    assert NEW not in phone.get(PAGE).content.decode()
    ask(phone)

    assert NEW in phone.get(PAGE).content.decode()


def test_the_mail_can_be_sent_again(phone):
    ask(phone)
    newest_mail(NEW)

    assert phone.post(f"{PAGE}again/").status_code == 302
    answer_asked_mails()
    assert Mail.objects.filter(to=NEW, name="accounts/email_change").count() == 2


def test_there_must_be_something_to_send_again(phone):
    assert phone.post(f"{PAGE}again/").status_code == 404
    assert not AskedMail.objects.exists()


def test_it_can_be_taken_back(phone, alice):
    ask(phone)
    key = newest_mail(NEW).key

    assert phone.post(f"{PAGE}cancel/").status_code == 302
    with pytest.raises(BadKey):
        actions.activate(key=key)
    assert email_of(alice) == OLD
    assert phone.post(f"{PAGE}cancel/").status_code == 302  # nothing to take back is no error


def test_a_second_wish_replaces_the_first(phone, alice):
    ask(phone)
    first = newest_mail(NEW).key
    ask(phone, "third@elsewhere.example")

    with pytest.raises(BadKey):
        actions.activate(key=first)
    actions.activate(key=newest_mail("third@elsewhere.example").key)
    assert email_of(alice) == "third@elsewhere.example"


def test_a_new_password_takes_the_wish_back(phone, alice):
    """Whoever knew the old password may have made it."""
    ask(phone)
    key = newest_mail(NEW).key
    actions.change_password(user=alice, old=PASSWORD, new="another-meadow-18", address="")

    with pytest.raises(BadKey):
        actions.activate(key=key)


def test_somebody_elses_address_gets_a_mail_that_changes_nothing(phone, alice, bob):
    free, taken = ask(phone), ask(phone, bob.email)

    assert (taken.status_code, taken.url) == (free.status_code, free.url)
    assert newest_mail(bob.email).name == "accounts/address_wanted"
    assert not Mail.objects.filter(to=bob.email, name="accounts/email_change").exists()
    assert (email_of(alice), email_of(bob)) == (OLD, "bob@plaza.example")


def test_an_address_that_was_taken_meanwhile_stays_theirs(phone, alice):
    ask(phone)
    key = newest_mail(NEW).key
    make_person("quick", email=NEW)

    assert phone.post(f"/accounts/confirm-email/{key}/").status_code == 400
    assert email_of(alice) == OLD


def test_a_wrong_password_asks_nothing(phone):
    response = ask(phone, password="wrong")

    assert response.status_code == 200
    assert response.context["form"].errors == {"password": ["This is not your password."]}
    assert f'value="{NEW}"' in response.content.decode()
    assert not AskedMail.objects.exists()
    assert not Mail.objects.exists()
    assert EmailAddress.objects.count() == 1


@pytest.mark.parametrize(
    "email", [OLD, "Alice@Plaza.example", "", "no address", "\0@x.example", "a" * 300 + "@x.example"]
)
def test_what_is_no_new_address(phone, email):
    response = ask(phone, email)

    assert list(response.context["form"].errors) == ["email"]
    assert not AskedMail.objects.exists()


def test_too_many_tries_say_how_long_to_wait(phone, settings):
    settings.RATE_SIGNIN = "2/min"
    cache.clear()
    for _ in range(2):
        ask(phone, password="wrong")

    response = ask(phone)

    assert response.status_code == 429
    assert int(response["Retry-After"]) >= 1
    assert "Try again in" in response.content.decode()
    cache.clear()


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}again/", f"{PAGE}cancel/", "/settings/sign-out-everywhere/"])
def test_strangers_are_asked_to_sign_in(client, path):
    assert client.post(path).url.startswith("/accounts/login/?next=")


@on_postgres
def test_of_two_who_confirm_one_address_at_once_one_has_it():
    people = [make_person(f"person{number}") for number in range(8)]
    keys = []
    for person in people:
        actions.ask_email_change(user=person, email=NEW, password=PASSWORD, address="")
        keys.append(newest_mail(NEW).key)

    def confirm(key: str) -> bool:
        try:
            actions.activate(key=key)
        except BadKey:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(keys)) as threads:
        assert sum(threads.map(confirm, keys)) == 1
    assert User.objects.filter(email=NEW).count() == 1
    assert EmailAddress.objects.filter(email=NEW, verified=True).count() == 1
