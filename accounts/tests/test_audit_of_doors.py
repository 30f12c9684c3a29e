"""What happens at the doors is in the audit log: who, to whom, from where."""

import pytest
from django.test import Client

from accounts import actions
from accounts.models import AuditEntry
from accounts.tests.factories import PASSWORD, bearer, make_person, newest_mail, post_json, sign_in

pytestmark = pytest.mark.django_db
ADDRESS = "198.51.100.4"
GOOD = "wide-meadow-17"


@pytest.fixture
def client() -> Client:
    return Client(REMOTE_ADDR=ADDRESS, headers={"User-Agent": "Firefox"})


def entries() -> list[tuple[str, str, str, str | None]]:
    """What, who, to whom, from where; the newest last. Each test starts with none."""
    rows = AuditEntry.objects.order_by("pk")
    return [(row.action, row.actor_name, row.target_name, row.address) for row in rows]


def test_signing_up_and_confirming(client):
    post_json(client, "auth/register", {"username": "carol", "email": "carol@plaza.example", "password": GOOD})
    post_json(client, "auth/activate", {"key": newest_mail("carol@plaza.example").key})

    assert entries() == [("registered", "carol", "carol", ADDRESS), ("activated", "carol", "carol", ADDRESS)]


def test_signing_in_by_page_and_api(client, alice):
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    post_json(client, "auth/token", {"login": "alice", "password": PASSWORD})

    assert entries() == [("signed_in", "alice", "alice", ADDRESS)] * 2
    assert set(AuditEntry.objects.values_list("user_agent", flat=True)) == {"Firefox"}


@pytest.mark.parametrize(
    ("login", "whose"), [("alice", "alice"), ("ALICE@plaza.example", "alice"), ("my-password", "")]
)
def test_a_failed_sign_in_names_whose_it_was_and_never_what_was_typed(client, alice, login, whose):
    post_json(client, "auth/token", {"login": login, "password": "wrong"})
    client.post("/accounts/login/", {"login": login, "password": "wrong"})

    assert entries() == [("sign_in_failed", "", whose, ADDRESS)] * 2


def test_signing_out(client, alice):
    client.force_login(alice)
    client.post("/accounts/logout/")

    assert entries() == [("signed_out", "alice", "alice", ADDRESS)]


def test_a_reset_password(client, alice):
    post_json(client, "auth/password-reset", {"email": alice.email})
    post_json(client, "auth/password-reset/confirm", {"key": newest_mail(alice.email).key, "password": GOOD})

    assert entries() == [("password_reset", "alice", "alice", ADDRESS)]


def test_a_changed_password_and_a_wrong_one(client, alice):
    client.force_login(alice)
    post_json(client, "auth/password", {"old": "wrong", "new": GOOD})
    post_json(client, "auth/password", {"old": PASSWORD, "new": GOOD})

    assert entries() == [
        ("password_check_failed", "alice", "alice", ADDRESS),
        ("password_changed", "alice", "alice", ADDRESS),
    ]


def test_a_refresh_token_that_is_used_twice(client, alice):
    issued = sign_in()
    for _ in range(2):
        post_json(client, "auth/token/refresh", {"refresh": issued.refresh})

    assert entries()[1:] == [
        ("refresh_token_reused", "", "alice", ADDRESS),
        ("sign_in_revoked", "alice", "alice", ADDRESS),
    ]


def test_a_revoked_sign_in(client, alice):
    issued = sign_in()
    post_json(client, "auth/token/revoke", {"refresh": issued.refresh}, headers=bearer(issued.access))

    assert entries()[1:] == [("sign_in_revoked", "alice", "alice", ADDRESS)]


def test_a_closed_account(alice):
    actions.deactivate(user=alice, by=make_person("dana"), address=ADDRESS)

    assert entries() == [("deactivated", "dana", "alice", ADDRESS)]
