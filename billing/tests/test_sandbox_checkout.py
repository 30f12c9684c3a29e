"""The hosted checkout: paid, declined, confirmed, given up, too late; by browsers and by programs."""

from typing import Any

import pytest
from django.test import Client

from billing.gateway import CheckoutTruth, ProviderRefused, sandbox
from billing.models import SandboxCharge, SandboxCheckout, SandboxSubscription
from billing.sandbox import books
from billing.tests.merchant import (
    DECLINED,
    GOOD,
    MONTHLY,
    ONCE,
    ORDER,
    POOR,
    SECURE,
    STRANGE,
    TRIAL,
    open_one,
    page,
    pass_days,
    told,
)
from rooms.tests.threads import at_once, on_postgres

pytestmark = pytest.mark.django_db


def pay(client: Client, ref: str, card: Any) -> Any:
    """As a program does."""
    return client.post(page("pay", ref), {"card": card}, content_type="application/json")


def test_the_same_order_again_is_the_same_checkout() -> None:
    first, again = sandbox.open_checkout(ORDER), sandbox.open_checkout(ORDER)
    assert first == again
    assert first.url.endswith(f"/sandbox/checkout/{first.ref}")
    assert sandbox.fetch_checkout(first.ref) == CheckoutTruth("open", 100_000, "EGP")
    assert told() == []


@pytest.mark.parametrize("order", [ORDER, MONTHLY])
def test_a_good_card_pays(client: Client, order: Any) -> None:
    ref = open_one(order)

    answer = pay(client, ref, GOOD)

    assert (answer.status_code, answer.json()) == (200, {"state": "paid", "redirect": ORDER.return_url})
    truth = sandbox.fetch_checkout(ref)
    assert (truth.state, truth.amount, truth.failure) == ("paid", order.amount, "")
    assert truth.charge.startswith("ch_")
    assert bool(truth.subscription) == bool(order.interval)
    assert told()[0] == ("payment.succeeded", ref)


def test_a_trial_takes_nothing_and_keeps_the_card(client: Client) -> None:
    ref = open_one(TRIAL)
    assert pay(client, ref, GOOD).json()["state"] == "paid"
    truth = sandbox.fetch_checkout(ref)
    assert (truth.state, truth.amount, truth.charge) == ("paid", 0, "")
    assert told() == [("payment.succeeded", ref), ("subscription.updated", truth.subscription)]
    assert sandbox.fetch_subscription(truth.subscription).card == "Visa 4242"


@pytest.mark.parametrize(
    ("card", "failure"),
    [(DECLINED, "card_declined"), (POOR, "insufficient_funds"), (STRANGE, "unknown_card")],
)
def test_a_declined_card_says_why_and_another_one_pays(client: Client, card: str, failure: str) -> None:
    ref = open_one(MONTHLY)

    answer = pay(client, ref, card).json()

    assert (answer["state"], answer["redirect"], answer["failure"]) == ("failed", None, failure)
    assert answer["detail"]
    assert (sandbox.fetch_checkout(ref).state, sandbox.fetch_checkout(ref).failure) == ("failed", failure)
    assert (SandboxCharge.objects.count(), SandboxSubscription.objects.count()) == (0, 0)
    assert told() == [("payment.failed", ref)]
    assert pay(client, ref, ONCE).json()["state"] == "paid"
    assert sandbox.fetch_checkout(ref).failure == ""


def test_a_secure_card_is_paid_only_when_approved(client: Client) -> None:
    ref = open_one(MONTHLY)

    asked = pay(client, ref, SECURE).json()
    assert (asked["state"], asked["redirect"]) == ("confirming", sandbox.checkout_address(ref))
    assert (sandbox.fetch_checkout(ref).state, told()) == ("open", [])
    assert SandboxSubscription.objects.count() == 0

    answer = client.post(page("confirm", ref), {"approve": True}, content_type="application/json")
    assert answer.json() == {"state": "paid", "redirect": ORDER.return_url}
    assert sandbox.fetch_subscription(sandbox.fetch_checkout(ref).subscription).state == "active"


def test_who_refuses_pays_nothing_and_may_try_another_card(client: Client) -> None:
    ref = open_one(TRIAL)
    pay(client, ref, SECURE)

    answer = client.post(page("confirm", ref), {"approve": "false"})

    assert (answer.status_code, answer["Location"]) == (302, page("checkout", ref))
    truth = sandbox.fetch_checkout(ref)
    assert (truth.state, truth.failure, truth.subscription) == ("failed", "authentication_failed", "")
    assert SandboxSubscription.objects.count() == 0
    assert told() == [("payment.failed", ref)]
    assert "3-D Secure was refused" in client.get(page("checkout", ref)).content.decode()
    client.post(page("confirm", ref), {"approve": "true"})  # it is not asked for any more
    assert sandbox.fetch_checkout(ref).state == "failed"
    assert pay(client, ref, GOOD).json()["state"] == "paid"


@pytest.mark.parametrize("approve", ["", "perhaps", None, [], {"a": 1}, 2])
def test_an_answer_that_is_none_changes_nothing(client: Client, approve: Any) -> None:
    ref = open_one()
    pay(client, ref, SECURE)
    answer = client.post(page("confirm", ref), {"approve": approve}, content_type="application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["approve"])
    assert SandboxCheckout.objects.get().state == "confirming"


def test_who_goes_back_has_given_it_up(client: Client) -> None:
    ref = open_one()
    answer = client.post(page("back", ref))
    assert (answer.status_code, answer["Location"]) == (302, ORDER.cancel_url)
    assert (sandbox.fetch_checkout(ref).state, told()) == ("expired", [("payment.failed", ref)])
    assert pay(client, ref, GOOD).json() == {"state": "expired", "redirect": ORDER.cancel_url}
    assert SandboxCharge.objects.count() == 0
    assert "This checkout is closed" in client.get(page("checkout", ref)).content.decode()


def test_what_is_paid_cannot_be_closed_nor_paid_again(client: Client) -> None:
    ref = open_one()
    pay(client, ref, GOOD)
    told()
    sandbox.close_checkout(ref)
    assert client.post(page("back", ref))["Location"] == ORDER.return_url
    assert pay(client, ref, GOOD).json()["state"] == "paid"
    assert pay(client, ref, DECLINED).json()["state"] == "paid"
    assert (SandboxCharge.objects.count(), told()) == (1, [])
    assert "Thank you" in client.get(page("checkout", ref)).content.decode()


def test_after_its_time_it_cannot_be_paid(client: Client, settings: Any) -> None:
    late, swept = open_one(ref="late"), open_one(ref="swept")
    assert pass_days((settings.CHECKOUT_LIFETIME + 1) / 86400) == 2
    assert [sandbox.fetch_checkout(ref).state for ref in (late, swept)] == ["expired", "expired"]
    assert told() == [("payment.failed", late), ("payment.failed", swept)]


def test_a_late_one_is_closed_even_before_the_schedule_has_come_by(client: Client, settings: Any) -> None:
    ref = open_one()
    SandboxCheckout.objects.update(expires_at=SandboxCheckout.objects.get().created_at)
    assert "This checkout is closed" in client.get(page("checkout", ref)).content.decode()
    assert pay(client, ref, GOOD).json()["state"] == "expired"
    assert SandboxCharge.objects.count() == 0
    assert told() == [("payment.failed", ref)]


# --- In a browser ---------------------------------------------------------------------------------------------------
def test_a_form_leads_back_to_the_merchant(client: Client) -> None:
    ref = open_one()
    answer = client.post(page("pay", ref), {"card": "4242 4242 4242 4242", "test_card": ""})
    assert (answer.status_code, answer["Location"]) == (302, ORDER.return_url)


def test_without_a_script_a_card_of_the_list_will_do(client: Client) -> None:
    ref = open_one()
    client.post(page("pay", ref), {"card": "", "test_card": POOR})
    assert sandbox.fetch_checkout(ref).failure == "insufficient_funds"


def test_a_wrong_number_stays_in_its_field(client: Client) -> None:
    ref = open_one()
    answer = client.post(page("pay", ref), {"card": "4242 4242 <4241>"})
    said = answer.content.decode()
    assert answer.status_code == 400
    assert 'value="4242 4242 &lt;4241&gt;"' in said
    assert "This is no card number." in said
    assert (sandbox.fetch_checkout(ref).state, told()) == ("open", [])


def test_the_page_says_what_is_bought_and_that_no_money_moves(client: Client) -> None:
    said = client.get(page("checkout", open_one(TRIAL))).content.decode()
    for sentence in ("no money moves", "Plaza: Plaza Premium", "Free for 30 days, then EGP\u00a0150.00 every month"):
        assert sentence in said
    assert "4000 0025 0000 3155" in said
    assert "data-user" not in said, "another company does not know who is signed in to Plaza"


def test_it_speaks_the_language_of_the_order(client: Client) -> None:
    answer = client.get(page("checkout", open_one(language="ar")), headers={"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "ar"
    assert '<html lang="ar" dir="rtl">' in answer.content.decode()


def test_a_browser_needs_no_cookie_of_ours() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(page("pay", open_one()), {"card": GOOD}).status_code == 302


# --- What else may come ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ref", ["cs_", "cs_" + "0" * 24, "x" * 3000, "cs_%00", "%F0%9F%92%B3", "..%2F..", "sub_1"])
def test_an_odd_ref_is_nothing(client: Client, ref: str) -> None:
    for name, method in (("", "get"), ("/pay", "post"), ("/confirm", "post"), ("/back", "post")):
        assert getattr(client, method)(f"/sandbox/checkout/{ref}{name}").status_code == 404
    with pytest.raises(ProviderRefused):
        sandbox.fetch_checkout(ref + "\0")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b'["4242424242424242"]', 400),
        (b"4242424242424242", 400),
        (b" ", 400),
        (b"{", 400),
        (b"\xff\xfe\x00", 400),
        (b"[" * 100_000, 400),
        (b'{"card": ' + b"4" * 6000 + b"}", 400),
        (b'{"card": "\\u0000"}', 400),
        (b'{"card": "\\ud800"}', 400),
        (b'{"card": ["4242424242424242"]}', 400),
        (b'{"card": null, "test_card": {}}', 400),
        (b'{"card": "' + b"4" * 3_000_000 + b'"}', 413),
    ],
)
def test_what_is_no_payment_is_refused_and_changes_nothing(client: Client, body: bytes, status: int) -> None:
    ref = open_one()
    answer = client.post(page("pay", ref), body, content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["code"] in ("invalid", "too_large")
    assert (sandbox.fetch_checkout(ref).state, told()) == ("open", [])


def test_odd_forms_are_refused(client: Client) -> None:
    ref = open_one()
    assert client.post(page("pay", ref)).status_code == 400
    assert client.post(page("pay", ref), {"card": "\0" * 50, "test_card": "\0"}).status_code == 400
    odd = client.post(page("pay", ref), b"--x\r\nbroken", content_type="multipart/form-data; boundary=x")
    assert odd.status_code == 400
    assert client.get(page("pay", ref)).status_code == 405


def test_where_there_is_no_sandbox_nothing_is_there(client: Client, settings: Any) -> None:
    ref = open_one()
    for switched in ({"PLAZA_SANDBOX": False}, {"PLAZA_SANDBOX": True, "STRIPE_SECRET_KEY": "sk_live_" + "0" * 24}):
        for name, value in switched.items():
            setattr(settings, name, value)
        assert not sandbox.is_there()
        assert client.get(page("checkout", ref)).status_code == 404
        assert client.post(page("pay", ref), {"card": GOOD}).status_code == 404
        assert client.post(page("confirm", ref), {"approve": "1"}).status_code == 404
        assert client.get(page("portal", "anything")).status_code == 404
        assert client.get("/sandbox/clock").status_code == 404
        assert (
            client.post("/sandbox/clock", {"advance": 5}, content_type="application/json").json()["code"] == "not_found"
        )
    assert SandboxCharge.objects.count() == 0


@on_postgres
def test_six_who_pay_at_once_pay_once() -> None:
    ref = open_one(MONTHLY)
    outcomes = at_once(*[lambda: books.pay(ref=ref, number=GOOD).state] * 6)
    assert outcomes == ["paid"] * 6
    assert (SandboxCharge.objects.count(), SandboxSubscription.objects.count()) == (1, 1)
    assert told() == [
        ("payment.succeeded", ref),
        ("subscription.updated", sandbox.fetch_checkout(ref).subscription),
    ]
