"""Whoever it is: the same hashes, the same questions to the database, the same answer. Times: test_enumeration.py."""

from typing import ClassVar

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import actions
from accounts.tests.factories import PASSWORD, make_alice, make_person, post_json

pytestmark = pytest.mark.django_db
GOOD = "wide-meadow-17"


class CountingHasher(MD5PasswordHasher):
    algorithm = "counting"
    count: ClassVar[int] = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def _people_under_a_counting_hasher(settings):
    """And nobody's hash is there already, as it is in a process that has run for a while."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    make_alice()
    make_person("waiting", verified=False)
    actions.deactivate(user=make_person("closed"))
    post_json(Client(), "auth/token", {"login": "nobody", "password": "x"})


def measured(path: str, body: dict[str, str], client: Client | None = None) -> tuple[object, ...]:
    """What there is to see of the answer, and what it took: status, body, headers, cookies, hashes, statements."""
    client = client or Client()
    CountingHasher.count = 0
    with CaptureQueriesContext(connection) as asked:
        response = post_json(client, path, body) if not path.startswith("/") else client.post(path, body)
    shown = {name: value for name, value in response.headers.items() if name not in ("Set-Cookie", "Expires")}
    cookies = {name: len(morsel.value) for name, morsel in response.cookies.items()}
    content = response.content if response["Content-Type"] == "application/json" else b""
    verbs = [query["sql"].split(" ", 1)[0] for query in asked]
    return response.status_code, content, shown, cookies, CountingHasher.count, verbs


@pytest.mark.parametrize("path", ["auth/token", "/accounts/login/"])
@pytest.mark.parametrize("login", ["alice", "waiting", "closed"])
def test_a_wrong_password_of_anybody_is_like_that_of_nobody(path, login):
    nobody = "n" * len(login)  # the page shows again what was typed
    for domain in ("", "@plaza.example"):
        real = measured(path, {"login": login + domain, "password": "wrong"})
        assert real == measured(path, {"login": nobody + domain, "password": "wrong"})
        assert real[4] == (2 if domain else 1)


def test_the_right_password_still_opens():
    assert measured("auth/token", {"login": "alice", "password": PASSWORD})[0] == 200
    assert measured("auth/token", {"login": "alice@plaza.example", "password": PASSWORD})[0] == 200


@pytest.mark.parametrize("path", ["auth/register", "/accounts/signup/"])
def test_signing_up_with_any_address(path):
    def sign_up(name: str, email: str) -> tuple[object, ...]:
        return measured(path, {"username": name, "email": email, "password": GOOD, "password1": GOOD})

    fresh = sign_up("somebody1", "fresh@plaza.example")
    assert fresh == sign_up("somebody2", "alice@plaza.example")
    assert fresh == sign_up("somebody3", "waiting@plaza.example")
    assert fresh == sign_up("somebody4", "closed@plaza.example")
    assert fresh[4] == 1


@pytest.mark.parametrize(
    "path", ["auth/password-reset", "auth/activation-mail", "/accounts/password/reset/", "/accounts/confirm-email/"]
)
def test_asking_for_a_mail_to_any_address(path):
    """The session that remembers what was typed is like that too."""
    unknown = measured(path, {"email": "nobody@plaza.example"})
    for name in ("alice", "waiting", "closed"):
        assert measured(path, {"email": f"{name}@plaza.example"}) == unknown


def test_moving_to_any_address():
    client = Client()
    client.force_login(make_person("bob"))

    def move(name: str) -> tuple[object, ...]:
        client.get("/settings/email/")  # shows what was said before, and forgets it
        return measured("/settings/email/", {"email": f"{name}@plaza.example", "password": PASSWORD}, client)

    move("first")  # the next ones replace a wish
    free = move("free")
    assert free[0] == 302
    assert [move(name) for name in ("alice", "waiting", "closed")] == [free] * 3
