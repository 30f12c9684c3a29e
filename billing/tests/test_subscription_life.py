"""A subscription from its free days to its end, as the sandbox's clock moves on."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User
from billing import actions, clock, gateway, policies, schedule
from billing.errors import CannotChange, NoSubscription
from billing.memberships import membership_of
from billing.models import Grant, Payment, SandboxSubscription, SandboxWebhook, Subscription
from billing.sandbox import clock as sandbox_clock
from billing.sandbox import subscriptions as books
from billing.tests.money import FAILS_LATER, GOOD, MONTHLY, YEARLY, buy, offer, subscription_of, tell_all
from core.errors import Invalid
from core.models import Mail

pytestmark = pytest.mark.django_db
DAY = 86400


def pass_days(days: float) -> None:
    """The clock moves, the sandbox does what is due and tells of it, and so does our own schedule."""
    sandbox_clock.advance(seconds=int(days * DAY))
    tell_all()
    schedule.ask_providers()


def status(user: User) -> str:
    return membership_of(user).status


def mails(user: User) -> list[str]:
    return [
        name.removeprefix("billing/")
        for name in Mail.objects.filter(to=user.email).order_by("pk").values_list("name", flat=True)
    ]


def premium(user: User) -> bool:
    policies.forget_plans_of(user)
    return policies.limit(user, "rooms_per_12h") is None


def test_the_whole_life(alice):
    assert (status(alice), premium(alice)) == ("free", False)
    buy(alice, MONTHLY, FAILS_LATER)
    assert (status(alice), premium(alice), mails(alice)) == ("trialing", True, ["welcome"])

    pass_days(28)
    assert mails(alice)[1:] == ["trial_ending"]
    pass_days(2.1)  # the first payment fails
    assert (status(alice), premium(alice)) == ("past_due", True)
    assert mails(alice)[2:] == ["failed"]

    books.change_card(ref=subscription_of(alice).provider_ref, number=GOOD)
    tell_all()
    assert (status(alice), mails(alice)[3:]) == ("active", ["renewed"])

    pass_days(31)
    assert (status(alice), mails(alice)[4:]) == ("active", ["renewed"])
    paid = Payment.objects.filter(user=alice, kind="renewal", state="paid")
    assert [row.amount for row in paid] == [15_000, 15_000]

    actions.cancel_membership(user=alice, when="period_end")
    assert (status(alice), premium(alice), mails(alice)[5:]) == ("cancelling", True, ["cancelled"])
    actions.resume_membership(user=alice)
    assert status(alice) == "active"
    actions.cancel_membership(user=alice, when="period_end")
    pass_days(32)
    assert (status(alice), premium(alice), mails(alice)[-1]) == ("ended", False, "ended")
    assert Grant.objects.filter(user=alice).count() == 1


def test_a_card_that_keeps_failing_ends_it(alice):
    buy(alice, MONTHLY, FAILS_LATER)
    pass_days(31)
    assert premium(alice), "while the card is tried again"
    pass_days(8)

    assert (status(alice), premium(alice)) == ("ended", False)
    assert mails(alice) == ["welcome", "failed", "ended"]


def test_cancelled_now_it_ends_now(alice):
    buy(alice, MONTHLY)

    actions.cancel_membership(user=alice, when="now")

    assert (status(alice), premium(alice), mails(alice)) == ("ended", False, ["welcome", "cancelled"])
    with pytest.raises(NoSubscription):
        actions.cancel_membership(user=alice, when="now")


def test_lost_webhooks_are_made_up_for_by_asking(alice):
    buy(alice, MONTHLY)
    sandbox_clock.advance(seconds=31 * DAY)
    SandboxWebhook.objects.update(due_at=None)

    schedule.ask_providers()

    assert (status(alice), premium(alice)) == ("active", True)
    assert Payment.objects.filter(kind="renewal", state="paid").count() == 1


def test_another_interval_holds_at_once_and_is_charged_for(alice):
    buy(alice, MONTHLY)
    pass_days(31)

    row = actions.change_membership(user=alice, offer=offer(YEARLY))

    assert row.offer.code == YEARLY
    assert row.period_end - clock.now() > timedelta(days=360)
    assert Payment.objects.filter(kind="renewal", state="paid").count() == 2
    with pytest.raises(CannotChange):
        actions.change_membership(user=alice, offer=offer("level1"))
    with pytest.raises(CannotChange):
        actions.change_membership(user=alice, offer=offer(YEARLY))


def test_an_answer_that_was_overtaken_changes_nothing(alice):
    """`deleted` was heard; then the answer to an older question says that all is well."""
    buy(alice, MONTHLY)
    row = subscription_of(alice)
    from billing.actions import subscriptions as inside

    older = inside._draw(row.pk)
    before = gateway.named("sandbox").fetch_subscription(row.provider_ref)
    books.cancel(ref=row.provider_ref, at_period_end=True)
    actions.hear_subscription(subscription=row)

    inside._apply(row.pk, older, before)

    assert subscription_of(alice).cancels


def test_an_answer_is_overtaken_by_whoever_asks_while_it_is_on_its_way(alice):
    buy(alice, MONTHLY)
    row, overtaking = subscription_of(alice), ["once"]

    def meanwhile(execute, sql, *rest):
        """The sandbox reads the subscription, then its invoices, and answers."""
        answer = execute(sql, *rest)
        if overtaking and 'FROM "billing_sandboxinvoice"' in sql:
            overtaking.clear()
            books.cancel(ref=row.provider_ref, at_period_end=True)
            actions.hear_subscription(subscription=row)
        return answer

    with connection.execute_wrapper(meanwhile):
        actions.hear_subscription(subscription=row)

    assert not overtaking
    assert subscription_of(alice).cancels


def test_ended_stays_ended(alice):
    buy(alice, MONTHLY)
    row = subscription_of(alice)
    before = gateway.named("sandbox").fetch_subscription(row.provider_ref)
    actions.cancel_membership(user=alice, when="now")
    from billing.actions import subscriptions as inside

    inside._apply(row.pk, inside._draw(row.pk), before)

    assert subscription_of(alice).state == Subscription.State.ENDED
    assert not premium(alice)


def test_when_is_now_or_period_end(alice):
    buy(alice, MONTHLY)

    with pytest.raises(Invalid):
        actions.cancel_membership(user=alice, when="later")


def test_what_a_deleted_account_subscribed_to_is_cancelled_at_its_provider(alice):
    from billing import person_data

    buy(alice, MONTHLY)
    person_data._erase_subscriptions(alice)

    schedule.ask_providers()

    row = Subscription.objects.get()
    assert (row.user, row.state) == (None, "ended")
    assert SandboxSubscription.objects.get().state == "ended"
