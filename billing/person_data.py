"""What billing keeps about a person: the plans that they were given, what they paid, and what they got back."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing import clock
from billing.models import Grant, Payment, ProviderCustomer, Refund, SandboxCheckout, Subscription, Trial
from core.person_data import PersonData, in_chunks, register
from core.times import iso


def _grants(user: User) -> Iterator[dict[str, Any]]:
    for grant in in_chunks(Grant.objects.filter(user=user).select_related("plan")):
        yield {
            "plan": grant.plan.code,
            "source": grant.source,
            "from": iso(grant.starts_at),
            "until": iso(grant.ends_at),
            "reason": grant.reason,
        }


def _erase_grants(user: User) -> None:
    Grant.objects.filter(user=user).delete()


def _payments(user: User) -> Iterator[dict[str, Any]]:
    for payment in in_chunks(Payment.objects.filter(user=user).select_related("offer")):
        yield {
            "id": payment.ref,
            "plan": payment.offer.code if payment.offer else None,
            "kind": payment.kind,
            "status": payment.state,
            "amount": payment.amount,
            "refunded": payment.refunded,
            "currency": payment.currency,
            "trial_days": payment.trial_days,
            "provider": payment.provider,
            "provider_id": payment.provider_ref,
            "failure": payment.failure,
            "asked_at": iso(payment.created_at),
            "paid_at": iso(payment.paid_at),
        }


def _subscriptions(user: User) -> Iterator[dict[str, Any]]:
    for row in in_chunks(Subscription.objects.filter(user=user).select_related("offer")):
        yield {
            "plan": row.offer.code,
            "status": row.state,
            "amount": row.amount,
            "currency": row.currency,
            "provider": row.provider,
            "provider_id": row.provider_ref,
            "card": row.card,
            "begun_at": iso(row.created_at),
            "free_until": iso(row.trial_ends_at),
            "period_from": iso(row.period_start),
            "period_until": iso(row.period_end),
            "ends_with_its_period": row.cancels,
            "ended_at": iso(row.ended_at),
        }


def _refunds(user: User) -> Iterator[dict[str, Any]]:
    for refund in in_chunks(Refund.objects.filter(payment__user=user).select_related("payment")):
        yield {
            "id": refund.ref,
            "payment": refund.payment.ref,
            "status": refund.state,
            "amount": refund.amount,
            "currency": refund.payment.currency,
            "reason": refund.reason,
            "asked_at": iso(refund.created_at),
        }


def _erase_payments(user: User) -> None:
    """Books of money are kept, without whose it was. What leads to them at a provider's page goes."""
    SandboxCheckout.objects.filter(customer=str(user.pk)).update(email="")
    Trial.objects.filter(user=user).delete()
    ProviderCustomer.objects.filter(user=user).delete()
    Payment.objects.filter(user=user).update(user=None, checkout_url="", key="")


def _erase_subscriptions(user: User) -> None:
    """One that lives is cancelled at its provider by the schedule: there is nobody left to pay for."""
    Subscription.objects.filter(user=user).update(user=None, card="", look_at=clock.now())


def _nothing_of_its_own(_user: User) -> None:
    """They lose their person with their payments."""


def register_all() -> None:
    register(PersonData(name="plans", about=_("The plans that you were given"), export=_grants, erase=_erase_grants))
    register(
        PersonData(name="refunds", about=_("What was paid back to you"), export=_refunds, erase=_nothing_of_its_own)
    )
    register(PersonData(name="payments", about=_("What you paid"), export=_payments, erase=_erase_payments))
    register(
        PersonData(
            name="subscriptions",
            about=_("The plans that you pay for again and again"),
            export=_subscriptions,
            erase=_erase_subscriptions,
        )
    )
