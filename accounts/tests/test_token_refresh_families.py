from functools import partial

import pytest
from django.test import override_settings

from accounts import actions
from accounts.models import SignIn
from accounts.tests.factories import bearer, make_alice, post_json, sign_in
from rooms.tests.threads import at_once, on_postgres

pytestmark = pytest.mark.django_db


def refresh(client, token):
    return post_json(client, "auth/token/refresh", {"refresh": token})


def works(client, token) -> bool:
    return client.get("/api/v1/me", headers=bearer(token)).status_code == 200


def test_a_refresh_token_gives_new_tokens(client, alice):
    first = sign_in()
    second = refresh(client, first.refresh).json()

    assert works(client, second["access"])
    assert refresh(client, second["refresh"]).status_code == 200
    assert SignIn.objects.get().generation == 3


def test_a_used_refresh_token_ends_its_whole_family(client, alice):
    first = sign_in()
    second = refresh(client, first.refresh).json()

    response = refresh(client, first.refresh)

    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert refresh(client, second["refresh"]).status_code == 401
    assert not works(client, second["access"])


def test_other_families_go_on(client, alice):
    phone, laptop = sign_in(), sign_in()
    refresh(client, phone.refresh)
    refresh(client, phone.refresh)

    assert not works(client, phone.access)
    assert works(client, laptop.access)
    assert refresh(client, laptop.refresh).status_code == 200


def test_an_ended_family_raises_the_persons_auth_rev(client, alice):
    actions.revoke_refresh_token(refresh=sign_in().refresh)

    alice.refresh_from_db()
    assert alice.auth_rev == 1


def test_revoking_ends_the_family_at_once(client, alice):
    issued = sign_in()

    assert post_json(client, "auth/token/revoke", {"refresh": issued.refresh}).status_code == 204
    assert not works(client, issued.access)
    assert refresh(client, issued.refresh).status_code == 401


def test_revoking_works_with_an_older_token_of_the_family_and_twice(client, alice):
    first = sign_in()
    second = refresh(client, first.refresh).json()

    for _ in range(2):
        assert post_json(client, "auth/token/revoke", {"refresh": first.refresh}).status_code == 204
    assert not works(client, second["access"])


def test_revoking_what_is_no_token_is_no_error(client, alice):
    issued = sign_in()

    assert post_json(client, "auth/token/revoke", {"refresh": "nonsense"}).status_code == 204
    assert works(client, issued.access)


def test_the_access_token_that_is_shown_is_enough_to_end_its_own_family(client, alice):
    phone, laptop = sign_in(), sign_in()

    assert post_json(client, "auth/token/revoke", {}, headers=bearer(phone.access)).status_code == 204
    assert not works(client, phone.access)
    assert refresh(client, phone.refresh).status_code == 401
    assert works(client, laptop.access)


def test_an_access_token_that_is_no_good_ends_nothing(client, alice):
    issued = sign_in()

    assert post_json(client, "auth/token/revoke", {}, headers=bearer("nonsense")).status_code == 401
    assert works(client, issued.access)


@pytest.mark.parametrize("body", [{}, {"refresh": None}, {"refresh": []}, {"refresh": "\0"}, []])
@pytest.mark.parametrize("call", ["refresh", "revoke"])
def test_no_value_breaks_it(client, call, body):
    assert post_json(client, f"auth/token/{call}", body).status_code == 400


def test_a_refresh_token_runs_out(client, alice):
    with override_settings(REFRESH_TOKEN_LIFETIME=-1):
        old = sign_in()

    assert refresh(client, old.refresh).status_code == 401


def test_a_closed_account_gets_no_new_tokens(client, alice):
    issued = sign_in()
    actions.deactivate(user=alice)

    assert refresh(client, issued.refresh).status_code == 401
    assert not works(client, issued.access)


@on_postgres
def test_of_two_at_once_exactly_one_gets_new_tokens():
    make_alice()
    for _ in range(20):
        rotate = partial(actions.rotate_refresh_token, refresh=sign_in().refresh)
        assert sorted(type(outcome).__name__ for outcome in at_once(rotate, rotate)) == ["TokenInvalid", "Tokens"]
