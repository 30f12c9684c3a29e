from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.credentials import (
    GuestToken,
    SessionCredential,
    TokenCredential,
    guest_of_token,
    still_valid,
    user_of_access_token,
    user_of_session,
)
from accounts.models import SignIn
from accounts.tests.factories import PASSWORD, bearer, make_person, sign_in
from core import tokens

pytestmark = pytest.mark.django_db


def browser(username: str = "alice") -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": username, "password": PASSWORD})
    return client


def key_of(client: Client) -> str:
    return client.cookies["plaza_session"].value


def auth_rev(user) -> int:
    user.refresh_from_db()
    return user.auth_rev


def test_signing_out_ends_the_session_and_raises_auth_rev(alice):
    client = browser()
    key = key_of(client)

    response = client.post("/accounts/logout/")

    assert response.status_code == 302
    assert auth_rev(alice) == 1
    assert not Session.objects.filter(session_key=key).exists()
    assert still_valid([SessionCredential(key)]) == set()


def test_a_get_does_not_sign_out(alice):
    client = browser()
    client.get("/accounts/logout/")

    assert client.get("/api/v1/me").status_code == 200


def test_signing_out_leaves_other_sessions_and_tokens_alone(alice):
    phone, laptop, issued = browser(), browser(), sign_in()

    phone.post("/accounts/logout/")

    assert laptop.get("/api/v1/me").status_code == 200
    assert user_of_access_token(issued.access)


def test_changing_the_password_keeps_only_the_session_that_made_it(alice):
    phone, laptop, issued = browser(), browser(), sign_in()
    shown = [SessionCredential(key_of(phone)), SessionCredential(key_of(laptop))]
    form = {"old": PASSWORD, "new": "another-meadow-18"}

    assert phone.post("/accounts/password/change/", form).status_code == 302

    assert phone.get("/api/v1/me").status_code == 200
    assert laptop.get("/api/v1/me").status_code == 401
    assert phone.get("/api/v1/me", headers=bearer(issued.access)).status_code == 401
    assert auth_rev(alice) == 1
    assert still_valid(shown) == {SessionCredential(key_of(phone))}
    assert key_of(phone) == shown[0].session_key


def test_a_wrong_old_password_changes_nothing(alice):
    form = {"old": "wrong", "new": "another-meadow-18"}

    assert browser().post("/accounts/password/change/", form).status_code == 200
    assert auth_rev(alice) == 0
    assert sign_in()


def test_closing_an_account_ends_everything(alice):
    client, issued = browser(), sign_in()
    sid = SignIn.objects.get().pk

    actions.deactivate(user=alice)

    assert client.get("/api/v1/me").status_code == 401
    assert user_of_session(key_of(client)) is None
    assert user_of_access_token(issued.access) is None
    assert still_valid([SessionCredential(key_of(client)), TokenCredential(sid)]) == set()
    assert auth_rev(alice) == 1


def test_who_a_session_belongs_to(alice):
    key = key_of(browser())

    assert user_of_session(key) == alice
    for nobodys in ("", "x", "\0" * 32, "é" * 32, "a" * 32, "a" * 5000):
        assert user_of_session(nobodys) is None
    Session.objects.update(expire_date=timezone.now())
    assert user_of_session(key) is None


def test_who_a_token_belongs_to(alice):
    issued = sign_in()
    found = user_of_access_token(issued.access)

    assert found == (alice, SignIn.objects.get())
    for nobodys in ("", "x", issued.refresh, issued.access[:-2], tokens.encode("guest", {"sub": "1"}, 60)):
        assert user_of_access_token(nobodys) is None


def test_who_a_guest_token_belongs_to(alice):
    assert guest_of_token(tokens.encode("guest", {"sub": "12"}, 60)) == GuestToken(12)
    assert guest_of_token(sign_in().access) is None


def test_revoking_one_sign_in_leaves_the_other(alice):
    sign_in(), sign_in()
    gone, stays = SignIn.objects.order_by("created_at")

    actions.revoke_sign_in(sign_in=gone)

    assert still_valid([TokenCredential(gone.pk), TokenCredential(stays.pk)]) == {TokenCredential(stays.pk)}


def test_many_credentials_take_three_queries(alice, django_assert_num_queries):
    make_person("bob")
    shown = [SessionCredential(key_of(browser(name))) for name in ("alice", "bob", "alice")]
    for name in ("alice", "bob"):
        sign_in(name)
    shown += [TokenCredential(pk) for pk in SignIn.objects.values_list("pk", flat=True)]
    made_up = [SessionCredential("b" * 32), TokenCredential(uuid4()), SessionCredential(key_of_anonymous())]

    with django_assert_num_queries(3):
        assert still_valid([*shown, *made_up]) == set(shown)


def key_of_anonymous() -> str:
    from accounts.sessions import SessionStore

    session = SessionStore()
    session["theme"] = "dark"
    session.create()
    return str(session.session_key)
