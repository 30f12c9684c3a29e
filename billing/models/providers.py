"""What is known about providers: who somebody is there, and that an operator has seen it work."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ProviderCustomer(models.Model):
    """Somebody is the same customer at every checkout: their cards and invoices are in one place."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    provider = models.CharField(_("provider"), max_length=12)
    account = models.CharField(max_length=80, blank=True, help_text="The provider's account that knows them.")
    ref = models.CharField(_("the provider's name for it"), max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "provider", "account"], name="provider_customer_once"),
        ]

    def __str__(self) -> str:
        return self.ref


class ProviderSeen(models.Model):
    """An operator has seen this provider's account take money and tell of it: `check_payments --confirm`."""

    provider = models.CharField(max_length=12)
    account = models.CharField(max_length=80)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "account"], name="provider_seen_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.account}"
