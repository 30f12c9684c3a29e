"""The money of a random life as a simple model has it: a few lines that know nothing of how it is done."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as plaza

from billing import clock, gateway
from billing.actions import subscriptions
from billing.models import Grant, Payment, SandboxCheckout, SandboxInvoice, SandboxSubscription, Subscription
from core.models import Mail

AT_MOST_TOLD = 12  # invoices of one subscription, by gateway.SubscriptionTruth
LATE = timedelta(hours=1)  # a renewal may be told of


def checkouts_are_payments() -> None:
    paid = Payment.objects.filter(kind="checkout", state__in=Payment.SETTLED)
    there = SandboxCheckout.objects.filter(state="paid")
    assert set(paid.values_list("provider_ref", flat=True)) == set(there.values_list("ref", flat=True))
    assert Mail.objects.filter(name="billing/welcome").count() == paid.filter(flag="").count()


def is_given_for_as_long_as_paid(payment: Any) -> None:
    """All of its days, less the share that was paid back; nothing any more once all of it was."""
    grant: Any = Grant.objects.get(payment=payment)
    assert grant.plan == payment.offer.plan
    if payment.refunded == payment.amount:
        assert grant.ends_at <= max(clock.now(), grant.starts_at)
    elif payment.days is None:
        assert grant.ends_at is None
    else:
        whole = timedelta(days=payment.days)
        shares = [whole * row.amount // payment.amount for row in payment.refunds.filter(state="done")]
        assert grant.ends_at - grant.starts_at == whole - sum(shares, timedelta())


def is_as_its_provider_says(ours: Subscription) -> None:
    is_had_for_as_long_as_it_says(SandboxSubscription.objects.get(ref=ours.provider_ref))


def an_answer_arrives(pk: int, ticket: int, truth: gateway.SubscriptionTruth) -> None:
    """If one that was asked for later has been heard, it changes nothing."""
    rows = Subscription.objects.filter(pk=pk).values("heard", "state", "cancels", "period_end", "grant__ends_at")
    before = rows.get()
    subscriptions._apply(pk, ticket, truth)
    assert before["heard"] < ticket or rows.get() == before


def is_had_for_as_long_as_it_says(row: SandboxSubscription) -> None:
    ours = Subscription.objects.get(provider_ref=row.ref)
    assert (ours.state, ours.cancels, ours.ended_at) == (row.state, row.cancels, row.ended_at)
    if ours.payments.exclude(flag="").exists():
        assert not Grant.objects.filter(subscription=ours).exists()
    else:
        grant = Grant.objects.get(subscription=ours)
        assert grant.plan == ours.offer.plan
        assert grant.ends_at in (until_when(row), grant.starts_at)  # it was over before we heard that it had begun
        assert grant.is_living(clock.now()) == (row.state != "ended")


def until_when(row: Any) -> datetime | None:
    if row.state == "ended":
        return row.ended_at
    if row.state == "past_due":
        unpaid = row.invoices.get(state="open")
        return unpaid.created_at + timedelta(seconds=plaza.DUNNING_GRACE)
    return row.period_end if row.cancels else row.period_end + LATE


def renewals_are_payments(row: SandboxSubscription) -> None:
    """Each is one payment, of what it cost; of very many at once only the newest are told of."""
    invoices = SandboxInvoice.objects.filter(subscription=row, state="paid", charge__checkout=None)
    ours = Payment.objects.filter(subscription__provider_ref=row.ref, kind="renewal", state__in=Payment.SETTLED)
    told, noted = set(invoices.values_list("ref", "amount")), set(ours.values_list("provider_ref", "amount"))
    assert noted <= told
    if row.invoices.count() <= AT_MOST_TOLD:
        assert noted == told
    assert (
        Mail.objects.filter(name="billing/renewed").count()
        == Payment.objects.filter(kind="renewal", state__in=Payment.SETTLED).count()
    )
