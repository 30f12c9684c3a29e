"""The contract's calls about plans, the membership and payments."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import bearer, make_person, post_json, sign_in
from billing.models import Payment
from billing.tests.money import LEVEL1, MONTHLY, buy, checkout, pay_at_provider

pytestmark = pytest.mark.django_db


def as_(user: User) -> dict:
    return {"headers": bearer(sign_in(user.username).access)}


def get(path: str, user: User | None = None):
    return Client().get(f"/api/v1/{path}", **(as_(user) if user else {}))


def post(path: str, sent, user: User | None = None, key: str = ""):
    headers = {**(as_(user)["headers"] if user else {}), **({"Idempotency-Key": key} if key else {})}
    return post_json(Client(), path, sent, headers=headers)


def test_everybody_sees_the_plans(django_assert_num_queries):
    with django_assert_num_queries(3):
        answer = get("plans")
    plans = {plan["code"]: plan for plan in answer.json()["results"]}

    assert list(plans)[:4] == ["free", "level1", "level2", "premium"]
    assert plans["level1"]["prices"] == [{"amount": 100_000, "currency": "EGP"}]
    monthly = plans[MONTHLY]
    assert (monthly["interval"], monthly["trial_days"], monthly["providers"]) == ("month", 30, ["sandbox"])
    assert {"amount": 499, "currency": "USD"} in monthly["prices"]
    assert plans["free"]["limits"]["rooms_per_12h"] == 1
    assert monthly["limits"]["rooms_per_12h"] is None
    assert plans["free"]["features"] == []


def test_a_payment_from_its_wish_to_its_end(alice):
    answer = post("payments", {"plan": LEVEL1, "provider": "sandbox"}, alice)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["status"], made["amount"]) == ("pending", {"amount": 100_000, "currency": "EGP"})
    assert "/sandbox/checkout/" in made["checkout_url"]

    pay_at_provider(Payment.objects.get(ref=made["id"]))

    found = get(f"payments/{made['id']}", alice).json()
    assert (found["status"], "checkout_url" in found) == ("paid", False)
    now = get("membership", alice).json()
    assert (now["plan"], now["status"], now["limits"]["rooms_per_12h"]) == ("level1", "active", 3)
    assert now["used"] == {"rooms_per_12h": 0}
    assert [grant["source"] for grant in now["grants"]] == ["payment"]
    assert [row["id"] for row in get("payments", alice).json()["results"]] == [made["id"]]


def test_who_has_nothing_is_free(alice):
    now = get("membership", alice).json()

    assert (now["plan"], now["status"], now["ends_at"], now["grants"]) == ("free", "free", None, [])


def test_cancelling(alice):
    assert post("membership/cancel", {"when": "now"}, alice).json()["code"] == "no_subscription"
    buy(alice, MONTHLY)

    assert post("membership/cancel", {"when": "period_end"}, alice).json()["status"] == "cancelling"
    assert post("membership/cancel", {"when": "soon"}, alice).status_code == 400
    assert post("membership/cancel", {"when": "now"}, alice).json()["status"] == "ended"


def test_the_same_key_is_the_same_answer(alice):
    sent = {"plan": LEVEL1, "provider": "sandbox"}
    first, again = (post("payments", sent, alice, key="abc").json() for _ in range(2))

    assert first == again
    assert post("payments", {**sent, "plan": "level2"}, alice, key="abc").status_code == 409
    assert post("payments", sent, alice, key="x" * 201).json()["fields"].keys() == {"Idempotency-Key"}


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({}, 400, "plan"),
        ({"plan": "free", "provider": "sandbox"}, 400, "plan"),
        ({"plan": "nothing", "provider": "sandbox"}, 400, "plan"),
        ({"plan": "\0", "provider": "sandbox"}, 400, "plan"),
        ({"plan": LEVEL1, "provider": "sandbox", "currency": "USD"}, 400, "currency"),
        ({"plan": LEVEL1, "provider": "sandbox", "currency": "egp"}, 400, "currency"),
        ({"plan": LEVEL1, "provider": "stripe"}, 404, None),
        ({"plan": LEVEL1, "provider": "../x"}, 404, None),
        ({"plan": [1], "provider": {}}, 400, "plan"),
    ],
)
def test_what_cannot_be_bought_is_refused(alice, sent, status, field):
    answer = post("payments", sent, alice)

    assert answer.status_code == status
    assert field is None or field in answer.json()["fields"]
    assert not Payment.objects.exists()


def test_somebody_elses_payment_is_missing(alice, bob):
    payment = checkout(alice)

    for path in (f"payments/{payment.ref}", "payments/1", "payments/nothing"):
        assert get(path, bob).status_code == 404
    assert get("payments", bob).json()["results"] == []
    assert get(f"payments/{payment.ref}").status_code == 401
    assert post(f"payments/{payment.ref}/refunds", {"reason": "x"}, bob).status_code == 404


def test_refunds_are_for_the_staff(alice, dana):
    payment = buy(alice, LEVEL1)
    path = f"payments/{payment.ref}/refunds"
    assert post(path, {"reason": "x"}, alice).status_code == 403

    answer = post(path, {"amount": 400, "reason": "Late"}, dana, key="r1")
    assert (answer.status_code, answer.json()["amount"]["amount"]) == (201, 400)
    assert post(path, {"amount": 400, "reason": "Late"}, dana, key="r1").json()["id"] == answer.json()["id"]
    assert post(path, {"amount": 10**30}, dana).status_code == 400
    assert post(path, {"amount": 100_001}, dana).json()["code"] == "refund_too_large"
    assert post("payments/none/refunds", {}, dana).status_code == 404


def test_a_lists_queries_do_not_grow(django_assert_num_queries):
    payer = make_person("payer")
    for _ in range(3):
        checkout(payer, LEVEL1)
    headers = as_(payer)
    client = Client()
    client.get("/api/v1/payments", **headers)
    with django_assert_num_queries(2):
        client.get("/api/v1/payments", **headers)
