"""Subscriptions of the sandbox from their trial to their end, as its clock moves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing import clock
from billing.gateway import ProviderRefused, sandbox
from billing.models import SandboxCharge, SandboxInvoice, SandboxSubscription
from billing.sandbox import Refused, books, subscriptions
from billing.sandbox.clock import run_due
from billing.tests.merchant import (
    DECLINED,
    GOOD,
    MONTHLY,
    ONCE,
    ORDER,
    POOR,
    SECURE,
    TRIAL,
    YEARLY,
    bought,
    days_from,
    pass_days,
    subscribed,
    told,
    truth,
)
from rooms.tests.threads import at_once, on_postgres

pytestmark = pytest.mark.django_db


def states(ref: str) -> list[str]:
    """Of its invoices, oldest first."""
    return [invoice.state for invoice in truth(ref).invoices]


def test_the_whole_life() -> None:
    ref = subscribed(TRIAL, ONCE)
    now = truth(ref)
    assert (now.state, now.period_end, now.invoices) == ("trialing", now.trial_ends_at, [])
    assert days_from(now.period_start) == 0
    assert now.period_end - now.period_start == timedelta(days=30)

    assert pass_days(29.9) == 0  # free so far
    assert pass_days(0.2) == 1  # the trial is over, and the card fails
    now = truth(ref)
    assert (now.state, states(ref), now.invoices[0].failure) == ("past_due", ["open"], "card_declined")
    assert (now.period_end, SandboxCharge.objects.count()) == (now.trial_ends_at, 0)
    assert told() == [("invoice.payment_failed", ref), ("subscription.updated", ref)]

    with pytest.raises(Refused, match="insufficient_funds"):
        subscriptions.change_card(ref=ref, number=POOR)
    assert (truth(ref).card, told()) == ("Visa 0341", [])
    assert subscriptions.change_card(ref=ref, number=GOOD) == ""
    now = truth(ref)
    assert (now.state, states(ref), now.card) == ("active", ["paid"], "Visa 4242")
    assert (now.invoices[0].amount, now.invoices[0].failure) == (15_000, "")
    assert now.period_start == now.trial_ends_at, "the period begins when it was due, not when it was paid"
    assert told() == [("invoice.paid", ref), ("subscription.updated", ref)]

    assert pass_days(31) == 1
    assert states(ref) == ["paid", "paid"]
    told()
    sandbox.cancel(ref, at_period_end=True)
    sandbox.cancel(ref, at_period_end=True)
    assert (truth(ref).state, truth(ref).cancels, told()) == ("active", True, [("subscription.updated", ref)])
    sandbox.resume(ref)
    sandbox.resume(ref)
    assert (truth(ref).cancels, told()) == (False, [("subscription.updated", ref)])
    sandbox.cancel(ref, at_period_end=True)
    told()
    end = truth(ref).period_end
    assert pass_days(31) == 1
    now = truth(ref)
    assert (now.state, now.ended_at, states(ref)) == ("ended", end, ["paid", "paid"])
    assert told() == [("subscription.deleted", ref)]
    assert pass_days(400) == 0


def test_who_never_pays_is_tried_three_more_times_and_then_it_ends() -> None:
    ref = subscribed(MONTHLY, ONCE)
    end = truth(ref).period_end
    pass_days((end - clock.now()).total_seconds() / 86400 + 0.01)
    assert [pass_days(days) for days in (2.9, 0.2, 1.8, 0.2, 1.8)] == [0, 1, 0, 1, 0]
    assert (truth(ref).state, truth(ref).period_end) == ("past_due", end)
    assert pass_days(0.2) == 1
    now = truth(ref)
    assert (now.state, now.ended_at, states(ref)) == ("ended", end + timedelta(days=7), ["failed"])
    assert now.invoices[0].failure == "card_declined"
    kinds = [kind for kind, _ in told()]
    assert kinds == ["invoice.payment_failed", "subscription.updated"] * 3 + [
        "invoice.payment_failed",
        "subscription.deleted",
    ]
    assert SandboxCharge.objects.count() == 1


def test_a_long_jump_does_all_of_it_in_order() -> None:
    first, second = subscribed(MONTHLY), sandbox.fetch_checkout(_other_checkout()).subscription
    told()
    assert pass_days(100) == 6
    for ref in (first, second):
        now = truth(ref)
        assert (now.state, states(ref)) == ("active", ["paid"] * 3)
        assert now.period_start <= clock.now() < now.period_end
        assert [invoice.at for invoice in now.invoices] == sorted(invoice.at for invoice in now.invoices)
    renewed = [ref for kind, ref in told() if kind == "invoice.paid"]
    assert renewed == [first, second] * 3


def _other_checkout() -> str:
    ref = sandbox.open_checkout(replace(MONTHLY, ref="order-2")).ref
    books.pay(ref=ref, number=SECURE)
    books.confirm(ref=ref, approve=True)
    return ref


def test_only_the_newest_invoices_are_told_of() -> None:
    ref = subscribed(MONTHLY)
    pass_days(20 * 31)
    newest = truth(ref).invoices
    assert (len(newest), SandboxInvoice.objects.count()) == (12, 21)
    assert newest[-1].at == SandboxInvoice.objects.latest("created_at").created_at


def test_the_first_payment_is_its_checkouts_alone() -> None:
    paid = bought(MONTHLY)
    assert truth(paid.subscription).invoices == []
    assert SandboxInvoice.objects.get(charge__ref=paid.charge).state == "paid"


@pytest.mark.parametrize("order", [MONTHLY, TRIAL])
def test_cancelled_now_it_ends_now(order) -> None:
    ref = subscribed(order)
    sandbox.cancel(ref, at_period_end=False)
    sandbox.cancel(ref, at_period_end=False)
    now = truth(ref)
    assert (now.state, told()) == ("ended", [("subscription.deleted", ref)])
    assert now.ended_at
    assert days_from(now.ended_at) == 0
    with pytest.raises(ProviderRefused, match="ended"):
        sandbox.resume(ref)
    with pytest.raises(ProviderRefused, match="ended"):
        sandbox.change(ref, YEARLY)
    with pytest.raises(Refused, match="ended"):
        subscriptions.change_card(ref=ref, number=GOOD)
    assert (pass_days(400), told()) == (0, [])


def test_in_a_trial_cancelled_at_its_end_nothing_is_ever_taken() -> None:
    ref = subscribed(TRIAL)
    sandbox.cancel(ref, at_period_end=True)
    pass_days(31)
    assert (truth(ref).state, truth(ref).ended_at) == ("ended", truth(ref).trial_ends_at)
    assert SandboxCharge.objects.count() == 0


def test_unpaid_there_is_no_period_to_wait_for() -> None:
    ref = subscribed(TRIAL, ONCE)
    pass_days(31)
    sandbox.cancel(ref, at_period_end=True)
    assert (truth(ref).state, states(ref)) == ("ended", ["failed"])


# --- Another plan ---------------------------------------------------------------------------------------------------
BETTER = replace(MONTHLY, offer="better", amount=45_000, title="Better")


def halfway(ref: str) -> None:
    row = SandboxSubscription.objects.get(ref=ref)
    pass_days((row.period_end - row.period_start).total_seconds() / 2 / 86400)


def test_a_dearer_plan_costs_the_difference_for_the_rest() -> None:
    ref = subscribed(MONTHLY)
    end = truth(ref).period_end
    halfway(ref)
    sandbox.change(ref, BETTER)
    now = truth(ref)
    assert (now.offer, now.amount, now.period_end) == ("better", 45_000, end)
    assert now.invoices[0].amount == pytest.approx(15_000, abs=2)
    assert (now.invoices[0].state, now.invoices[0].charge[:3]) == ("paid", "ch_")
    assert told() == [("invoice.paid", ref), ("subscription.updated", ref)]
    sandbox.change(ref, BETTER)  # again changes nothing
    assert (len(truth(ref).invoices), told()) == (1, [])
    pass_days(31)
    assert truth(ref).invoices[-1].amount == 45_000


def test_a_cheaper_plan_gives_nothing_back_and_is_paid_from_the_next_period_on() -> None:
    ref = subscribed(BETTER)
    halfway(ref)
    sandbox.change(ref, MONTHLY)
    assert (truth(ref).offer, truth(ref).invoices) == (MONTHLY.offer, [])
    pass_days(31)
    assert [invoice.amount for invoice in truth(ref).invoices] == [15_000]


def test_from_monthly_to_yearly_a_year_begins_less_what_is_left() -> None:
    ref = subscribed(MONTHLY)
    halfway(ref)
    sandbox.change(ref, YEARLY)
    now = truth(ref)
    assert days_from(now.period_start) == 0
    assert 364 < (now.period_end - now.period_start).days < 367
    assert now.invoices[0].amount == pytest.approx(150_000 - 7_500, abs=2)


def test_from_yearly_to_monthly_the_year_is_used_up_first() -> None:
    ref = subscribed(YEARLY)
    end = truth(ref).period_end
    pass_days(30)
    sandbox.change(ref, MONTHLY)
    assert (truth(ref).period_end, truth(ref).invoices) == (end, [])
    pass_days(340)
    now = truth(ref)
    assert [invoice.amount for invoice in now.invoices] == [15_000]
    assert (now.period_start, (now.period_end - end).days in range(28, 32)) == (end, True)


def test_in_a_trial_a_change_is_free() -> None:
    ref = subscribed(TRIAL)
    sandbox.change(ref, YEARLY)
    assert (truth(ref).state, truth(ref).invoices) == ("trialing", [])
    pass_days(31)
    assert [invoice.amount for invoice in truth(ref).invoices] == [150_000]
    assert 364 < (truth(ref).period_end - truth(ref).period_start).days < 367


@pytest.mark.parametrize(
    ("order", "card", "code"),
    [
        (BETTER, ONCE, "card_declined"),
        (replace(BETTER, currency="USD"), GOOD, "other_currency"),
        (ORDER, GOOD, "no_subscription_plan"),
    ],
)
def test_a_change_that_cannot_be_is_refused_whole(order, card, code) -> None:
    ref = subscribed(MONTHLY, card)
    halfway(ref)
    before = truth(ref)
    with pytest.raises(ProviderRefused) as refused:
        sandbox.change(ref, order)
    assert (refused.value.code, truth(ref), told()) == (code, before, [])


def test_who_owes_something_cannot_change() -> None:
    ref = subscribed(TRIAL, ONCE)
    pass_days(31)
    with pytest.raises(ProviderRefused, match="past_due"):
        sandbox.change(ref, YEARLY)


def test_a_great_amount_is_no_trouble() -> None:
    ref = subscribed(replace(MONTHLY, amount=10**14))
    halfway(ref)
    sandbox.change(ref, replace(BETTER, amount=3 * 10**14))
    assert truth(ref).invoices[0].amount == pytest.approx(10**14, rel=1e-5)


def test_a_card_that_fails_later_is_kept_but_pays_nothing() -> None:
    ref = subscribed(TRIAL, ONCE)
    pass_days(31)
    told()
    due = SandboxSubscription.objects.get(ref=ref).due_at
    assert subscriptions.change_card(ref=ref, number=ONCE) == "card_declined"
    assert (truth(ref).state, told()) == ("past_due", [("invoice.payment_failed", ref)])
    assert SandboxSubscription.objects.get(ref=ref).due_at == due, "this was none of the tries"


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("anchor", "starts"),
    [
        ((2027, 1, 31), [(2027, 1, 31), (2027, 2, 28), (2027, 3, 31), (2027, 4, 30)]),
        ((2027, 11, 30), [(2027, 11, 30), (2027, 12, 30), (2028, 1, 30), (2028, 2, 29), (2028, 3, 30)]),
    ],
)
def test_months_keep_their_day(anchor, starts) -> None:
    first = at = day(*anchor)
    for start in starts[1:]:
        at = subscriptions.end_of_period(first, at, "month")
        assert at == day(*start)


def test_a_leap_day_has_its_year() -> None:
    first = day(2028, 2, 29)
    assert subscriptions.end_of_period(first, first, "year") == day(2029, 2, 28)


@pytest.mark.parametrize("ref", ["", "sub_", "sub_" + "0" * 24, "\0", "cs_" + "0" * 24])
def test_what_is_no_subscription_is_refused(ref) -> None:
    for ask in (sandbox.fetch_subscription, sandbox.resume, lambda name: sandbox.cancel(name, True)):
        with pytest.raises(ProviderRefused, match="no_such_subscription"):
            ask(ref)
    with pytest.raises(ProviderRefused):
        sandbox.open_portal(ref, "http://127.0.0.1:8000/", "en")


def test_a_declined_card_never_makes_one() -> None:
    assert bought(MONTHLY, DECLINED).subscription == ""
    assert SandboxSubscription.objects.count() == 0


@on_postgres
def test_six_clocks_at_once_do_everything_once() -> None:
    ref = subscribed(MONTHLY)
    outcomes = at_once(*[lambda: pass_days(10)] * 6)
    assert sorted(map(str, outcomes)) == ["0"] * 5 + ["1"]
    assert states(ref) == ["paid"]
    assert 59.9 < clock.offset().total_seconds() / 86400 < 60.1


@on_postgres
def test_the_schedule_and_the_staff_at_once_do_everything_once() -> None:
    ref = subscribed(MONTHLY)
    SandboxSubscription.objects.update(due_at=clock.now() - timedelta(seconds=1))
    at_once(*[run_due] * 5)
    assert states(ref) == ["paid"]
