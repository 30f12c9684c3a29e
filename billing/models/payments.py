"""Money: what somebody was asked to pay, what arrived, what went back, and what the providers told us."""

from __future__ import annotations

import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.plans import Offer
from core.models import Work


def new_ref() -> str:
    """Names a payment in addresses and to its provider; it tells nothing, and nobody can guess another one."""
    return secrets.token_hex(12)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def living(self) -> Self:
        return self.filter(state__in=Subscription.LIVING)

    def locked(self, pk: int) -> Subscription:
        return self.select_for_update(of=("self",)).select_related("offer__plan", "user").get(pk=pk)


class Subscription(models.Model):
    """A plan that is paid again and again. What the provider said of it last; it feeds one Grant.

    `asked` and `heard` are tickets: whoever asks the provider takes the next number first, and an answer counts only
    if none that was asked for later has been heard. So an answer that was long on its way changes nothing.
    """

    class State(models.TextChoices):
        TRIALING = "trialing", _("free at first")
        ACTIVE = "active", _("active")
        PAST_DUE = "past_due", _("payment failed")
        ENDED = "ended", _("ended")

    LIVING = (State.TRIALING, State.ACTIVE, State.PAST_DUE)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="subscriptions", verbose_name=_("person")
    )
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+", verbose_name=_("offer"))
    provider = models.CharField(_("provider"), max_length=12)
    provider_ref = models.CharField(_("the provider's name for it"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=State)
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    period_start = models.DateTimeField(_("period begins"))
    period_end = models.DateTimeField(_("period ends"))
    trial_ends_at = models.DateTimeField(_("free until"), null=True)
    cancels = models.BooleanField(_("ends with its period"), default=False)
    ended_at = models.DateTimeField(_("ended"), null=True)
    card = models.CharField(_("card"), max_length=40, blank=True, help_text=_("Brand and last four digits."))
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    asked = models.PositiveBigIntegerField(default=0)
    heard = models.PositiveBigIntegerField(default=0)
    look_at = models.DateTimeField(
        _("next look"), null=True, help_text=_("When the provider is asked again by itself: a period or trial is over.")
    )
    trial_end_told = models.BooleanField(default=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("subscription"), _("subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_ref"], name="subscription_once"),
            models.CheckConstraint(condition=Q(heard__lte=F("asked")), name="subscription_heard_what_was_asked"),
        ]
        indexes = [models.Index(fields=["user", "state"], name="subscription_by_user")]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_ref}"

    @property
    def is_living(self) -> bool:
        return self.state in self.LIVING


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: Any) -> Self:
        """One's own; the staff's pages show the others."""
        return self.filter(user=user)

    def open(self) -> Self:
        return self.filter(state__in=Payment.OPEN)

    def with_all(self) -> Self:
        """With its person and what was bought."""
        return self.select_related("offer__plan", "user")

    def locked(self, pk: int, *, known: Payment | None = None) -> Payment:
        """With its person and what was bought: those of `known` where it has them, the same payment as it was a moment
        ago. Its subscription is locked first, if that is changed too."""
        if known is None or not (Payment.user.is_cached(known) and Payment.offer.is_cached(known)):
            return self.select_for_update(of=("self",)).with_all().get(pk=pk)
        row = self.select_for_update().get(pk=pk)
        if row.user_id == known.user_id:
            row.user = known.user
        if row.offer_id == known.offer_id:
            row.offer = known.offer
        return row


class Payment(models.Model):
    """Something to be paid, and what became of it. `paid` is never left but for the refunded states.

    amount, refunded, refunding   integers of the minor unit; `refunding` has been asked of the provider
    purpose                       who is to do what once it is paid: a name in billing.purposes
    flag                          why the staff has to look at it; what it was for was not given
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        PROCESSING = "processing", _("being checked")
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        PARTIALLY_REFUNDED = "partially_refunded", _("refunded in part")
        REFUNDED = "refunded", _("refunded")

    class Kind(models.TextChoices):
        CHECKOUT = "checkout", _("checkout")
        RENEWAL = "renewal", _("renewal")

    class Flag(models.TextChoices):
        AMOUNT = "amount", _("another amount arrived")
        CURRENCY = "currency", _("another currency arrived")
        SECOND_TRIAL = "second_trial", _("a second free time")
        SECOND = "second", _("a second subscription")
        NOBODY = "nobody", _("its person is gone")

    OPEN = (State.PENDING, State.PROCESSING)
    SETTLED = (State.PAID, State.PARTIALLY_REFUNDED, State.REFUNDED)

    ref = models.CharField(_("reference"), max_length=24, unique=True, default=new_ref)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="payments", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.CHECKOUT)
    purpose = models.CharField(_("purpose"), max_length=20)
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, related_name="+", verbose_name=_("offer"))
    trial_days = models.PositiveSmallIntegerField(default=0)
    days = models.PositiveIntegerField(null=True, help_text="That it pays for; NULL: for good, or until the next one.")
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, null=True, related_name="payments", verbose_name=_("subscription")
    )
    provider = models.CharField(_("provider"), max_length=12)
    provider_ref = models.CharField(_("the provider's name for it"), max_length=200, blank=True)
    charge_ref = models.CharField(_("charge"), max_length=200, blank=True, help_text=_("What a refund names."))
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PENDING)
    refunded = models.PositiveBigIntegerField(_("refunded"), default=0)
    refunding = models.PositiveBigIntegerField(_("being refunded"), default=0)
    failure = models.CharField(_("why it failed"), max_length=40, blank=True)
    flag = models.CharField(_("to be looked at"), max_length=16, choices=Flag, blank=True)
    arrived = models.CharField(
        _("arrived"), max_length=40, blank=True, help_text=_("Amount and currency, where another was asked for.")
    )
    checkout_url = models.URLField(max_length=2000, blank=True)
    receipt_url = models.URLField(_("the provider's receipt"), max_length=2000, blank=True)
    key = models.CharField(max_length=200, blank=True, help_text="The Idempotency-Key it was asked for with.")
    body_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    expires_at = models.DateTimeField(_("may be paid until"), null=True)
    paid_at = models.DateTimeField(_("paid"), null=True)
    look_at = models.DateTimeField(
        _("next look"), null=True, help_text=_("When the provider is asked again by itself.")
    )
    looks = models.PositiveSmallIntegerField(_("looks"), default=0)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("payment"), _("payments")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_ref"], condition=~Q(provider_ref=""), name="payment_once"
            ),
            models.UniqueConstraint(fields=["user", "key"], condition=~Q(key=""), name="payment_once_a_key"),
            models.CheckConstraint(
                condition=Q(amount__gte=F("refunded") + F("refunding")), name="payment_refunds_what_was_paid"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="payment_by_user"),
            models.Index(fields=["look_at"], name="payment_to_look_at", condition=Q(look_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def is_settled(self) -> bool:
        return self.state in self.SETTLED

    @property
    def refundable(self) -> int:
        return self.amount - self.refunded - self.refunding if self.is_settled else 0


class Fulfilment(Work):
    """What a payment was for is done once, in a transaction of its own; until then the schedule tries again."""

    most_attempts = 50
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="fulfilment", verbose_name=_("payment"))

    class Meta:
        verbose_name, verbose_name_plural = _("fulfilment"), _("fulfilments")
        indexes = [models.Index(fields=["due_at"], name="fulfilment_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"Fulfilment of {self.payment_id}"


class Refund(Work):
    """Money on its way back. Its state is that of the work: done means that it went, failed that it was refused."""

    class Effect(models.TextChoices):
        END = "end", _("What was paid for ends now")
        SHORTEN = "shorten", _("It becomes shorter by the same share")
        KEEP = "keep", _("It stays as it is")

    most_attempts = 200
    ref = models.CharField(_("reference"), max_length=24, unique=True, default=new_ref)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    amount = models.PositiveBigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    effect = models.CharField(_("what it ends"), max_length=8, choices=Effect)
    provider_ref = models.CharField(_("the provider's name for it"), max_length=200, blank=True)
    key = models.CharField(max_length=200, blank=True)
    body_hash = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name, verbose_name_plural = _("refund"), _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["payment", "key"], condition=~Q(key=""), name="refund_once_a_key"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="refund_is_something"),
        ]
        indexes = [models.Index(fields=["due_at"], name="refund_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return self.ref


class InboundEvent(Work):
    """What a provider sent, as it came. It says where to look; what is true is asked of the provider."""

    most_attempts = 50
    provider = models.CharField(_("provider"), max_length=12)
    event_id = models.CharField(_("the provider's id"), max_length=200)
    type = models.CharField(_("type"), max_length=80)
    subject = models.CharField(_("about"), max_length=12, blank=True)
    subject_ref = models.CharField(_("which"), max_length=200, blank=True)
    body = models.BinaryField()
    headers = models.JSONField(_("headers"), default=dict)
    copies = models.PositiveIntegerField(_("arrived"), default=1, help_text=_("How often it came."))

    class Meta:
        verbose_name, verbose_name_plural = _("event"), _("events")
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="event_once")]
        indexes = [models.Index(fields=["due_at"], name="event_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.provider} {self.type} {self.event_id}"


class Trial(models.Model):
    """Somebody has had their free days. It outlives the subscription; with the account it goes."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="trial")
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.user_id)
