"""The pages of plans, of one's membership and of a payment: as visitors, members and strangers find them."""

import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ADDRESS
from billing.models import Grant, Offer, Payment, Price, SandboxCheckout, Subscription, Trial
from billing.tests.factories import end, give, in_days, plan
from billing.tests.money import (
    DECLINED,
    FAILS_LATER,
    LEVEL1,
    LIFETIME,
    MONTHLY,
    YEARLY,
    buy,
    checkout,
    offer,
    pay_at_provider,
    subscription_of,
    tell_all,
)

pytestmark = pytest.mark.django_db
PLANS, MEMBERSHIP, CHECKOUT, CANCEL, CHANGE = (
    "/plans/",
    "/membership/",
    "/membership/checkout/",
    "/membership/cancel/",
    "/membership/change/",
)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def sandbox(settings) -> None:
    settings.PLAZA_SANDBOX = True
    settings.PUBLIC_URL = "http://127.0.0.1:8000"


def browser_of(user: User | None) -> Client:
    client = Client(REMOTE_ADDR=ADDRESS)
    if user:
        client.force_login(user)
    return client


def text_of(response) -> str:
    """What somebody reads, in one line."""
    body = re.sub(r"(?s)<(script|template|noscript)\b.*?</\1>", " ", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " ").split())


def order(code: str = LEVEL1, **fields: str) -> dict[str, str]:
    return {"offer": code, "currency": "EGP", "provider": "sandbox", "key": "a" * 32, **fields}


def path_of(payment: Payment) -> str:
    return reverse("billing:payment", args=[payment.ref])


# --- Plans


def test_a_visitor_sees_every_plan_with_its_price_and_is_led_to_sign_in_and_back():
    page = browser_of(None).get(PLANS, {"currency": "USD"})

    said = text_of(page)
    for shown in ("Free", "Level1", "Level2", "Premium", "Plaza Premium", "$4.99", "$49.90", "$149", "One month free"):
        assert shown in said, shown
    assert "/accounts/login/?next=/plans/%3Fcurrency%3DUSD" in page.content.decode()
    assert "Choose Plaza Premium" not in said


def test_the_comparison_says_what_is_unlimited_and_what_is_not():
    page = browser_of(None).get(PLANS).content.decode()
    rows = dict(re.findall(r'(?s)<th scope="row">([\w ]+)</th>(.*?)</tr>', page))

    assert list(rows) == ["Free", "Level1", "Level2", "Premium", "Plaza Premium"]
    cells = [re.sub(r"\s+", " ", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", rows["Level1"])]
    assert cells == ["3", "unlimited", "1,000", "100 MB", "translation"]
    assert rows["Premium"].count("unlimited") == 3


def test_prices_are_in_the_instances_currency_first(settings):
    settings.MEMBERSHIP_CURRENCY = "INR"

    said = text_of(browser_of(None).get(PLANS))

    assert "₹99" in said
    assert "To be had in other currencies: EGP" in said  # Level1 and its like


@pytest.mark.parametrize("currency", ["ZZZ", "egp", "", "\0", "EGP ", "<b>", "E" * 5000])
def test_an_unknown_currency_is_the_instances_own(currency):
    page = browser_of(None).get(PLANS, {"currency": currency})

    assert page.status_code == 200
    assert page.context["currency"] == "EGP"


def test_what_is_not_on_sale_cannot_be_chosen(alice):
    Offer.objects.filter(code="level2").update(is_on_sale=False)

    page = browser_of(alice).get(PLANS)

    assert "Choose Level2" not in text_of(page)
    assert "Not on sale at the moment." in text_of(page)


def test_with_nothing_on_sale_there_is_still_a_page():
    Offer.objects.update(is_on_sale=False)

    assert browser_of(None).get(PLANS).status_code == 200


def test_without_a_provider_nothing_can_be_chosen(alice, settings):
    settings.PLAZA_SANDBOX = False

    said = text_of(browser_of(alice).get(PLANS))

    assert "takes no payments" in said
    assert "Choose Level1" not in said


def test_of_several_providers_one_is_chosen_and_of_one_nobody_is_asked():
    ways = [SimpleNamespace(CODE="sandbox", NAME="Sandbox"), SimpleNamespace(CODE="upi", NAME="UPI")]
    shown = {"plan": plan("level1"), "providers": ways}

    several = render_to_string("billing/_providers.html", shown)
    only = render_to_string("billing/_providers.html", {**shown, "providers": ways[:1]})

    choices = re.findall(r'type="radio" name="provider" value="(\w+)"( checked)?', several)
    assert choices == [("sandbox", " checked"), ("upi", "")]
    assert all(said in several for said in ("Pay with", "Sandbox", "UPI", "Choose Level1"))
    assert 'type="hidden" name="provider" value="sandbox"' in only
    assert "Pay with" not in only


def test_ones_own_plan_is_marked_and_free_days_are_offered_once(alice, bob):
    buy(alice, MONTHLY)

    own, others = (text_of(browser_of(user).get(PLANS)) for user in (alice, bob))

    assert "Plaza Premium Your plan" in own
    assert "Free Your plan" in others
    assert "One month free" not in own
    assert "One month free" in others


def test_who_subscribes_is_led_to_their_membership_and_may_still_buy_for_good(alice):
    buy(alice, MONTHLY)

    page = browser_of(alice).get(PLANS).content.decode()

    assert f'value="{LIFETIME}"' in page
    assert f'value="{MONTHLY}"' not in page
    assert f'value="{YEARLY}"' not in page
    assert "Your subscription goes on beside it" in page


def test_who_has_the_best_for_good_is_offered_nothing(alice):
    buy(alice, LIFETIME)

    said = text_of(browser_of(alice).get(PLANS))

    assert said.count("You have this, or more, for good.") == 4
    assert "Choose " not in said


def test_the_page_of_plans_is_a_constant_number_of_queries(alice, django_assert_num_queries):
    buy(alice, MONTHLY)
    client = browser_of(alice)
    client.get(PLANS)
    with django_assert_num_queries(10):
        client.get(PLANS)


# --- Choosing one


def test_choosing_leads_to_where_it_is_paid(alice):
    answer = browser_of(alice).post(CHECKOUT, order())

    payment = Payment.objects.get()
    assert (payment.user, payment.offer.code, payment.amount, payment.currency) == (alice, LEVEL1, 100_000, "EGP")
    assert answer.status_code == 302
    assert f"http://127.0.0.1:8000{answer['Location']}" == payment.checkout_url


def test_two_clicks_are_one_payment_and_another_choice_is_another(alice):
    client = browser_of(alice)

    first, again = (client.post(CHECKOUT, order())["Location"] for _ in range(2))
    other = client.post(CHECKOUT, order("level2"))["Location"]

    assert first == again != other
    assert (Payment.objects.count(), SandboxCheckout.objects.count()) == (2, 2)


def test_the_page_gives_every_visit_its_own_key(alice):
    client = browser_of(alice)
    keys = {client.get(PLANS).context["key"] for _ in range(3)}

    assert len(keys) == 3


def test_what_was_paid_already_is_shown_instead_of_paid_again(alice):
    client = browser_of(alice)
    client.post(CHECKOUT, order())
    payment = Payment.objects.get()
    pay_at_provider(payment)
    tell_all()

    again = client.post(CHECKOUT, order())

    assert again["Location"] == path_of(payment)
    assert Payment.objects.count() == 1


def test_a_visitor_who_chooses_is_led_to_sign_in_and_back():
    answer = browser_of(None).post(CHECKOUT, order(currency="USD"))

    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/plans/%3Fcurrency%3DUSD"
    assert not Payment.objects.exists()


def test_no_sign_in_leads_elsewhere():
    answer = browser_of(None).post(CHECKOUT, order(currency="//evil.example"))

    assert answer["Location"] == "/accounts/login/?next=/plans/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"offer": ""},
        {"offer": "nothing"},
        {"offer": "free"},
        {"offer": "\0"},
        {"offer": "level1 "},
        {"currency": ""},
        {"currency": "\0GP"},
        {"currency": "EGPX"},
        {"provider": ""},
        {"provider": "stripe"},
        {"provider": "\0"},
        {"key": "not hex"},
        {"key": "a" * 65},
    ],
)
def test_what_is_no_choice_is_said_on_the_page_of_plans(alice, wrong):
    answer = browser_of(alice).post(CHECKOUT, order(**wrong))

    said = answer.content.decode()
    if wrong == {"offer": "level1 "}:  # a space is nothing
        assert answer.status_code == 302
        return
    assert answer.status_code == 400
    assert 'role="alert"' in said
    assert not Payment.objects.exists()


def test_a_currency_that_it_has_no_price_in_is_refused(alice):
    answer = browser_of(alice).post(CHECKOUT, order(currency="USD"))

    assert answer.status_code == 400
    assert "no price in that currency" in text_of(answer)
    assert not Payment.objects.exists()


def test_what_went_off_sale_meanwhile_is_refused(alice):
    Offer.objects.filter(code=LEVEL1).update(is_on_sale=False)

    answer = browser_of(alice).post(CHECKOUT, order())

    assert answer.status_code == 400
    assert "not on sale any more" in text_of(answer)


def test_a_second_subscription_is_refused_with_the_way_on(alice):
    buy(alice, MONTHLY)

    answer = browser_of(alice).post(CHECKOUT, order(YEARLY))

    assert answer.status_code == 409
    assert "You have a subscription already." in text_of(answer)
    assert Payment.objects.count() == 1


def test_choosing_is_asked_by_post_only(alice):
    for path in (CHECKOUT, "/membership/resume/", "/membership/portal/"):
        assert browser_of(alice).get(path).status_code == 405
    assert Client(enforce_csrf_checks=True).post(CHECKOUT, order()).status_code == 403


# --- One's membership


@pytest.mark.parametrize("path", [MEMBERSHIP, CANCEL, CHANGE, "/payments/0123456789abcdef01234567/"])
def test_a_visitor_is_led_to_sign_in(path):
    answer = browser_of(None).get(path)

    assert answer["Location"] == f"/accounts/login/?next={path}"


def test_who_has_the_free_plan_is_shown_the_way_to_the_others(alice):
    said = text_of(browser_of(alice).get(MEMBERSHIP))

    for shown in ("Free", "Everybody has this plan.", "0 of 1 used", "Nothing paid yet", "See the plans"):
        assert shown in said, shown
    assert "Cancel" not in said


def test_free_days_say_until_when_and_what_comes_then(alice):
    buy(alice, MONTHLY)

    page = browser_of(alice).get(MEMBERSHIP)

    until = timezone.localtime(subscription_of(alice).period_end)
    said = text_of(page)
    assert f"It is free until {until.day} {until:%B} {until.year}, then EGP 150 a month." in said
    for shown in ("Free at first", "Visa 4242", "Change it", "Card and details", "Cancel", "used, unlimited"):
        assert shown in said, shown


def test_a_subscription_that_goes_on_says_when(alice):
    buy(alice, YEARLY)

    assert "EGP 1,500 a year. It goes on by itself on " in text_of(browser_of(alice).get(MEMBERSHIP))


def test_what_was_paid_once_says_until_when(alice):
    buy(alice, LEVEL1)

    said = text_of(browser_of(alice).get(MEMBERSHIP))

    assert "It is yours until " in said
    assert "Paid once, until " in said
    assert "0 of 3 used" in said


def test_what_was_given_for_good_says_so(alice):
    give(alice, "premium")

    said = text_of(browser_of(alice).get(MEMBERSHIP))

    assert "It is yours for good." in said
    assert "Given by the staff, for good" in said


def test_one_that_ended_says_when(alice):
    buy(alice, MONTHLY)
    past = in_days(-1)
    Subscription.objects.update(state="ended", ended_at=past)
    end(Grant.objects.get())

    assert "Your membership ended on " in text_of(browser_of(alice).get(MEMBERSHIP))


def test_a_payment_that_failed_asks_for_another_card(alice):
    buy(alice, MONTHLY, FAILS_LATER)
    Subscription.objects.update(state="past_due")

    page = browser_of(alice).get(MEMBERSHIP)

    said = text_of(page)
    assert "Your last payment did not go through." in said
    assert "Update the card" in said
    assert "Change it" not in said


def test_payments_are_listed_with_what_went_back_and_only_ones_own(alice, bob):
    own, other = buy(alice, LEVEL1), buy(bob, "level2")
    Payment.objects.filter(pk=own.pk).update(state="partially_refunded", refunded=25_000)
    own.refunds.create(amount=25_000, effect="keep", state="done", due_at=None)

    page = browser_of(alice).get(MEMBERSHIP)

    said = text_of(page)
    for shown in ("Level1", "EGP 1,000.00", "Refunded in part", "EGP 250.00 back", "Sandbox"):
        assert shown in said, shown
    assert own.ref in page.content.decode()
    assert other.ref not in page.content.decode()


def test_payments_have_pages_and_a_constant_number_of_queries(alice, django_assert_max_num_queries):
    client = browser_of(alice)
    buy(alice, LEVEL1)
    first = offer(LEVEL1)
    rows = [
        Payment(user=alice, purpose="membership", offer=first, provider="sandbox", amount=1, currency="EGP")
        for _ in range(25)
    ]
    Payment.objects.bulk_create(rows)
    client.get(MEMBERSHIP)

    with django_assert_max_num_queries(14):
        page = client.get(MEMBERSHIP)
    assert len(page.context["page"].object_list) == 20
    second = client.get(MEMBERSHIP, {"page": 2})
    assert len(second.context["page"].object_list) == 6
    for odd in ("0", "-1", "x", "\0", "99"):
        assert client.get(MEMBERSHIP, {"page": odd}).status_code == 200


# --- Cancelling, going on, changing


def test_cancelling_is_asked_first_and_says_what_happens(alice):
    buy(alice, MONTHLY)

    said = text_of(browser_of(alice).get(CANCEL))

    assert "Nothing more is taken for Plaza Premium then." in said
    assert "Until then you keep what you have." in said
    assert not subscription_of(alice).cancels


def test_cancelled_for_the_end_it_can_go_on_after_all(alice):
    buy(alice, MONTHLY)
    client = browser_of(alice)

    done = client.post(CANCEL, {"when": "period_end"}, follow=True)

    assert "Your membership is cancelled." in text_of(done)
    assert "It ends on " in text_of(done)
    assert subscription_of(alice).cancels
    assert subscription_of(alice).is_living

    back = client.post("/membership/resume/", follow=True)
    assert "Your membership goes on." in text_of(back)
    assert not subscription_of(alice).cancels


def test_cancelled_now_it_has_ended(alice):
    buy(alice, MONTHLY)

    done = browser_of(alice).post(CANCEL, {"when": "now"}, follow=True)

    assert "Your membership ended on " in text_of(done)
    assert subscription_of(alice).state == "ended"


def test_what_was_cancelled_for_the_end_can_only_end_now(alice):
    buy(alice, MONTHLY)
    client = browser_of(alice)
    client.post(CANCEL, {"when": "period_end"})

    assert "period_end" not in client.get(CANCEL).content.decode()
    assert client.post(CANCEL, {"when": "period_end"}).status_code == 400


@pytest.mark.parametrize("when", ["", "tomorrow", "\0"])
def test_no_such_time_to_cancel(alice, when):
    buy(alice, MONTHLY)

    answer = browser_of(alice).post(CANCEL, {"when": when})

    assert answer.status_code == 400
    assert 'class="errorlist"' in answer.content.decode()
    assert not subscription_of(alice).cancels


@pytest.mark.parametrize("path", [CANCEL, CHANGE])
def test_without_a_subscription_there_is_nothing_to_cancel_or_change(alice, path):
    for answer in (browser_of(alice).get(path), browser_of(alice).post(path, {})):
        assert answer.status_code == 409
        assert "There is no subscription" in text_of(answer)


@pytest.mark.parametrize("path", ["/membership/resume/", "/membership/portal/"])
def test_without_a_subscription_nothing_goes_on(alice, path):
    done = browser_of(alice).post(path, follow=True)

    assert done.redirect_chain == [(MEMBERSHIP, 302)]
    assert "There is no subscription" in text_of(done)


def test_changing_shows_what_the_others_cost_and_what_happens(alice):
    buy(alice, MONTHLY)

    said = text_of(browser_of(alice).get(CHANGE))

    assert "Now it is Plaza Premium for EGP 150 a month." in said
    assert "Plaza Premium for EGP 1,500 a year" in said
    assert "Nothing is taken now." in said
    assert "EGP 4,500" not in said  # paid once: no subscription


def test_changing_is_done(alice):
    buy(alice, MONTHLY)

    done = browser_of(alice).post(CHANGE, {"offer": YEARLY}, follow=True)

    assert "Your membership is changed." in text_of(done)
    assert subscription_of(alice).offer.code == YEARLY


@pytest.mark.parametrize("code", ["", MONTHLY, LIFETIME, LEVEL1, "nothing", "\0"])
def test_what_it_cannot_be_changed_to(alice, code):
    buy(alice, MONTHLY)

    answer = browser_of(alice).post(CHANGE, {"offer": code})

    assert answer.status_code == 400
    assert subscription_of(alice).offer.code == MONTHLY


def test_with_nothing_else_on_sale_there_is_nothing_to_change_to(alice):
    buy(alice, MONTHLY)
    Price.objects.filter(offer__code=YEARLY).delete()

    assert "There is nothing else to change to" in text_of(browser_of(alice).get(CHANGE))


def test_the_card_is_updated_on_the_providers_own_page(alice):
    buy(alice, MONTHLY)

    answer = browser_of(alice).post("/membership/portal/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sandbox/portal/")


# --- How a payment went


def test_the_return_page_finds_out_by_itself(alice):
    payment = checkout(alice)
    pay_at_provider(payment)  # and no webhook has come

    page = browser_of(alice).get(path_of(payment))

    assert "Paid. Thank you!" in text_of(page)
    assert Grant.objects.get().user == alice
    assert "every 2s" not in page.content.decode()


def test_free_days_begin_on_the_return_page(alice):
    payment = checkout(alice, MONTHLY)
    pay_at_provider(payment)

    said = text_of(browser_of(alice).get(path_of(payment)))

    assert "Your free time has begun" in said
    assert "One month free" in said
    assert Trial.objects.get().user == alice


def test_what_is_not_paid_yet_waits_and_can_be_gone_on_with(alice):
    payment = checkout(alice)

    page = browser_of(alice).get(path_of(payment))

    assert "Not paid yet" in text_of(page)
    assert payment.checkout_url in page.content.decode()
    assert 'hx-trigger="every 2s, payment-changed from:body"' in page.content.decode()


def test_one_look_in_five_asks_the_provider_and_later_they_are_rarer(alice):
    payment = checkout(alice)
    client = browser_of(alice)

    pay_at_provider(payment)
    assert "Not paid yet" in text_of(client.get(path_of(payment), {"look": "3"}, headers=HTMX))
    assert "Paid. Thank you!" in text_of(client.get(path_of(payment), {"look": "5"}, headers=HTMX))

    other = checkout(alice, "level2")
    assert "every 10s" in client.get(path_of(other), {"look": "31"}).content.decode()


@pytest.mark.parametrize("look", ["-1", "x", "\0", "٣", "9" * 30, ""])
def test_an_odd_number_of_looks_is_none(alice, look):
    page = browser_of(alice).get(path_of(checkout(alice)), {"look": look})

    assert page.context["next_look"] == 1


def test_a_card_that_was_declined_says_why_and_can_be_tried_again(alice):
    payment = checkout(alice)
    pay_at_provider(payment, DECLINED)
    client = browser_of(alice)

    page = client.get(path_of(payment))
    assert "The bank has declined the card." in text_of(page)
    assert "Try another card" in text_of(page)
    assert not Grant.objects.exists()

    pay_at_provider(payment)
    assert "Paid. Thank you!" in text_of(client.get(path_of(payment)))


def test_an_expired_one_begins_anew(alice):
    payment = checkout(alice)
    Payment.objects.filter(pk=payment.pk).update(state="expired", look_at=None)

    page = browser_of(alice).get(path_of(payment))

    assert "The time to pay is over" in text_of(page)
    assert "/plans/?currency=EGP#plan-level1" in page.content.decode()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("processing", "Your payment is being checked"),
        ("refunded", "You got your money back"),
        ("partially_refunded", "You got a part of it back"),
    ],
)
def test_every_state_has_its_words(alice, state, said):
    payment = checkout(alice)
    Payment.objects.filter(pk=payment.pk).update(state=state, look_at=None)

    assert said in text_of(browser_of(alice).get(path_of(payment)))


def test_paid_and_not_given_yet_goes_on_waiting(alice):
    payment = buy(alice)
    payment.fulfilment.due_at = timezone.now() + timedelta(minutes=5)
    payment.fulfilment.save()

    page = browser_of(alice).get(path_of(payment))

    assert "your plan is being switched on" in text_of(page)
    assert "every 2s" in page.content.decode()


def test_a_flagged_one_says_that_it_is_looked_at(alice):
    payment = buy(alice)
    Payment.objects.filter(pk=payment.pk).update(flag="amount")

    assert "being looked at" in text_of(browser_of(alice).get(path_of(payment)))


def test_a_payment_of_a_provider_that_is_gone_is_still_shown(alice, settings):
    payment = checkout(alice)
    settings.PLAZA_SANDBOX = False

    page = browser_of(alice).get(path_of(payment))

    assert page.status_code == 200
    assert "does not answer right now" in text_of(page)


@pytest.mark.parametrize("ref", ["nothing", "0" * 24, "..", "a" * 300, "%00", "é"])
def test_no_such_payment(alice, ref):
    assert browser_of(alice).get(f"/payments/{ref}/").status_code == 404


def test_somebody_elses_payment_is_not_found(alice, bob, dana):
    payment = checkout(alice)

    for stranger in (bob, dana):
        answer = browser_of(stranger).get(path_of(payment))
        assert answer.status_code == 404
        assert payment.ref not in text_of(answer)


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("path", [PLANS, MEMBERSHIP, CANCEL, CHANGE])
def test_every_page_speaks_every_language(alice, path, language):
    buy(alice, MONTHLY)
    client = browser_of(alice)
    client.cookies["django_language"] = language

    assert client.get(path).status_code == 200


def test_the_ways_to_a_membership(alice):
    assert f'href="{MEMBERSHIP}"' in browser_of(alice).get("/settings/").content.decode()
    assert f'href="{PLANS}"' in browser_of(None).get("/").content.decode()


def test_plans_of_all_ranks_can_be_shown_to_who_has_several(alice):
    give(alice, "level1")
    buy(alice, "level2")

    page = browser_of(alice).get(PLANS)

    assert [shown.plan.code for shown in page.context["plans"] if shown.own] == [plan("level2").code]
