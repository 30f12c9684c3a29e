"""What a membership allows, what it costs, and who has one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Feature(models.TextChoices):
    TRANSLATION = "translation", _("translation")
    HD_VIDEO = "hd_video", _("HD video")
    CUSTOM_EMOJI = "custom_emoji", _("custom emoji anywhere")


class Plan(models.Model):
    """NULL in a limit is unlimited. Everybody has the free plan; the others are had by a Grant."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True, help_text="The better plan has the greater one.")
    rooms_per_12h = models.PositiveIntegerField(_("rooms in 12 hours"), null=True)
    characters_per_month = models.PositiveIntegerField(_("characters in a month"), null=True)
    ai_messages_per_month = models.PositiveIntegerField(_("AI messages in a month"), null=True)
    file_bytes = models.PositiveBigIntegerField(_("bytes of a file"))
    features = models.JSONField(_("features"), default=list, help_text="Values of Feature.")
    is_free = models.BooleanField(_("free"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("plan"), _("plans")
        constraints = [
            models.UniqueConstraint(fields=["is_free"], condition=Q(is_free=True), name="plan_one_is_free"),
            # Who may open none would be told of a next one that never comes.
            models.CheckConstraint(
                condition=Q(rooms_per_12h__isnull=True) | Q(rooms_per_12h__gte=1), name="plan_opens_rooms"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Interval(models.TextChoices):
    ONCE = "once", _("once")
    MONTH = "month", _("every month")
    YEAR = "year", _("every year")
    LIFETIME = "lifetime", _("for good")


class OfferQuerySet(models.QuerySet["Offer"]):
    def on_sale(self) -> Self:
        return self.filter(is_on_sale=True, plan__is_free=False)


class Offer(models.Model):
    """A way to have a plan: what is paid how often, and for how long it lasts. `code` is what clients name."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="offers", verbose_name=_("plan"))
    interval = models.CharField(_("is paid"), max_length=8, choices=Interval)
    days = models.PositiveIntegerField(
        _("lasts days"), null=True, help_text=_("Of one that is paid once. NULL: for good.")
    )
    trial_days = models.PositiveSmallIntegerField(_("free days at first"), default=0, help_text=_("Once per person."))
    is_on_sale = models.BooleanField(_("on sale"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("offer"), _("offers")
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(trial_days=0) | Q(interval__in=[Interval.MONTH, Interval.YEAR]),
                name="offer_trial_of_a_subscription",
            ),
            models.CheckConstraint(condition=Q(days=None) | Q(days__gte=1), name="offer_lasts"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def renews(self) -> bool:
        return self.interval in (Interval.MONTH, Interval.YEAR)


class Price(models.Model):
    """What an offer costs in one currency: an integer of its minor unit."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="prices", verbose_name=_("offer"))
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.PositiveBigIntegerField(_("amount"))

    class Meta:
        verbose_name, verbose_name_plural = _("price"), _("prices")
        constraints = [
            models.UniqueConstraint(fields=["offer", "currency"], name="price_once_a_currency"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="price_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.amount} {self.currency}"


class GrantQuerySet(models.QuerySet["Grant"]):
    def living(self, now: datetime | Any) -> Self:
        """`now` is billing.clock.now(), or its now_in_query()."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)


class Grant(models.Model):
    """Somebody has a plan for a while. With several at a time, the best of them counts for each limit."""

    class Source(models.TextChoices):
        STAFF = "staff", _("given by the staff")
        PAYMENT = "payment", _("paid once")
        SUBSCRIPTION = "subscription", _("subscription")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants", verbose_name=_("person"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="grants", verbose_name=_("plan"))
    source = models.CharField(_("source"), max_length=12, choices=Source)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"), null=True)  # NULL: never
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("given by")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    payment = models.OneToOneField(
        "billing.Payment", models.PROTECT, null=True, related_name="grant", verbose_name=_("payment")
    )
    subscription = models.OneToOneField(
        "billing.Subscription", models.PROTECT, null=True, related_name="grant", verbose_name=_("subscription")
    )

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("given plan"), _("given plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")), name="grant_ends_after_its_start"
            ),
            models.CheckConstraint(
                condition=Q(source="staff", payment=None, subscription=None)
                | Q(source="payment", payment__isnull=False, subscription=None)
                | Q(source="subscription", payment=None, subscription__isnull=False),
                name="grant_has_its_source",
            ),
        ]
        indexes = [models.Index(fields=["user", "ends_at"], name="grant_by_user")]

    def __str__(self) -> str:
        return f"{self.plan} · {self.user}"  # the lists that show it have loaded both

    def is_living(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or self.ends_at > now)
