"""The tables of billing: what a membership allows, the money for it, and the sandbox's own books."""

from billing.models.payments import Fulfilment, InboundEvent, Payment, Refund, Subscription, Trial
from billing.models.plans import Feature, Grant, Interval, Offer, Plan, Price
from billing.models.providers import ProviderCustomer, ProviderSeen
from billing.models.sandbox import (
    SandboxCharge,
    SandboxCheckout,
    SandboxClock,
    SandboxInvoice,
    SandboxRefund,
    SandboxSubscription,
    SandboxWebhook,
)

__all__ = [
    "Feature",
    "Fulfilment",
    "Grant",
    "InboundEvent",
    "Interval",
    "Offer",
    "Payment",
    "Plan",
    "Price",
    "ProviderCustomer",
    "ProviderSeen",
    "Refund",
    "SandboxCharge",
    "SandboxCheckout",
    "SandboxClock",
    "SandboxInvoice",
    "SandboxRefund",
    "SandboxSubscription",
    "SandboxWebhook",
    "Subscription",
    "Trial",
]
