"""What arrives at /webhooks/: signed by who knows the secret, stored once, refused otherwise."""

import time

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import actions, schedule
from billing.actions.events import AT_ONCE
from billing.models import Grant, InboundEvent, Payment
from billing.tests.money import arrive, body, checkout, pay_at_provider, process_all, tell_all
from core import work
from core.errors import NotFound

pytestmark = pytest.mark.django_db
EVENT = body("payment.succeeded", "cs_" + "a" * 24)


def test_a_copy_is_taken_and_stored_once() -> None:
    assert [arrive(EVENT).status_code for _ in range(3)] == [200, 200, 200]

    row = InboundEvent.objects.get()
    assert (row.copies, bytes(row.body), row.subject) == (3, EVENT, "checkout")
    assert set(row.headers) <= {"content-type", "user-agent", "date"}


@pytest.mark.parametrize(
    "forged",
    [
        {"signed": EVENT + b" "},
        {"at": int(time.time()) - 3600},
        {"at": int(time.time()) + 3600},
    ],
)
def test_tampered_and_stale_ones_are_refused(forged) -> None:
    answer = arrive(EVENT, **forged)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("signature", ["", "t=,v1=", "t=1,v1=zz", "v1=00", "t=1,t=2,v1=00", "\x00", "t=" + "9" * 400])
def test_odd_signatures_are_refused(signature) -> None:
    answer = Client().post(
        "/webhooks/sandbox/", EVENT, content_type="text/plain", headers={"Plaza-Signature": signature}
    )

    assert answer.status_code == 400


def test_a_signature_with_another_secret_is_refused(settings) -> None:
    settings.SANDBOX_WEBHOOK_SECRET = "another"
    from billing.sandbox import webhooks

    forged = webhooks.sign(EVENT, int(time.time()))
    settings.SANDBOX_WEBHOOK_SECRET = "ours"

    answer = Client().post("/webhooks/sandbox/", EVENT, content_type="text/plain", headers={"Plaza-Signature": forged})

    assert answer.status_code == 400


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"\xff\xfe", b'{"id": 1}', b"1e999", b"[" * 5000, b"null"])
def test_what_cannot_be_read_is_refused_however_well_it_is_signed(raw) -> None:
    assert arrive(raw).status_code == 400
    assert not InboundEvent.objects.exists()


def test_too_large_is_refused_before_it_is_read() -> None:
    assert arrive(b'{"id": "' + b"x" * 300_000 + b'"}').status_code == 413


@pytest.mark.parametrize("provider", ["stripe", "razorpay", "nobody", "__init__", "..", "SANDBOX"])
def test_a_provider_without_keys_is_not_there(provider) -> None:
    assert Client().post(f"/webhooks/{provider}/", EVENT, content_type="application/json").status_code == 404


def test_only_posting_is_possible() -> None:
    assert Client().get("/webhooks/sandbox/").status_code == 405


def test_where_there_is_no_sandbox_its_path_is_not_there(settings) -> None:
    settings.PLAZA_SANDBOX = False

    assert arrive(EVENT).status_code == 404
    with pytest.raises(NotFound):
        actions.take_event(provider="sandbox", raw=EVENT, headers={})


def test_events_in_any_order_and_number_come_to_the_same(alice: User) -> None:
    payment = checkout(alice, "plaza_premium_monthly")
    pay_at_provider(payment)

    tell_all(copies=3, reverse=True)
    process_all()

    assert Grant.objects.filter(user=alice).count() == 1


def test_a_length_that_is_none_is_no_server_error():
    answer = Client().post("/webhooks/sandbox/", EVENT, content_type="text/plain", headers={"Content-Length": "x"})

    assert answer.status_code == 400


def test_many_events_about_one_payment_are_one_question(alice, django_assert_max_num_queries):
    """A provider tells several things of one checkout: where to look is the same."""
    payment = checkout(alice)
    pay_at_provider(payment)
    for number in range(8):
        assert arrive(body("payment.succeeded", payment.provider_ref, f"evt_{number}")).status_code == 200

    with django_assert_max_num_queries(40) as told:
        actions.process_events()

    asked = [one["sql"] for one in told.captured_queries if 'FROM "billing_sandboxcheckout"' in one["sql"]]
    assert len(asked) == 1
    assert set(InboundEvent.objects.values_list("state", "attempts", "error")) == {("done", 1, "")}
    assert Payment.objects.get().state == "paid"


def test_an_event_that_cannot_be_looked_into_keeps_no_other_one_waiting(alice, bob, settings):
    """The provider of the first one is not there any more; that of the second one is."""
    lost = InboundEvent.objects.create(provider="stripe", event_id="evt_0", subject="checkout", subject_ref="cs_0")
    Payment.objects.filter(pk=checkout(bob).pk).update(provider="stripe", provider_ref="cs_0")
    payment = checkout(alice)
    pay_at_provider(payment)
    arrive(body("payment.succeeded", payment.provider_ref))

    actions.process_events()

    payment.refresh_from_db()
    lost.refresh_from_db()
    assert (payment.state, lost.state) == ("paid", "waiting")
    assert lost.due_at > timezone.now()


def test_a_worker_takes_some_and_leaves_the_rest_to_the_next(alice):
    for number in range(AT_ONCE + 3):
        arrive(body("payment.succeeded", "cs_" + "0" * 24, f"evt_{number}"))

    actions.process_events()

    assert InboundEvent.objects.filter(attempts=1).count() == AT_ONCE
    actions.process_events()
    assert InboundEvent.objects.filter(attempts=1).count() == AT_ONCE + 3


def test_an_event_whose_task_was_lost_is_looked_into_by_the_sweep(alice, worker, django_capture_on_commit_callbacks):
    payment = checkout(alice)
    pay_at_provider(payment)
    arrive(body("payment.succeeded", payment.provider_ref))
    InboundEvent.objects.update(due_at=timezone.now() - work.GRACE)

    with django_capture_on_commit_callbacks(execute=True):
        schedule.sweep_money()
    worker()

    payment.refresh_from_db()
    assert (InboundEvent.objects.get().state, payment.state) == ("done", "paid")
