"""Money that goes back: the whole or a part, and what that takes away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.tests.factories import ADDRESS
from billing import actions, clock, policies, schedule
from billing.errors import IdempotencyConflict, NotPaid, RefundTooLarge
from billing.memberships import membership_of
from billing.models import Grant, Payment, Refund, SandboxRefund
from billing.tests.money import LEVEL1, LIFETIME, MONTHLY, YEARLY, buy, checkout, subscription_of, tell_all
from billing.tests.test_subscription_life import pass_days
from core import work
from core.errors import Invalid
from core.models import Mail

pytestmark = pytest.mark.django_db


def refund(payment: Payment, by: User, amount: int | None = None, **more) -> Refund:
    made = actions.ask_refund(payment=payment, amount=amount, reason="Asked for it", by=by, address=ADDRESS, **more)
    actions.send_refund(refund_id=made.pk)
    tell_all()
    made.refresh_from_db()
    payment.refresh_from_db()
    return made


def test_the_whole_ends_what_was_paid_for(alice, dana):
    payment = buy(alice, LEVEL1)

    made = refund(payment, dana)

    assert (made.state, made.effect, made.amount) == ("done", "end", 100_000)
    assert (payment.state, payment.refunded, payment.refunding) == ("refunded", 100_000, 0)
    assert policies.is_free(User.objects.get(pk=alice.pk))
    assert Mail.objects.filter(to=alice.email, name="billing/refunded").count() == 1
    assert AuditEntry.objects.get(action="refund_asked").after["amount"] == 100_000


def test_a_part_shortens_it_by_the_same_share(alice, dana):
    payment = buy(alice, LEVEL1)
    before = Grant.objects.get().ends_at

    refund(payment, dana, 25_000)

    assert payment.state == "partially_refunded"
    assert before - Grant.objects.get().ends_at == timedelta(days=365) * 25_000 // 100_000

    refund(payment, dana, 50_000)

    assert before - Grant.objects.get().ends_at == timedelta(days=365) * 75_000 // 100_000


def test_several_parts_up_to_the_whole_and_not_beyond(alice, dana):
    payment = buy(alice, LEVEL1)
    for amount in (40_000, 30_000):
        refund(payment, dana, amount)
    with pytest.raises(RefundTooLarge):
        refund(payment, dana, 30_001)

    refund(payment, dana)

    assert (payment.state, payment.refunded) == ("refunded", 100_000)
    assert Grant.objects.get().ends_at <= clock.now()
    with pytest.raises(RefundTooLarge):
        refund(payment, dana)


def test_what_is_on_its_way_back_cannot_be_asked_for_again(alice, dana):
    payment = buy(alice, LEVEL1)
    actions.ask_refund(payment=payment, amount=60_000, reason="", by=dana, address=ADDRESS)
    with pytest.raises(RefundTooLarge):
        refund(payment, dana, 40_001)

    assert refund(payment, dana).amount == 40_000


def test_what_has_ended_already_is_shortened_to_nothing(alice, dana):
    payment = buy(alice, LEVEL1)
    refund(payment, dana, 25_000, effect="end")

    assert refund(payment, dana, 25_000, effect="shorten").state == "done"

    grant = Grant.objects.get()
    assert grant.ends_at == grant.starts_at


def test_it_may_keep_what_was_paid_for(alice, dana):
    payment = buy(alice, LIFETIME)

    refund(payment, dana, 100, effect="keep")

    assert Grant.objects.get().ends_at is None
    with pytest.raises(Invalid):
        refund(payment, dana, 100, effect="shorten")


def test_the_same_key_is_the_same_refund(alice, dana):
    payment = buy(alice, LEVEL1)

    first, again = refund(payment, dana, 100, key="k"), refund(payment, dana, 100, key="k")

    assert (first, payment.refunded, SandboxRefund.objects.count()) == (again, 100, 1)
    for other in ({"amount": 200}, {"amount": None}, {"amount": 100, "effect": "keep"}):
        with pytest.raises(IdempotencyConflict):
            refund(payment, dana, key="k", **other)


def test_sent_twice_it_goes_once(alice, dana):
    payment = buy(alice, LEVEL1)
    made = refund(payment, dana, 100)

    actions.send_refund(refund_id=made.pk)

    payment.refresh_from_db()
    assert (payment.refunded, SandboxRefund.objects.count()) == (100, 1)


def test_whose_task_was_lost_is_sent_by_the_sweep(alice, dana, worker):
    payment = buy(alice, LEVEL1)
    made = actions.ask_refund(payment=payment, amount=100, reason="", by=dana, address=ADDRESS)
    assert work.take(Refund, made.pk)  # and the worker is killed
    Refund.objects.update(due_at=timezone.now() - work.GRACE)

    schedule.sweep_money()
    worker()

    made.refresh_from_db()
    payment.refresh_from_db()
    assert (made.state, payment.refunded, SandboxRefund.objects.count()) == ("done", 100, 1)


def test_what_the_provider_refuses_can_be_asked_for_again(alice, dana):
    payment = buy(alice, LEVEL1)
    Payment.objects.update(charge_ref="ch_" + "0" * 24)

    made = refund(payment, dana)

    assert (made.state, made.error) == ("failed", "no_such_charge")
    assert (payment.state, payment.refunding, payment.refundable) == ("paid", 0, 100_000)
    assert Grant.objects.get().ends_at > clock.now()


def test_only_what_was_paid_goes_back(alice, dana):
    for payment in (checkout(alice), buy(alice, MONTHLY)):
        with pytest.raises(NotPaid):
            refund(payment, dana)


@pytest.mark.parametrize(
    ("wrong", "field"), [({"amount": 0}, "amount"), ({"amount": -5}, "amount"), ({"effect": "x"}, "effect")]
)
def test_what_makes_no_sense_is_refused(alice, dana, wrong, field):
    with pytest.raises(Invalid) as refused:
        refund(buy(alice, LEVEL1), dana, **{"amount": 5, **wrong})
    assert set(refused.value.fields) == {field}
    assert not Refund.objects.exists()


def test_of_a_subscription_the_whole_ends_it(alice, dana):
    payment = buy(alice, YEARLY)

    refund(payment, dana)

    assert subscription_of(alice).state == "ended"
    assert membership_of(alice).status == "ended"
    assert policies.is_free(User.objects.get(pk=alice.pk))


def test_a_part_of_a_subscription_ends_nothing(alice, dana):
    refund(buy(alice, YEARLY), dana, 100)

    assert membership_of(alice).status == "active"


def test_a_renewal_that_was_paid_back_stays_so_and_is_told_of_once(alice, dana):
    buy(alice, MONTHLY)
    pass_days(31)
    renewal = Payment.objects.get(kind="renewal")
    refund(renewal, dana, 5_000)

    actions.hear_subscription(subscription=subscription_of(alice))

    renewal.refresh_from_db()
    assert (renewal.state, renewal.refunded) == ("partially_refunded", 5_000)
    assert Mail.objects.filter(to=alice.email, name="billing/renewed").count() == 1
