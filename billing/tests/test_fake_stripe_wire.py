"""The fake Stripe over the wire: forms, expansion, pages, keys and errors as Stripe has them."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from billing.tests.fake_stripe import KEY, FakeStripe
from billing.tests.fake_stripe.shapes import API_VERSION
from billing.tests.fake_stripe.wire import decode


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    one = FakeStripe()
    yield one
    one.close()


def ask(fake: FakeStripe, method: str, path: str, form: str = "", **headers: str) -> tuple[int, Any, Any]:
    sent = {"Authorization": f"Bearer {KEY}", "Stripe-Version": API_VERSION}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    raw = form.encode() if method == "POST" else None
    asked = urllib.request.Request(f"{fake.url}/v1/{path}", raw, sent, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, json.loads(answer.read()), answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read()), refused.headers


def test_nested_forms_are_read():
    sent = "items[0][price]=a&items[1][price]=b&expand[]=x&expand[]=y.z&metadata[k]=%5B&cancel_at="

    assert decode(sent) == {
        "items": [{"price": "a"}, {"price": "b"}],
        "expand": ["x", "y.z"],
        "metadata": {"k": "["},
        "cancel_at": "",
    }


def test_the_same_key_is_the_same_thing_and_with_other_parameters_an_error(fake):
    first = ask(fake, "POST", "customers", "email=a@b.example", Idempotency_Key="one")
    again = ask(fake, "POST", "customers", "email=a@b.example", Idempotency_Key="one")
    other = ask(fake, "POST", "customers", "email=c@d.example", Idempotency_Key="one")

    assert first[1] == again[1]
    assert (first[2]["Idempotent-Replayed"], again[2]["Idempotent-Replayed"]) == (None, "true")
    assert (other[0], other[1]["error"]["type"]) == (400, "idempotency_error")
    assert len({answer[2]["Request-Id"] for answer in (first, again, other)}) == 3


def test_what_failed_its_checks_is_not_kept_under_its_key(fake):
    wrong = ask(fake, "POST", "customers", "mail=a@b.example", Idempotency_Key="two")
    right = ask(fake, "POST", "customers", "email=a@b.example", Idempotency_Key="two")

    assert (wrong[0], wrong[1]["error"]["code"], wrong[1]["error"]["param"]) == (400, "parameter_unknown", "mail")
    assert right[0] == 200


@pytest.mark.parametrize(
    ("path", "headers", "status", "kind"),
    [
        ("customers/cus_none", {}, 404, "invalid_request_error"),
        ("nowhere", {}, 404, "invalid_request_error"),
        ("account", {"Authorization": "Bearer sk_test_x"}, 401, "invalid_request_error"),
        ("account", {"Stripe_Version": "2020-08-27"}, 400, "invalid_request_error"),
        ("invoices?expand[]=data.a.b.c.d", {}, 400, "invalid_request_error"),
        ("refunds", {}, 400, "invalid_request_error"),
    ],
)
def test_errors_have_stripes_form(fake, path, headers, status, kind):
    answer = ask(fake, "GET", path, **headers)

    assert (answer[0], answer[1]["error"]["type"]) == (status, kind)
    assert answer[1]["error"]["message"]


def test_lists_come_in_pages_the_newest_first(fake):
    for number in range(3):
        form = f"currency=egp&unit_amount={number + 1}&product_data[name]=x&lookup_key=page-{number}"
        ask(fake, "POST", "prices", form, Idempotency_Key=f"page-{number}")

    first = ask(fake, "GET", "prices?limit=2")[1]
    second = ask(fake, "GET", f"prices?limit=2&starting_after={first['data'][-1]['id']}")[1]

    assert [one["unit_amount"] for one in first["data"]] == [3, 2]
    assert (first["has_more"], first["url"]) == (True, "/v1/prices")
    assert [one["unit_amount"] for one in second["data"]] == [1]
    assert not second["has_more"]


def test_a_lookup_key_is_had_by_one_price(fake):
    form = "currency=egp&unit_amount=5&product_data[name]=x&lookup_key=once"
    ask(fake, "POST", "prices", form, Idempotency_Key="once-1")

    assert ask(fake, "POST", "prices", form, Idempotency_Key="once-2")[0] == 400
    assert ask(fake, "POST", "prices", f"{form}&transfer_lookup_key=true", Idempotency_Key="once-3")[0] == 200
    assert len(ask(fake, "GET", "prices?lookup_keys[]=once")[1]["data"]) == 1


def test_a_field_is_expanded_and_what_cannot_be_is_refused(fake):
    ask(fake, "POST", "prices", "currency=egp&unit_amount=5&product_data[name]=x", Idempotency_Key="one")
    made = ask(fake, "GET", "prices?limit=1&expand[]=data.product")[1]["data"][0]
    assert made["product"]["object"] == "product"

    assert ask(fake, "GET", "prices?limit=1&expand[]=data.unit_amount")[0] == 400
