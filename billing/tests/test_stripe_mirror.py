"""What Stripe told is kept for reading: whole, once, never older than it was, and without asking Stripe."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.gateway import stripe_mirror
from billing.tests import stripe_objects as stripe
from rooms.tests.threads import at_once, on_postgres

KEPT = {
    "Product": "prod_1",
    "Price": "price_1",
    "Customer": "cus_1",
    "Subscription": "sub_1",
    "SubscriptionItem": "si_1",
    "PaymentIntent": "pi_1",
    "Charge": "ch_1",
    "Invoice": "in_1",
    "Refund": "re_1",
    "Session": "cs_test_1",
}


@pytest.fixture(autouse=True)
def asked(monkeypatch) -> Iterator[list[str]]:
    """Stripe, as far as the SDK knows: what was asked of it, and it knows nothing. Nothing is to be asked."""
    questions: list[str] = []

    class Nobody(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            questions.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_POST = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nobody)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(import_module("stripe"), "api_base", f"http://127.0.0.1:{server.server_port}")
    yield questions
    server.shutdown()
    server.server_close()
    assert questions == []


def model(name: str) -> Any:
    return apps.get_model("djstripe", name)


def row(name: str) -> Any:
    return model(name).objects.get(id=KEPT[name])


def everything() -> dict[str, Any]:
    """All that is kept, without the numbers of rows and when they were written."""
    return {
        f"{name} {found['id']}": {
            key: bool(value) if key.endswith("_id") and isinstance(value, int) else value
            for key, value in found.items()
            if not key.startswith("djstripe_")
        }
        for name in KEPT
        for found in model(name).objects.values()
    }


@pytest.mark.django_db
def test_a_life_is_kept_and_hangs_together():
    assert stripe_mirror.keep(stripe.a_life()) == len(KEPT)
    assert {name: row(name).id for name in KEPT} == KEPT
    assert row("Price").product == row("Product")
    assert row("SubscriptionItem").price == row("Price")
    assert row("SubscriptionItem").subscription == row("Subscription")
    assert row("Subscription").customer == row("Customer")
    assert row("Invoice").subscription == row("Subscription"), "which is not where it was before 2025"
    assert row("Invoice").payment_intent == row("Charge").payment_intent == row("PaymentIntent")
    assert row("Refund").charge == row("Charge")
    assert row("Session").subscription == row("Subscription")
    assert row("Invoice").stripe_data["hosted_invoice_url"] == stripe.invoice()["hosted_invoice_url"]
    assert row("Invoice").stripe_data["lines"] == stripe.invoice()["lines"], "all of it, though no rows of their own"
    assert row("Product").name == "Plus"
    assert str(row("Charge").amount) == "99.00"


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_in_any_order_it_is_the_same(seed):
    stripe_mirror.keep(stripe.a_life())
    first = everything()
    for name in reversed(KEPT):
        model(name).objects.all().delete()
    shuffled = stripe.a_life()
    random.Random(seed).shuffle(shuffled)
    stripe_mirror.keep(shuffled)
    assert everything() == first


@pytest.mark.django_db
def test_one_by_one_in_the_order_in_which_they_come_up_it_is_kept_too():
    """A checkout names a customer, a subscription and an invoice that nobody has fetched yet."""
    for one in stripe.a_life():
        stripe_mirror.keep([one])
    assert {name: row(name).id for name in KEPT} == KEPT
    assert row("Session").subscription == row("Invoice").subscription == row("Subscription")
    assert row("Subscription").stripe_data["status"] == "active", "though it was told of after it was named"


@pytest.mark.django_db
def test_who_somebody_is_and_what_opens_a_door_is_not_kept():
    life = [
        *stripe.a_life(),
        stripe.session(customer_details={"email": "alice@plaza.example", "name": "Alice"}, client_secret="cs_secret"),
        stripe.charge(billing_details={"name": "Alice"}, receipt_email="alice@plaza.example"),
    ]
    stripe_mirror.keep(life)
    written = json.dumps(everything(), default=str)
    for private in ("alice", "Alice", "Jenny Rosen", "_secret"):
        assert private not in written


@pytest.mark.django_db
def test_no_key_of_ours_is_written_down(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_" + "9" * 30
    stripe_mirror.keep(stripe.a_life())
    keys = list(model("APIKey").objects.values_list("secret", "type"))
    assert keys in ([], [(stripe_mirror.NO_KEY, "publishable")])


@pytest.mark.django_db
def test_the_same_again_writes_nothing_but_the_time(django_assert_max_num_queries):
    stripe_mirror.keep(stripe.a_life())
    before = everything()
    with CaptureQueriesContext(connection) as asked_for:
        assert stripe_mirror.keep(stripe.a_life()) == len(KEPT)
    written = [one["sql"] for one in asked_for if one["sql"].split()[0] in ("INSERT", "DELETE")]
    assert written == []
    assert len(asked_for) <= 24
    assert everything() == before


@pytest.mark.django_db
def test_a_whole_life_is_a_bounded_number_of_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(180):
        stripe_mirror.keep(stripe.a_life())


@pytest.mark.django_db
def test_what_is_newer_replaces_what_is_older_and_never_the_other_way_round():
    now = timezone.now()
    earlier, later = now - timedelta(seconds=2), now + timedelta(seconds=2)

    def status() -> str:
        return str(row("Subscription").stripe_data["status"])

    assert stripe_mirror.keep([stripe.subscription(status="active")], asked_at=now) == 3
    assert stripe_mirror.keep([stripe.subscription(status="canceled")], asked_at=later) == 3
    assert status() == "canceled"
    assert stripe_mirror.keep([stripe.subscription(status="active")], asked_at=earlier) == 0
    assert stripe_mirror.keep([stripe.subscription(status="active")], asked_at=now) == 0
    assert status() == "canceled"
    assert stripe_mirror.keep([stripe.subscription(status="canceled")], asked_at=later + timedelta(seconds=9)) == 3
    assert stripe_mirror.keep([stripe.subscription(status="active")], asked_at=later + timedelta(seconds=8)) == 0
    assert status() == "canceled", "seen unchanged later, it is as of then"


@pytest.mark.django_db
def test_of_what_only_the_name_is_known_a_row_says_no_more_until_it_is_told():
    stripe_mirror.keep([stripe.invoice(payments=None)])
    assert row("Customer").stripe_data == row("Subscription").stripe_data == {}
    assert row("Invoice").subscription.customer == row("Customer")
    assert not model("PaymentIntent").objects.exists()
    old = timezone.now() - timedelta(days=365)
    stripe_mirror.keep([stripe.subscription(customer=stripe.customer())], asked_at=old)
    assert row("Customer").stripe_data["id"] == "cus_1"
    assert row("Subscription").stripe_data["status"] == "active"


@pytest.mark.django_db
def test_a_refund_that_names_only_the_payment_intent_finds_its_charge():
    stripe_mirror.keep([stripe.charge(), stripe.payment_intent()])
    stripe_mirror.keep([stripe.refund(charge=None, payment_intent="pi_1")])
    assert row("Refund").charge == row("Charge")


@pytest.mark.django_db
def test_what_cannot_be_kept_stops_nothing_else():
    nobody_knows_why = stripe.refund(id="re_9", charge=None, payment_intent="pi_9")
    strange = stripe.charge(id="ch_9", status=["not", "a", "word"], currency=None, amount="much")
    assert stripe_mirror.keep([nobody_knows_why, strange, *stripe.a_life()]) == len(KEPT)
    assert not model("Refund").objects.filter(id="re_9").exists()
    assert stripe_mirror.keep([]) == stripe_mirror.keep([{"object": "balance"}, {"object": "event", "data": {}}]) == 0


@pytest.mark.django_db
def test_a_customer_who_is_gone_there_says_so():
    stripe_mirror.keep([stripe.customer()])
    stripe_mirror.keep([{"id": "cus_1", "object": "customer", "deleted": True}])
    assert row("Customer").deleted is True


@pytest.mark.django_db
def test_the_sdks_own_objects_are_taken():
    made = import_module("stripe").StripeObject.construct_from(stripe.subscription(), "sk_test_none")
    assert stripe_mirror.keep([made]) == 3
    assert row("SubscriptionItem").price == row("Price")


@pytest.mark.django_db
def test_numbers_that_stripe_writes_as_text_are_text():
    """The SDK makes Decimals of them."""
    assert stripe_mirror.keep([stripe.price(unit_amount_decimal=Decimal("2000.5"))]) == 1
    assert row("Price").stripe_data["unit_amount_decimal"] == "2000.5"


@pytest.mark.django_db
def test_a_nul_is_left_out():
    """PostgreSQL has no room for it."""
    assert stripe_mirror.keep([stripe.product(name="Pl\0us")]) == 1
    assert row("Product").name == "Plus"


@on_postgres
def test_five_copies_at_once_on_a_cold_mirror_are_one():
    now = timezone.now()
    outcomes = at_once(*[partial(stripe_mirror.keep, stripe.a_life(), asked_at=now) for _ in range(5)])
    assert outcomes == [len(KEPT)] * 5
    assert {name: row(name).id for name in KEPT} == KEPT
    assert sum(model(name).objects.count() for name in KEPT) == len(KEPT)


@on_postgres
@pytest.mark.parametrize("seed", range(3))
def test_of_many_at_once_the_latest_question_stands(seed):
    now = timezone.now()
    calls = [
        partial(
            stripe_mirror.keep,
            [stripe.subscription(metadata={"asked": str(number)})],
            asked_at=now + timedelta(seconds=number),
        )
        for number in range(8)
    ]
    random.Random(seed).shuffle(calls)
    at_once(*calls)
    assert row("Subscription").stripe_data["metadata"] == row("Subscription").metadata == {"asked": "7"}
    assert row("Subscription").djstripe_updated == now + timedelta(seconds=7)
