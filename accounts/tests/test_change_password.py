import pytest
from django.core.cache import cache
from django.test import Client

from accounts import actions
from accounts.models import AuditEntry
from accounts.tests.factories import PASSWORD, bearer, newest_mail, post_json, sign_in

pytestmark = pytest.mark.django_db
NEW = "another-meadow-18"
BODY = {"old": PASSWORD, "new": NEW}
PAGE = "/accounts/password/change/"


def status_of(access: str) -> int:
    return Client().get("/api/v1/me", headers=bearer(access)).status_code


def test_a_token_is_given_new_ones_and_everything_else_ends(client, alice):
    mine, other, browser = sign_in(), sign_in(), Client()
    browser.force_login(alice)

    response = post_json(client, "auth/password", BODY, headers=bearer(mine.access))

    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh", "expires_in"}
    assert status_of(response.json()["access"]) == 200
    assert status_of(other.access) == 401
    assert browser.get("/api/v1/me").status_code == 401
    assert newest_mail(alice.email).name == "accounts/password_changed"
    assert AuditEntry.objects.filter(action="password_changed", actor=alice).exists()


def test_the_new_refresh_token_goes_on_and_the_old_one_is_used_up(client, alice):
    mine = sign_in()
    fresh = post_json(client, "auth/password", BODY, headers=bearer(mine.access)).json()

    assert post_json(client, "auth/token/refresh", {"refresh": fresh["refresh"]}).status_code == 200
    assert post_json(client, "auth/token/refresh", {"refresh": mine.refresh}).status_code == 401


def test_a_session_stays_and_tokens_end(client, alice):
    issued = sign_in()
    client.force_login(alice)
    key = client.cookies["plaza_session"].value

    response = post_json(client, "auth/password", BODY)

    assert (response.status_code, set(response.json())) == (200, {"detail"})
    assert client.get("/api/v1/me").status_code == 200
    assert client.cookies["plaza_session"].value == key
    assert status_of(issued.access) == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"old": "wrong", "new": NEW}, "old"),
        ({"old": PASSWORD, "new": "12345678"}, "new"),
        ({"old": PASSWORD, "new": "alice"}, "new"),
        ({"old": PASSWORD, "new": "x" * 1001}, "new"),
        ({"old": PASSWORD}, "new"),
        ({"old": None, "new": NEW}, "old"),
        ({"old": PASSWORD, "new": ["x"]}, "new"),
    ],
)
def test_what_is_refused_changes_nothing(client, alice, body, field):
    mine = sign_in()
    response = post_json(client, "auth/password", body, headers=bearer(mine.access))

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["fields"]) == [field]
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert status_of(mine.access) == 200


def test_strangers_have_none(client, alice):
    assert post_json(client, "auth/password", BODY).status_code == 401


def test_tries_are_counted(client, alice, settings):
    settings.RATE_SIGNIN = "3/min"
    cache.clear()
    mine = sign_in()
    for _ in range(3):
        post_json(client, "auth/password", {"old": "wrong", "new": NEW}, headers=bearer(mine.access))

    response = post_json(client, "auth/password", BODY, headers=bearer(mine.access))

    assert (response.status_code, response.json()["code"]) == (429, "slow_down")
    assert f"Try again in {response['Retry-After']} second" in response.json()["detail"]
    cache.clear()


def test_the_page_says_what_is_wrong_beside_its_field(client, alice):
    client.force_login(alice)

    for form, field in (({"old": "wrong", "new": NEW}, "old"), ({"old": PASSWORD, "new": "short"}, "new")):
        response = client.post(PAGE, form)
        assert response.status_code == 200
        assert list(response.context["form"].errors) == [field]


def test_signing_out_everywhere_keeps_this_browser_only(client, alice):
    client.force_login(alice)
    laptop, issued = Client(), sign_in()
    laptop.force_login(alice)
    assert "Sign out everywhere else?" in client.get("/settings/sign-out-everywhere/").content.decode()
    assert laptop.get("/api/v1/me").status_code == 200

    assert client.post("/settings/sign-out-everywhere/").status_code == 302

    assert client.get("/api/v1/me").status_code == 200
    assert laptop.get("/api/v1/me").status_code == 401
    assert status_of(issued.access) == 401
    alice.refresh_from_db()
    assert (alice.auth_rev, alice.check_password(PASSWORD)) == (1, True)
    assert AuditEntry.objects.filter(action="signed_out_everywhere", actor=alice).exists()


def test_staff_sign_somebody_out_for_good(client, alice, bob):
    client.force_login(alice)

    actions.sign_out_everywhere(user=alice, by=bob, address="203.0.113.9")

    assert client.get("/api/v1/me").status_code == 401
    entry = AuditEntry.objects.get(action="signed_out_everywhere")
    assert (entry.actor, entry.target_id, entry.address) == (bob, str(alice.pk), "203.0.113.9")
