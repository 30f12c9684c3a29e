"""Stripe's deliveries, and people who look meanwhile, all at once: real threads on PostgreSQL."""

from functools import partial

import pytest
from django.test import Client

from accounts.tests.factories import make_alice, make_bob
from billing import actions, schedule
from billing.models import Grant, InboundEvent, Payment
from billing.tests.money import LEVEL1, MONTHLY
from billing.tests.stripe_money import arrive, buy, checkout, take_events
from core.models import Mail
from rooms.tests.test_races import kinds
from rooms.tests.threads import ON_POSTGRES, at_once

pytestmark = ON_POSTGRES


@pytest.fixture
def alice():
    return make_alice()


@pytest.mark.parametrize("code", [LEVEL1, MONTHLY])
@pytest.mark.parametrize("warm", [False, True])
def test_each_event_five_times_at_once_is_one_grant_and_one_mail(stripe, alice, code, warm):
    if warm:  # others have paid here before
        buy(stripe, make_bob(), code)
    payment = checkout(alice, code)
    stripe.pay(payment.provider_ref)
    events = take_events(stripe)

    outcomes = at_once(*[partial(arrive, one) for one in events for _copy in range(5)])
    assert kinds(outcomes) == {"HttpResponse": 5 * len(events)}
    rows = InboundEvent.objects.filter(event_id__in=[one["id"] for one in events])
    assert {row.copies for row in rows} == {5}
    at_once(*[actions.process_events] * 5 * len(rows))

    assert Grant.objects.filter(user=alice).count() == 1
    assert Mail.objects.filter(to=alice.email).count() == 1
    assert not rows.filter(state="failed").exists()


@pytest.mark.parametrize("code", [LEVEL1, MONTHLY])
def test_webhook_return_page_poll_and_schedule_at_once_are_one(stripe, alice, code):
    payment = checkout(alice, code)
    stripe.pay(payment.provider_ref)
    for event in take_events(stripe):
        arrive(event)
    visitors = [Client() for _one in range(4)]
    for visitor in visitors:
        visitor.force_login(alice)
    page, poll = f"/payments/{payment.ref}/", f"/api/v1/payments/{payment.ref}"

    outcomes = at_once(
        *[actions.process_events] * InboundEvent.objects.count(),
        *[partial(visitor.get, page) for visitor in visitors[:2]],
        *[partial(visitor.get, poll) for visitor in visitors[2:]],
        schedule.ask_providers,
    )

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert Payment.objects.get().state == "paid"
    actions.fulfil(payment_id=payment.pk)
    assert (Grant.objects.count(), Mail.objects.filter(to=alice.email).count()) == (1, 1)


def test_one_wish_sent_many_times_at_once_is_one_session(stripe, alice):
    outcomes = at_once(*[partial(checkout, alice, LEVEL1, key="one")] * 6)

    assert set(kinds(outcomes)) <= {"Payment", "ProviderAway"}, "who comes while it is being made may be told to wait"
    assert len(stripe.books.all("checkout.session")) == len(stripe.books.all("customer")) == 1
    assert Payment.objects.get().provider_ref
