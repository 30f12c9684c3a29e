"""Same answer, same time. Hashing is what takes the time, so it is counted, by a hasher of the test's own."""

from typing import ClassVar

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts.tests.factories import PASSWORD, make_alice, post_json

pytestmark = pytest.mark.django_db


class CountingHasher(MD5PasswordHasher):
    algorithm = "counting"
    count: ClassVar[int] = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def _alice_under_a_counting_hasher(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    make_alice()


def hashes(path: str, body: dict[str, str], *, status: int) -> int:
    """How many passwords a request hashes."""
    CountingHasher.count = 0
    client = Client()
    response = client.post(path, body) if path.startswith("/accounts/") else post_json(client, path, body)
    assert response.status_code == status
    return CountingHasher.count


@pytest.mark.parametrize(("path", "status"), [("auth/token", 401), ("/accounts/login/", 200)])
@pytest.mark.parametrize("login", ["alice", "alice@plaza.example", "nobody", "nobody@plaza.example"])
def test_a_wrong_sign_in_hashes_once_whoever_it_is(path, status, login):
    assert hashes(path, {"login": login, "password": "wrong"}, status=status) == 1


@pytest.mark.parametrize("email", ["alice@plaza.example", "new@plaza.example"])
def test_signing_up_hashes_once_whether_the_address_is_known(email):
    body = {"username": "somebody", "email": email, "password": "wide-meadow-17"}
    assert hashes("auth/register", body, status=202) == 1
    page = {"username": "somebody-else", "email": email.replace("new", "newer"), "password1": "wide-meadow-17"}
    assert hashes("/accounts/signup/", page, status=302) == 1


def test_the_pages_words_do_not_tell_names_from_passwords():
    pages = [
        Client().post("/accounts/login/", {"login": login, "password": "wrong"}).content.decode()
        for login in ("alice", "nobody", "alice@plaza.example")
    ]
    assert all("do not belong together" in page for page in pages)


def test_the_right_password_still_opens():
    assert hashes("auth/token", {"login": "alice", "password": PASSWORD}, status=200) == 1
