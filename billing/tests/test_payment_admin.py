"""The pages of the staff about money: what they show, and what is done there."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.tests.factories import ADDRESS, make_charlie
from billing.models import Fulfilment, Grant, InboundEvent, Offer, Payment, Price, Refund, Subscription
from billing.tests.factories import give
from billing.tests.money import LEVEL1, MONTHLY, buy, checkout, offer, subscription_of
from billing.tests.test_admin import act, browser_of, said

pytestmark = pytest.mark.django_db
PAYMENTS, SUBSCRIPTIONS, REFUNDS, EVENTS, OFFERS = (
    f"/admin/billing/{name}/" for name in ("payment", "subscription", "refund", "inboundevent", "offer")
)
GRANTS = "/admin/billing/grant/"


@pytest.fixture(autouse=True)
def sandbox(settings) -> None:
    settings.PLAZA_SANDBOX = True


def fresh(payment: Payment) -> Payment:
    return Payment.objects.get(pk=payment.pk)


def refund(client: Client, payment: Payment, *, sure: bool = True, **given: str):
    asked = {"amount": "", "reason": "Sorry", "effect": "", "key": "k1", **given}
    return act(client, PAYMENTS, "refund", payment, sure=sure, **asked)


def found(client: Client, path: str, **query: str) -> list[str]:
    return [str(row) for row in client.get(path, query).context["cl"].result_list]


# --- What they show


@pytest.mark.parametrize("who", ["dana", "stan"])
def test_nothing_is_added_changed_or_deleted_but_by_an_act(request, who, alice):
    buy(alice, MONTHLY)
    buy(alice, LEVEL1).refunds.create(amount=1, effect="keep")
    client = browser_of(request.getfixturevalue(who))
    rows = {
        PAYMENTS: Payment,
        SUBSCRIPTIONS: Subscription,
        REFUNDS: Refund,
        EVENTS: InboundEvent,
        OFFERS: Offer,
    }
    for path, model in rows.items():
        row = model.objects.first()
        assert client.get(path).status_code == client.get(f"{path}{row.pk}/change/").status_code == 200
        for page in ("add/", f"{row.pk}/delete/", f"{row.pk}/change/"):
            assert client.post(f"{path}{page}", {"state": "paid", "post": "yes"}).status_code == 403


def test_for_people_who_are_no_staff_there_is_nothing(alice):
    for path in (PAYMENTS, SUBSCRIPTIONS, REFUNDS, EVENTS, OFFERS):
        assert browser_of(alice).get(path).status_code == 404


def test_the_lists_are_constant_queries(dana, alice, bob, django_assert_max_num_queries):
    client, charlie = browser_of(dana), make_charlie()
    for user in (alice, bob):
        buy(user, LEVEL1).refunds.create(amount=1, effect="keep")
        buy(user, MONTHLY)
    paths = {PAYMENTS: 8, SUBSCRIPTIONS: 8, REFUNDS: 7, EVENTS: 8, OFFERS: 7}
    for path in paths:
        client.get(path)
    buy(charlie, MONTHLY)
    buy(charlie, LEVEL1).refunds.create(amount=1, effect="keep")
    for path, most in paths.items():
        with django_assert_max_num_queries(most):
            client.get(path)


def test_a_payment_is_found_by_its_references_and_its_person(stan, alice, bob):
    client, payment = browser_of(stan), buy(alice, LEVEL1)
    buy(bob, LEVEL1)

    for asked in (payment.ref, payment.provider_ref, payment.charge_ref, "alice"):
        assert found(client, PAYMENTS, q=asked) == [payment.ref], asked
    assert found(client, PAYMENTS, q="nobody") == []


def test_payments_are_filtered(stan, alice, bob):
    client = browser_of(stan)
    paid, waiting = buy(alice, LEVEL1), checkout(bob, LEVEL1)
    flagged = buy(bob, "level2")
    Payment.objects.filter(pk=flagged.pk).update(flag="amount", arrived="1 EGP")
    Fulfilment.objects.filter(payment=flagged).delete()

    assert found(client, PAYMENTS, state__exact="pending") == [waiting.ref]
    assert found(client, PAYMENTS, look="flagged") == [flagged.ref]
    assert found(client, PAYMENTS, look="unfulfilled") == [flagged.ref]
    assert len(found(client, PAYMENTS, provider="sandbox")) == 3
    assert found(client, PAYMENTS, provider="stripe") == []
    assert paid.ref in found(client, PAYMENTS, state__exact="paid")


def test_a_payments_page_shows_its_refunds_its_fulfilment_and_what_the_provider_told(stan, alice):
    payment = buy(alice, MONTHLY)
    payment.refunds.create(amount=12_345, effect="keep", reason="Because")

    page = browser_of(stan).get(f"{PAYMENTS}{payment.pk}/change/").content.decode()

    for shown in ("Plaza Premium", "EGP\xa0123.45", "Because", "payment.succeeded", "subscription.updated"):
        assert shown in page, shown


def test_a_subscriptions_page_shows_its_payments(stan, alice):
    payment = buy(alice, MONTHLY)

    page = browser_of(stan).get(f"{SUBSCRIPTIONS}{subscription_of(alice).pk}/change/").content.decode()

    assert payment.ref in page
    assert "Visa 4242" in page


def test_an_event_is_shown_as_it_came_and_nothing_in_it_runs(stan):
    event = InboundEvent.objects.create(
        provider="sandbox",
        event_id="evt_<i>",
        type="odd",
        body=b'{"a": "<script>alert(1)</script>\xff"}',
        headers={"user-agent": "<b>x</b>"},
        due_at=None,
        state="done",
    )

    page = browser_of(stan).get(f"{EVENTS}{event.pk}/change/").content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\xff" in page
    assert "<script>alert(1)" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


# --- Refunds


def test_a_refund_asks_first_how_much_with_all_that_is_left_filled_in(stan, alice):
    payment = buy(alice, LEVEL1)

    page = act(browser_of(stan), PAYMENTS, "refund", payment, sure=False).content.decode()

    assert "Amount in EGP" in page
    assert 'value="1000.00"' in page
    assert "That cannot be undone." in page
    assert page.count('type="hidden" name="given-key"') == 1
    assert not Refund.objects.exists()


def test_a_part_is_paid_back_to_the_last_minor_unit(stan, alice):
    payment = buy(alice, LEVEL1)

    done = refund(browser_of(stan), payment, amount="123.45", effect="keep")

    assert said(done) == [f"The money is on its way back: {payment.ref}"]
    row = Refund.objects.get()
    assert (row.amount, row.reason, row.effect, row.by) == (12_345, "Sorry", "keep", stan)
    entry = AuditEntry.objects.get(action="refund_asked")
    assert (entry.actor, entry.address, entry.after["amount"]) == (stan, ADDRESS, 12_345)


def test_nothing_written_is_all_that_is_left(stan, alice):
    payment = buy(alice, LEVEL1)

    refund(browser_of(stan), payment)

    assert Refund.objects.get().amount == 100_000


def test_two_clicks_are_one_refund(stan, alice):
    payment, client = buy(alice, LEVEL1), browser_of(stan)

    for _ in range(2):
        refund(client, payment, amount="10")

    assert Refund.objects.get().amount == 1_000


@pytest.mark.parametrize("amount", ["0", "-1", "1,5", "1.001", "1e3", "ten", "\0", "1000.01", "9" * 24, "٥", "1 000"])
def test_what_is_no_amount_is_asked_again(stan, alice, amount):
    payment = buy(alice, LEVEL1)

    page = refund(browser_of(stan), payment, amount=amount)

    refused = 'class="errorlist' in page.content.decode() or "more than is left" in "".join(said(page))
    assert (page.status_code, refused) == (200, True)
    assert not Refund.objects.exists()
    assert fresh(payment).refunding == 0


def test_what_cannot_be_shortened_is_said_beside_the_field(stan, alice):
    payment = buy(alice, "plaza_premium_lifetime")

    page = refund(browser_of(stan), payment, amount="1", effect="shorten").content.decode()

    assert "Only what lasts for a number of days can be shortened." in page
    assert 'value="1"' in page
    assert not Refund.objects.exists()


def test_what_is_not_paid_is_not_offered_to_be_refunded_and_is_refused(stan, alice):
    payment, client = checkout(alice), browser_of(stan)
    assert ">Refund<" not in client.get(f"{PAYMENTS}{payment.pk}/change/").content.decode()

    done = refund(client, payment)

    assert said(done) == [f"{payment.ref}: Nothing was paid here that could be given back."]
    assert not Refund.objects.exists()


def test_one_payment_at_a_time_is_refunded(stan, alice):
    done = act(browser_of(stan), PAYMENTS, "refund", buy(alice, LEVEL1), buy(alice, "level2"), amount="")

    assert said(done) == ["Please choose one."]


# --- Fulfilling and processing again


def test_a_flagged_payment_is_fulfilled_once_somebody_has_looked(stan, alice, django_capture_on_commit_callbacks):
    payment = buy(alice, LEVEL1)
    Grant.objects.all().delete()
    Fulfilment.objects.all().delete()
    Payment.objects.update(flag="amount", arrived="1 EGP")
    client = browser_of(stan)
    assert "Fulfil again" in client.get(f"{PAYMENTS}{payment.pk}/change/").content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        done = act(client, PAYMENTS, "fulfil_again", payment)

    assert said(done) == [f"Fulfilled: {payment.ref}"]
    assert Grant.objects.get().user == alice
    assert fresh(payment).flag == ""
    assert AuditEntry.objects.get(action="payment_fulfilled").before == {"flag": "amount"}


def test_what_was_given_is_not_offered_again_and_refused(stan, alice):
    payment, client = buy(alice, LEVEL1), browser_of(stan)

    assert "Fulfil again" not in client.get(f"{PAYMENTS}{payment.pk}/change/").content.decode()
    done = act(client, PAYMENTS, "fulfil_again", payment)

    assert len(said(done)) == 1
    assert not AuditEntry.objects.filter(action="payment_fulfilled").exists()


def test_an_event_is_processed_again(stan, alice):
    buy(alice, LEVEL1)
    event, client = InboundEvent.objects.first(), browser_of(stan)

    done = act(client, EVENTS, "process_again", event)

    assert said(done) == [f"Looked into once more: {event}"]
    assert AuditEntry.objects.get(action="event_processed_again").actor == stan
    again = act(client, EVENTS, "process_again", event)  # it is being tried already
    assert len(said(again)) == 1
    assert AuditEntry.objects.filter(action="event_processed_again").count() == 1


# --- Offers


def change(client: Client, code: str, **given: Any):
    return act(client, OFFERS, "change", offer(code), **given)


def test_the_form_shows_what_holds_now(dana):
    page = act(browser_of(dana), OFFERS, "change", offer(MONTHLY), sure=False).content.decode()

    assert "EGP 150.00\nINR 99.00\nUSD 4.99" in page
    assert 'name="given-trial_days" value="30"' in page
    assert "given-days" not in page
    assert "given-trial_days" not in act(browser_of(dana), OFFERS, "change", offer(LEVEL1), sure=False).content.decode()


def test_prices_are_changed_to_the_last_minor_unit_and_in_the_log(dana):
    asked = {"prices": "EGP 175.50\n\nKWD 1.750 \nJPY 800", "trial_days": "14", "is_on_sale": "on"}

    done = change(browser_of(dana), MONTHLY, **asked)

    assert said(done) == [f"Changed: {MONTHLY}"]
    prices = dict(Price.objects.filter(offer__code=MONTHLY).values_list("currency", "amount"))
    assert prices == {"EGP": 17_550, "KWD": 1_750, "JPY": 800}
    assert offer(MONTHLY).trial_days == 14
    entry = AuditEntry.objects.get(action="offer_changed")
    assert (entry.actor, entry.address) == (dana, ADDRESS)


def test_it_is_taken_off_sale(dana):
    change(browser_of(dana), LEVEL1, prices="EGP 1000.00", days="365")

    assert not offer(LEVEL1).is_on_sale


def test_changing_nothing_is_refused(dana):
    done = change(browser_of(dana), LEVEL1, prices="EGP 1000.00", days="365", is_on_sale="on")

    assert len(said(done)) == 1
    assert not AuditEntry.objects.filter(action="offer_changed").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"prices": ""},
        {"prices": "EGP"},
        {"prices": "EGP 0"},
        {"prices": "EGP -1"},
        {"prices": "egp 1"},
        {"prices": "EGP 1\nEGP 2"},
        {"prices": "EGP 1,50"},
        {"prices": "EGP 1.999"},
        {"prices": "JPY 1.5"},
        {"prices": "\0"},
        {"prices": "EGP " + "9" * 20},
        {"days": "0"},
        {"days": "-1"},
        {"days": "99999999999"},
        {"days": "\0"},
    ],
)
def test_what_is_wrong_is_said_and_asked_again(dana, wrong):
    page = change(browser_of(dana), LEVEL1, **{"prices": "EGP 1", "days": "30", "is_on_sale": "on", **wrong})

    assert page.status_code == 200
    assert 'class="errorlist"' in page.content.decode()
    assert dict(Price.objects.filter(offer__code=LEVEL1).values_list("currency", "amount")) == {"EGP": 100_000}


def test_plain_staff_see_offers_and_may_not_change_them(stan):
    client = browser_of(stan)
    assert "EGP\xa01,000.00" in client.get(OFFERS).content.decode()

    change(client, LEVEL1, prices="EGP 1", days="30", is_on_sale="on")

    assert offer(LEVEL1).days == 365
    assert not AuditEntry.objects.filter(action="offer_changed").exists()


# --- Given plans


def test_a_given_plan_says_what_it_was_paid_with_and_only_gifts_are_taken_back(stan, alice: User):
    payment = buy(alice, LEVEL1)
    client = browser_of(stan)
    bought, gift = Grant.objects.get(), give(alice, "premium")

    page = client.get(f"{GRANTS}{bought.pk}/change/").content.decode()
    assert payment.ref in page
    assert "Take it back" not in page
    assert "Take it back" in client.get(f"{GRANTS}{gift.pk}/change/").content.decode()

    done = act(client, GRANTS, "take_back", bought)
    assert said(done) == [f"{bought}: This was paid for. Refund the payment instead."]
    assert Grant.objects.get(pk=bought.pk).ends_at == bought.ends_at
