"""Money with several hands on it at once: real threads on PostgreSQL."""

import random
import time
from collections import Counter
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ADDRESS, bearer, make_alice, make_person, post_json, sign_in
from billing import actions
from billing.models import (
    Fulfilment,
    Grant,
    InboundEvent,
    Payment,
    Refund,
    SandboxCheckout,
    SandboxRefund,
    SandboxWebhook,
    Subscription,
)
from billing.tests.money import (
    LEVEL1,
    MONTHLY,
    arrive,
    body,
    buy,
    checkout,
    offer,
    pay_at_provider,
    process_all,
    subscription_of,
)
from core.models import Mail
from rooms.tests.test_races import kinds
from rooms.tests.threads import ON_POSTGRES, at_once

pytestmark = ON_POSTGRES


@pytest.fixture
def alice() -> User:
    return make_alice()


def paid(payment: Payment) -> Payment:
    pay_at_provider(payment)
    return payment


def test_copies_of_one_event_at_once_are_stored_once(alice):
    payment = paid(checkout(alice))
    told = body("payment.succeeded", payment.provider_ref)

    outcomes = at_once(*[partial(arrive, told) for _ in range(10)])

    assert kinds(outcomes) == {"HttpResponse": 10}
    assert InboundEvent.objects.get(event_id="evt_1").copies == 10


def test_one_event_looked_into_by_many_at_once_has_one_effect(alice):
    payment = paid(checkout(alice))
    arrive(body("payment.succeeded", payment.provider_ref))

    at_once(*[actions.process_events] * 10)

    assert (Grant.objects.count(), Mail.objects.filter(to=alice.email).count()) == (1, 1)


@pytest.mark.parametrize("code", [LEVEL1, MONTHLY])
def test_webhook_return_page_and_poll_at_once_have_one_effect(alice, code):
    payment = paid(checkout(alice, code))

    at_once(*[partial(actions.settle_payment, payment=payment) for _ in range(10)])
    Fulfilment.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    actions.fulfil(payment_id=payment.pk)

    assert (Grant.objects.count(), Mail.objects.filter(to=alice.email).count()) == (1, 1)
    assert Fulfilment.objects.get().state == "done"


def test_six_refunds_of_half_at_once_are_two(alice):
    payment = buy(alice, LEVEL1)
    staff = make_person("stan", is_staff=True)
    half = partial(
        actions.ask_refund, payment=payment, amount=50_000, reason="", by=staff, address=ADDRESS, effect="keep"
    )

    outcomes = at_once(*[half] * 6)

    assert kinds(outcomes) == {"Refund": 2, "RefundTooLarge": 4}
    at_once(*[partial(actions.send_refund, refund_id=row.pk) for row in Refund.objects.all() for _ in range(3)])
    payment.refresh_from_db()
    assert (payment.refunded, payment.refunding, SandboxRefund.objects.count()) == (100_000, 0, 2)


def test_one_wish_sent_many_times_at_once_is_one_payment(alice):
    wish = partial(
        actions.open_checkout, user=alice, offer=offer(LEVEL1), currency="EGP", provider="sandbox", key="one"
    )

    outcomes = at_once(*[wish] * 10)

    assert kinds(outcomes) == {"Payment": 10}
    assert Payment.objects.count() == 1


def test_a_key_is_one_payment_fifty_times_at_once_and_another_wish_under_it_is_refused(alice):
    headers = bearer(sign_in().access) | {"Idempotency-Key": "one"}
    wish = partial(_post, "payments", {"plan": LEVEL1, "provider": "sandbox"}, headers)

    outcomes = at_once(*[wish] * 50, partial(_post, "payments", {"plan": "level2", "provider": "sandbox"}, headers))

    answers = [outcome for outcome in outcomes if outcome[0] == 201]
    assert Payment.objects.count() == SandboxCheckout.objects.count() == 1
    assert sorted({status for status, _ in outcomes}) == [201, 409]
    assert len({told["id"] for _, told in answers}) == 1
    refused = [told["code"] for status, told in outcomes if status == 409]
    assert set(refused) == {"idempotency_conflict"}
    assert len(refused) in (1, 50), "whoever came first has the key"


def test_a_key_is_one_refund_fifty_times_at_once_and_another_amount_under_it_is_refused(alice):
    payment = buy(alice, LEVEL1)
    make_person("stella", is_staff=True, is_superuser=True)
    headers = bearer(sign_in("stella").access) | {"Idempotency-Key": "one"}
    wish = partial(_post, f"payments/{payment.ref}/refunds", {"amount": 700, "reason": "Late"}, headers)

    outcomes = at_once(*[wish] * 50)

    assert {status for status, _ in outcomes} == {201}
    assert len({told["id"] for _, told in outcomes}) == 1
    assert Refund.objects.get().amount == 700
    other = _post(f"payments/{payment.ref}/refunds", {"amount": 800, "reason": "Late"}, headers)
    assert (other[0], other[1]["code"]) == (409, "idempotency_conflict")
    payment.refresh_from_db()
    assert (payment.refunded + payment.refunding, Refund.objects.count()) == (700, 1)


@pytest.mark.parametrize("code", [LEVEL1, MONTHLY])
def test_a_storm_of_webhooks_is_applied_once_or_refused(alice, code):
    """Each event five times at once and shuffled, forged and stale ones among them, while others ask as well."""
    payment = paid(checkout(alice, code))
    bodies = [row.body.encode() for row in SandboxWebhook.objects.all()]
    good = [partial(arrive, told) for told in bodies for _ in range(5)]
    forged = [partial(arrive, told, signed=told + b" ") for told in bodies for _ in range(5)]
    stale = [partial(arrive, told, at=int(time.time()) - 3600) for told in bodies for _ in range(5)]
    asking = [partial(actions.settle_payment, payment=payment) for _ in range(3)]
    storm = [*good, *forged, *stale]
    random.Random(code).shuffle(storm)

    outcomes = at_once(*storm, *asking)

    statuses = Counter(answer.status_code for answer in outcomes if hasattr(answer, "status_code"))
    assert statuses == {200: len(good), 400: len(forged) + len(stale)}
    assert InboundEvent.objects.count() == len(bodies)
    assert sum(InboundEvent.objects.values_list("copies", flat=True)) == len(good)
    at_once(*[partial(process_all) for _ in range(5)])
    assert (Grant.objects.count(), Mail.objects.filter(to=alice.email).count()) == (1, 1)
    assert set(InboundEvent.objects.values_list("state", flat=True)) == {"done"}


def _post(path, sent, headers):
    """Whoever finds all connections of the pool taken for too long is told to come again, and does."""
    answer = post_json(Client(), path, sent, headers=headers)
    while answer.status_code == 503:
        answer = post_json(Client(), path, sent, headers=headers)
    return answer.status_code, answer.json()


def test_a_subscription_heard_of_by_many_at_once_is_whole(alice):
    buy(alice, MONTHLY)
    row = subscription_of(alice)

    at_once(
        *[partial(actions.hear_subscription, subscription=row) for _ in range(8)],
        partial(actions.cancel_membership, user=alice, when="now"),
    )
    process_all()

    assert Subscription.objects.get().state == "ended"
    assert Grant.objects.count() == 1
    assert Mail.objects.filter(to=alice.email, name="billing/cancelled").count() == 1
