"""The books of the sandbox: a payment provider that is not there. Nothing else in Plaza reads them; it is asked like
any other provider, through billing.gateway.sandbox, and tells what happened by webhook.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models import Work


def checkout_ref() -> str:
    return f"cs_{secrets.token_hex(12)}"


def subscription_ref() -> str:
    return f"sub_{secrets.token_hex(12)}"


def invoice_ref() -> str:
    return f"in_{secrets.token_hex(12)}"


def charge_ref() -> str:
    return f"ch_{secrets.token_hex(12)}"


def refund_ref() -> str:
    return f"re_{secrets.token_hex(12)}"


def event_ref() -> str:
    return f"evt_{secrets.token_hex(12)}"


class SandboxClock(models.Model):
    """How far the staff has moved the clock, and until when (real time) it is away. One row at most; none is zero."""

    offset = models.DurationField(default=timedelta)
    away_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.offset)


class SandboxCharge(models.Model):
    """Money that a card has paid. Its row is locked to refund it."""

    ref = models.CharField(max_length=40, unique=True, default=charge_ref)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    card_number = models.CharField(max_length=19)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref


class SandboxSubscription(models.Model):
    """`state`: trialing, active, past_due, ended.

    anchor   the start of the first period that is paid: every other one begins on its day of the month
    period   the last one that was paid, or the trial; it stays while the next one's payment fails
    due_at   when something happens by itself: the period ends, or the card is tried again. NULL: ended
    tries    how often the open invoice has been tried in vain
    """

    ref = models.CharField(max_length=40, unique=True, default=subscription_ref)
    customer = models.CharField(max_length=40, db_index=True)
    offer = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    interval = models.CharField(max_length=8)
    state = models.CharField(max_length=8)
    anchor = models.DateTimeField()
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    trial_ends_at = models.DateTimeField(null=True)
    cancels = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    card_number = models.CharField(max_length=19)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return self.ref


class SandboxCheckoutQuerySet(models.QuerySet["SandboxCheckout"]):
    def payable(self) -> Self:
        return self.filter(state__in=SandboxCheckout.PAYABLE)


class SandboxCheckout(models.Model):
    """A hosted checkout. `state`: open, confirming (3-D Secure is asked for), failed (so far), paid, expired.

    One that has failed can be paid with another card until it expires.
    """

    PAYABLE = ("open", "confirming", "failed")

    ref = models.CharField(max_length=40, unique=True, default=checkout_ref)
    merchant_ref = models.CharField(max_length=40, unique=True)
    customer = models.CharField(max_length=40)
    email = models.EmailField(blank=True)
    offer = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    amount = models.PositiveBigIntegerField()  # of one payment; due now only without a trial
    currency = models.CharField(max_length=3)
    interval = models.CharField(max_length=8, blank=True)
    trial_days = models.PositiveSmallIntegerField(default=0)
    language = models.CharField(max_length=10, blank=True)
    return_url = models.URLField(max_length=500)
    cancel_url = models.URLField(max_length=500)
    state = models.CharField(max_length=10, default="open")
    failure = models.CharField(max_length=40, blank=True)
    card_number = models.CharField(max_length=19, blank=True)
    charge = models.OneToOneField(SandboxCharge, models.PROTECT, null=True, related_name="checkout")
    subscription = models.OneToOneField(SandboxSubscription, models.PROTECT, null=True, related_name="checkout")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    objects = SandboxCheckoutQuerySet.as_manager()

    def __str__(self) -> str:
        return self.ref

    @property
    def is_payable(self) -> bool:
        return self.state in self.PAYABLE

    @property
    def due_now(self) -> int:
        return 0 if self.trial_days else self.amount


class SandboxInvoice(models.Model):
    """Something that a subscription had to pay: a period, or the rest of one. `state`: open, paid, failed."""

    ref = models.CharField(max_length=40, unique=True, default=invoice_ref)
    subscription = models.ForeignKey(SandboxSubscription, models.PROTECT, related_name="invoices")
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8, default="open")
    charge = models.OneToOneField(SandboxCharge, models.PROTECT, null=True, related_name="invoice")
    failure = models.CharField(max_length=40, blank=True)
    period_start = models.DateTimeField()
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "period_start"], name="sandbox_invoice_once_a_period")
        ]

    def __str__(self) -> str:
        return self.ref


class SandboxRefund(models.Model):
    """`state`: succeeded; it goes at once. `key` is the merchant's: the same one again is the same refund."""

    ref = models.CharField(max_length=40, unique=True, default=refund_ref)
    charge = models.ForeignKey(SandboxCharge, models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=200, unique=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10)

    def __str__(self) -> str:
        return self.ref


class SandboxWebhook(Work):
    """An event that this instance is told over HTTP, again until it says 2xx; some arrive twice, as in real life."""

    most_attempts = 20
    event_id = models.CharField(max_length=40, unique=True, default=event_ref)
    body = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="sandbox_webhook_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return self.event_id
