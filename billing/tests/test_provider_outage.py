"""A provider that is away: a sentence, a retry that pays once, and what was paid meanwhile arrives afterwards."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ADDRESS, bearer, post_json, sign_in
from billing import actions, schedule
from billing.errors import ProviderAway
from billing.models import Grant, InboundEvent, Payment, Refund, SandboxCheckout, Subscription
from billing.sandbox import outage
from billing.tests.money import LEVEL1, MONTHLY, buy, checkout, pay_at_provider, process_all, subscription_of, tell_all
from core.models import Mail

pytestmark = pytest.mark.django_db
SAID = "The payment service does not answer right now. Nothing was paid; please try again in a moment."


def ends() -> None:
    """And the time comes in which what waits is tried again."""
    outage.begin(seconds=0)
    for model in (InboundEvent, Refund):
        model.objects.filter(due_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=10))
    Payment.objects.filter(look_at__isnull=False).update(look_at=timezone.now())


def test_a_checkout_says_so_and_the_same_key_goes_on_with_the_same_payment(alice: User) -> None:
    sent, headers = {"plan": LEVEL1, "provider": "sandbox"}, bearer(sign_in().access) | {"Idempotency-Key": "one"}
    outage.begin(seconds=outage.LONGEST)

    answer = post_json(Client(), "payments", sent, headers=headers)

    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (503, "provider_unavailable", SAID)
    assert int(answer["Retry-After"]) > 0
    assert not SandboxCheckout.objects.exists()

    ends()
    again = [post_json(Client(), "payments", sent, headers=headers) for _ in range(2)]

    assert [one.status_code for one in again] == [201, 201]
    assert again[0].json() == again[1].json()
    assert (Payment.objects.count(), SandboxCheckout.objects.count()) == (1, 1)


def test_the_page_of_plans_says_so_and_has_a_button_that_tries_the_same_again(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    sent = {"offer": LEVEL1, "currency": "EGP", "provider": "sandbox", "key": "a" * 32}
    outage.begin(seconds=outage.LONGEST)

    page = client.post("/membership/checkout/", sent)

    assert page.status_code == 503
    said = unescape(page.content.decode())
    assert SAID in said
    assert f'name="key" value="{sent["key"]}"' in said.partition("Try again")[0]

    ends()
    assert "/sandbox/checkout/" in client.post("/membership/checkout/", sent)["Location"]
    assert Payment.objects.count() == 1


def test_what_was_paid_meanwhile_arrives_afterwards(alice: User) -> None:
    payment = checkout(alice)
    pay_at_provider(payment)
    outage.begin(seconds=outage.LONGEST)
    tell_all()
    assert InboundEvent.objects.get(due_at__gt=timezone.now()).state == "waiting"
    assert not Grant.objects.exists()

    ends()
    process_all()

    payment.refresh_from_db()
    assert (payment.state, Grant.objects.count(), Mail.objects.count()) == ("paid", 1, 1)


def test_the_return_page_waits_and_says_so(alice: User) -> None:
    payment = checkout(alice)
    pay_at_provider(payment)
    client = Client()
    client.force_login(alice)
    outage.begin(seconds=outage.LONGEST)

    said = unescape(client.get(f"/payments/{payment.ref}/").content.decode())

    assert "Not paid yet" in said
    assert "does not answer right now. We ask again by ourselves." in said
    shown = Client().get(f"/api/v1/payments/{payment.ref}", headers=bearer(sign_in().access))
    assert (shown.status_code, shown.json()["status"]) == (200, "pending")


def test_cancelling_is_refused_in_words_and_changes_nothing(alice: User) -> None:
    buy(alice, MONTHLY)
    outage.begin(seconds=outage.LONGEST)

    with pytest.raises(ProviderAway):
        actions.cancel_membership(user=alice, when="now")

    assert subscription_of(alice).state == "trialing"
    ends()
    Subscription.objects.update(look_at=timezone.now())
    schedule.ask_providers()
    assert subscription_of(alice).state == "trialing", "nothing had been done"


def test_a_refund_waits_and_goes_once(alice: User, stan: User) -> None:
    payment = buy(alice, LEVEL1)
    refund = actions.ask_refund(payment=payment, amount=None, reason="", by=stan, address=ADDRESS)
    outage.begin(seconds=outage.LONGEST)
    actions.send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.state, Grant.objects.living(timezone.now()).count()) == ("waiting", 1)

    ends()
    for _ in range(2):
        actions.send_refund(refund_id=refund.pk)

    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == ("refunded", payment.amount)


@pytest.mark.parametrize("seconds", [-1, "x", 3601, None, True, "9" * 30, [60]])
def test_what_is_no_time_to_be_away_is_refused(dana: User, seconds: Any) -> None:
    answer = _away(dana, seconds)

    assert (answer.status_code, set(answer.json()["fields"])) == (400, {"seconds"})
    assert outage.seconds_left() == 0


def test_only_the_staff_sends_it_away(alice: User, dana: User) -> None:
    assert _away(alice, 60).status_code == 404
    assert Client().post("/sandbox/outage", {"seconds": 60}, content_type="application/json").status_code == 401
    assert outage.seconds_left() == 0

    assert 0 < _away(dana, 60).json()["seconds"] <= 60
    assert _away(dana, 0).json()["seconds"] == 0


def test_the_clocks_page_says_for_how_long(dana: User) -> None:
    client = Client()
    client.force_login(dana)

    page = client.post("/sandbox/outage", {"seconds": "3600"}, follow=True)

    assert re.search(r"It answers nothing for 3,?[0-9]+ more seconds\.", page.content.decode())


def _away(user: User, seconds: Any) -> Any:
    headers = bearer(sign_in(user.username).access)
    return Client().post("/sandbox/outage", {"seconds": seconds}, content_type="application/json", headers=headers)
