"""What arrives at /webhooks/stripe/: signed with the secret of our endpoint, of late, about something of ours."""

import time

import pytest

from billing.models import Fulfilment, Grant, InboundEvent, Payment
from billing.tests.fake_stripe import SECRET, body_of, signature
from billing.tests.money import LEVEL1, MONTHLY, process_all
from billing.tests.stripe_money import DOOR, arrive, checkout, take_events, tampered

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(stripe, alice):
    """Of a checkout that was paid; nobody has told us yet."""
    payment = checkout(alice, LEVEL1)
    stripe.pay(payment.provider_ref)
    return next(one for one in take_events(stripe) if one["type"] == "checkout.session.completed")


def test_it_is_stored_as_it_came_and_leads_to_the_payment(event):
    assert arrive(event).status_code == 200

    row = InboundEvent.objects.get()
    assert (row.event_id, row.type, row.subject) == (event["id"], "checkout.session.completed", "checkout")
    assert bytes(row.body) == body_of(event)
    process_all()
    assert Payment.objects.get().state == "paid"


@pytest.mark.parametrize("wrong", ["tampered", "stale", "wrong secret", "other endpoint", "none", "old scheme"])
def test_forged_and_old_ones_are_refused(event, wrong):
    forged = {
        "tampered": {"body": tampered(event)},
        "stale": {"at": int(time.time()) - 301},
        "wrong secret": {"secret": "whsec_guessed"},
        "other endpoint": {"secret": "whsec_ofAnotherEndpointOfTheSameAccount"},
    }
    if wrong in forged:
        answer = arrive(event, **forged[wrong])
    else:
        only_v0 = signature(body_of(event), SECRET).replace("v1=", "v0=")
        headers = {"Stripe-Signature": only_v0} if wrong == "old scheme" else {}
        answer = DOOR.post("/webhooks/stripe/", body_of(event), content_type="application/json", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    process_all()
    assert not InboundEvent.objects.exists()
    assert not Fulfilment.objects.exists()
    assert Payment.objects.get().state == "pending"


@pytest.mark.parametrize("header", ["t=1,v1=é", "t=,v1=", "v1=00", "t=x,v1=00", "t=" + "9" * 400 + ",v1=0", ",", "t"])
def test_odd_signatures_are_refused(event, header):
    sent = {"Stripe-Signature": header.encode().decode("latin-1")}

    answer = DOOR.post("/webhooks/stripe/", body_of(event), content_type="application/json", headers=sent)

    assert answer.status_code == 400


def test_while_a_secret_is_rolled_one_of_several_signatures_has_to_be_right(event):
    other = signature(body_of(event), "whsec_old").partition("v1=")[2].partition(",")[0]
    at, right = signature(body_of(event), SECRET).split(",")[:2]

    sent = {"Stripe-Signature": f"{at},v1={other},{right}"}

    assert DOOR.post("/webhooks/stripe/", body_of(event), content_type="text/plain", headers=sent).status_code == 200


def test_without_a_secret_nothing_is_believed(event, settings):
    settings.STRIPE_WEBHOOK_SECRET = ""

    assert arrive(event, secret="").status_code == 400


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"null", b'{"id": 1, "type": "x"}', b"\xff", b"[" * 5000])
def test_what_cannot_be_read_is_refused_however_well_it_is_signed(stripe, raw):
    sent = {"Stripe-Signature": signature(raw, SECRET)}

    assert DOOR.post("/webhooks/stripe/", raw, content_type="application/json", headers=sent).status_code == 400
    assert not InboundEvent.objects.exists()


def test_what_does_not_concern_us_is_stored_and_left_alone(stripe, event):
    """Another shop in the same account, and types that we do not look at."""
    event["data"]["object"]["metadata"] = {}
    others = [
        event,
        {"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {"id": "cus_1"}}},
        {"id": "evt_2", "object": "v2.core.event", "type": "v2.core.account.updated", "related_object": {}},
        {"id": "evt_3", "object": "event", "type": "invoice.paid", "data": {"object": {"id": "in_1", "parent": None}}},
    ]
    stripe.asked.clear()

    assert [arrive(one).status_code for one in others] == [200] * 4

    process_all()
    assert set(InboundEvent.objects.values_list("subject", "state")) == {("", "done")}
    assert not stripe.asked


def test_every_kind_leads_to_where_to_look(stripe, alice, dana):
    from billing.tests.stripe_money import buy, subscription_of

    buy(stripe, alice, MONTHLY)
    stripe.pass_days(31)

    for one in take_events(stripe):
        assert arrive(one).status_code == 200

    found = set(InboundEvent.objects.exclude(subject="").values_list("type", "subject", "subject_ref"))
    ref = subscription_of(alice).provider_ref
    assert found >= {
        ("checkout.session.completed", "checkout", Payment.objects.get(kind="checkout").provider_ref),
        ("customer.subscription.created", "subscription", ref),
        ("customer.subscription.updated", "subscription", ref),
        ("invoice.paid", "subscription", ref),
    }
    process_all()
    assert Grant.objects.count() == 1
