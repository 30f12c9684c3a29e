"""The sandbox's clock: the staff's alone, forward only."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import bearer, sign_in
from billing import clock
from billing.gateway import sandbox
from billing.models import SandboxSubscription
from billing.sandbox import schedule
from billing.tests.merchant import DAY, MONTHLY, TRIAL, pass_days, subscribed, told, truth

pytestmark = pytest.mark.django_db
PATH = "/sandbox/clock"
FORM = "application/x-www-form-urlencoded"


def post(client: Client, advance: Any, **extra: Any) -> Any:
    return client.post(PATH, {"advance": advance}, content_type="application/json", **extra)


@pytest.fixture
def staff(client: Client, dana: Any) -> Client:
    client.force_login(dana)
    return client


def test_a_program_of_the_staff_moves_it(staff: Client) -> None:
    ref = subscribed(TRIAL)
    answer = post(staff, 31 * DAY)
    assert (answer.status_code, answer.json()["happened"], answer.json()["offset"]) == (200, 1, 31 * DAY)
    assert answer.json()["now"].endswith("Z")
    assert truth(ref).state == "active"
    assert abs(clock.now() - timezone.now() - timedelta(days=31)) < timedelta(seconds=5)


def test_it_may_have_a_bearer_token(dana: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert post(strict, 60, headers=bearer(sign_in("dana").access)).json()["offset"] == 60
    assert post(strict, "60", headers=bearer(sign_in("dana").access)).json()["offset"] == 120
    assert strict.post(PATH, "advance=60", FORM, headers=bearer(sign_in("dana").access)).json()["offset"] == 180
    strict.force_login(dana)
    assert post(strict, 60).status_code == 403, "a cookie alone is not enough"
    assert strict.post(PATH, {"advance": 60}).status_code == 403
    assert clock.offset() == timedelta(seconds=180)


def test_the_page_moves_it_with_a_button(staff: Client) -> None:
    ref = subscribed(TRIAL)
    said = staff.get(PATH).content.decode()
    assert "To the end of the trial" in said
    button = said.partition('name="advance" value="2')[2].partition('"')[0]
    answer = staff.post(PATH, {"advance": f"2{button}"}, follow=True)
    assert "1 thing happened" in answer.content.decode()
    assert (truth(ref).state, clock.now() > truth(ref).period_start) == ("active", True)
    assert "To the end of the trial" not in staff.get(PATH).content.decode()
    assert "Nothing was due." in staff.post(PATH, {"advance": DAY}, follow=True).content.decode()


@pytest.mark.parametrize(
    "advance", [0, -5, "-5", "", None, True, 1.5, "1e3", "٣", [5], {}, 10**400, "9" * 5000, "\0", 20 * 366 * DAY]
)
def test_what_is_no_time_is_refused(staff: Client, advance: Any) -> None:
    answer = post(staff, advance)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["advance"])
    page = staff.post(PATH, {"advance": str(advance)[:3000]})
    assert (page.status_code, "errorlist" in page.content.decode()) == (400, True)
    assert clock.offset() == timedelta()


@pytest.mark.parametrize("body", [b"[]", b"{", b"5", b'"x"', b"\xff", b"[" * 100_000, b" "])
def test_odd_bodies_are_refused(staff: Client, body: bytes) -> None:
    assert staff.post(PATH, body, content_type="application/json").status_code == 400
    assert clock.offset() == timedelta()


def test_nobody_else_moves_it(client: Client, alice: Any) -> None:
    assert post(client, 60).status_code == 401
    assert client.post(PATH, {"advance": 60})["Location"].startswith("/accounts/login/")
    client.force_login(alice)
    assert post(client, 60).status_code == 404
    assert client.post(PATH, {"advance": 60}).status_code == 404
    assert client.get(PATH).status_code == 404
    assert post(Client(), 60, headers=bearer(sign_in("alice").access)).status_code == 404
    assert clock.offset() == timedelta()


def test_what_real_time_makes_due_is_done_by_the_schedule(settings: Any) -> None:
    ref = subscribed(MONTHLY)
    schedule.run_sandbox()
    assert told() == []
    SandboxSubscription.objects.update(due_at=timezone.now())
    settings.PLAZA_SANDBOX = False
    schedule.run_sandbox()
    assert told() == []
    settings.PLAZA_SANDBOX = True
    schedule.run_sandbox()
    schedule.run_sandbox()
    assert [kind for kind, _ in told()] == ["invoice.paid", "subscription.updated"]
    assert sandbox.fetch_subscription(ref).invoices[0].state == "paid"


def test_it_only_adds_up() -> None:
    pass_days(1)
    pass_days(2)
    assert clock.offset() == timedelta(days=3)
