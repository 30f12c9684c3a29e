"""The customer's portal: an address that is good for half an hour, and all that one may do there."""

import re

import pytest
from django.core import signing
from django.test import Client

from billing.gateway import sandbox
from billing.models import SandboxSubscription
from billing.tests.merchant import (
    DECLINED,
    GOOD,
    MONTHLY,
    ONCE,
    TRIAL,
    capability,
    page,
    pass_days,
    subscribed,
    told,
    truth,
)

pytestmark = pytest.mark.django_db
RETURN = "http://127.0.0.1:8000/membership/"


def opened(ref: str, language: str = "en") -> str:
    """The capability in the address."""
    return sandbox.open_portal(ref, RETURN, language).rpartition("/")[2]


def do(client: Client, what: str, way: str, **fields: str) -> tuple[int, str]:
    """Status, and what the page says about it then."""
    answer = client.post(page(f"portal_{what}", way), fields)
    status = answer.status_code
    said = client.get(answer["Location"]) if status == 302 else answer
    notices = re.findall(r'<p class="notice[^>]*>.*?<span>(.*?)</span>', said.content.decode(), re.DOTALL)
    return status, "".join(notices)


def test_it_shows_how_things_stand(client: Client) -> None:
    ref = subscribed(MONTHLY)
    pass_days(32)
    said = client.get(page("portal", opened(ref))).content.decode()
    for sentence in ("Plaza: Plaza Premium", "EGP\u00a0150.00 every month", "Visa 4242", "no money moves", RETURN):
        assert sentence in said
    assert said.count("badge--good") == 2  # the first payment, and the renewal
    assert "EGP\u00a01,500.00 every year" in said, "another plan to change to"


def test_one_changes_the_plan(client: Client) -> None:
    ref = subscribed(MONTHLY)
    status, said = do(client, "plan", opened(ref), offer="plaza_premium_yearly")
    assert (status, said) == (302, "Your plan is changed.")
    assert (truth(ref).offer, truth(ref).amount) == ("plaza_premium_yearly", 150_000)


@pytest.mark.parametrize("offer", ["", "plaza_premium_monthly", "level1", "nothing", "\0"])
def test_what_is_no_other_plan_is_refused(client: Client, offer: str) -> None:
    ref = subscribed(MONTHLY)
    answer = client.post(page("portal_plan", opened(ref)), {"offer": offer})
    assert answer.status_code == 400
    assert "Choose one of these plans." in answer.content.decode()
    assert told() == []


def test_a_plan_that_the_card_cannot_pay_is_not_changed_to(client: Client) -> None:
    ref = subscribed(MONTHLY, ONCE)
    assert "declined" in do(client, "plan", opened(ref), offer="plaza_premium_yearly")[1]
    assert (truth(ref).offer, told()) == ("plaza_premium_monthly", [])


def test_one_changes_the_card_and_what_is_open_is_paid(client: Client) -> None:
    ref = subscribed(TRIAL, ONCE)
    pass_days(31)
    way = opened(ref)
    assert "payment failed" in client.get(page("portal", way)).content.decode()
    assert "The card was declined" in do(client, "card", way, card=DECLINED)[1]
    assert "but it was declined" in do(client, "card", way, card=ONCE)[1]
    assert truth(ref).state == "past_due"
    assert do(client, "card", way, test_card=GOOD) == (302, "Your card is saved.")
    assert (truth(ref).state, truth(ref).card) == ("active", "Visa 4242")


def test_a_wrong_number_stays_in_its_field(client: Client) -> None:
    ref = subscribed(MONTHLY)
    answer = client.post(page("portal_card", opened(ref)), {"card": "42"})
    assert (answer.status_code, 'value="42"' in answer.content.decode()) == (400, True)
    assert told() == []


def test_one_cancels_goes_on_and_ends_it(client: Client) -> None:
    ref = subscribed(MONTHLY)
    way = opened(ref)
    assert "ends when what is paid for is over" in do(client, "cancel", way, when="period_end")[1]
    assert (truth(ref).state, truth(ref).cancels) == ("active", True)
    assert do(client, "resume", way)[1] == "It goes on."
    assert not truth(ref).cancels
    assert do(client, "cancel", way, when="now")[1] == "It has ended."
    assert truth(ref).state == "ended"
    assert "has ended" in do(client, "resume", way)[1]
    assert "has ended" in do(client, "card", way, card=GOOD)[1]
    assert do(client, "plan", way, offer="plaza_premium_yearly")[0] == 400
    assert do(client, "cancel", way, when="now")[0] == 302


def test_the_address_is_of_no_use_after_half_an_hour(client: Client) -> None:
    ref = subscribed(MONTHLY)
    assert client.get(page("portal", capability(ref, age=1790))).status_code == 200
    old = capability(ref, age=1805)
    answer = client.get(page("portal", old))
    assert (answer.status_code, "too old" in answer.content.decode()) == (410, True)
    assert client.post(page("portal_cancel", old), {"when": "now"}).status_code == 410
    assert truth(ref).state == "active"


def test_moving_the_clock_does_not_make_it_older(client: Client) -> None:
    way = opened(subscribed(MONTHLY))
    pass_days(3)
    assert client.get(page("portal", way)).status_code == 200


def test_only_an_address_that_we_made_opens_it(client: Client) -> None:
    ref = subscribed(MONTHLY)
    elsewhere = signing.dumps([ref, RETURN, "en"], salt="another")
    for wrong in (ref, elsewhere, opened(ref)[:-1] + "_", "x" * 3000, "a:b:c", "%00", "٣:٣:٣", "::"):
        assert client.get(f"/sandbox/portal/{wrong}").status_code == 404
        assert client.post(f"/sandbox/portal/{wrong}/cancel", {"when": "now"}).status_code == 404
    assert truth(ref).state == "active"


def test_its_forms_are_a_browsers_and_ask_for_the_token(client: Client) -> None:
    ref = subscribed(MONTHLY)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(page("portal_cancel", opened(ref)), {"when": "now"}).status_code == 403
    assert truth(ref).state == "active"
    assert client.get(page("portal_cancel", opened(ref))).status_code == 405


def test_it_speaks_the_language_that_it_was_opened_in(client: Client) -> None:
    answer = client.get(page("portal", opened(subscribed(MONTHLY), "ar")), headers={"Accept-Language": "en"})
    assert '<html lang="ar" dir="rtl">' in answer.content.decode()


def test_odd_words_in_its_address_say_nothing(client: Client) -> None:
    answer = client.get(page("portal", opened(subscribed(MONTHLY))), {"said": "<script>\0"})
    assert (answer.status_code, "notice" in answer.content.decode()) == (200, False)
    assert SandboxSubscription.objects.get().state == "active"
