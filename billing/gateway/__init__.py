"""What Plaza asks of a payment provider: each is one module here with the same functions, and nothing else imports
their SDKs.

    CODE, NAME                 as in addresses and on pages
    is_there()                 has it what it needs? Otherwise it does not exist: no checkout, 404 on its webhook path
    open_checkout(order)       -> Opened
    read_webhook(raw, headers) -> Event; raises BadSignature. It says where to look, not what is true
    fetch_checkout(ref)        -> CheckoutTruth
    fetch_subscription(ref)    -> SubscriptionTruth
    refund(charge, amount, currency, key) -> RefundTruth; the same key again is the same refund
    fetch_refund(ref)          -> RefundTruth
    close_checkout(ref)        nobody can pay it any more, unless somebody has
    cancel(ref, at_period_end) · resume(ref) · change(ref, order)
    open_portal(ref, return_url, language) -> an address

    webhook_address() · simulate(ref, success) -> a body · sign(body, at) -> headers    for simulate_webhook

It may have these as well:

    fetch_refunds(charge)      all of them, for those that were made at the provider
    page_origins()             where its pages are; without it they are our own
    keep(objects, asked_at)    for a mirror of what was fetched, which nothing decides by
    account() · checks() -> Facts    for check_payments

All of them may raise ProviderDown (try again later) and ProviderRefused. None is called inside a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast

import structlog
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise

from core.errors import NotFound

CODES = ("stripe", "sandbox")

log = structlog.get_logger(__name__)


class BadSignature(Exception):
    """Nobody who knows the secret has sent this, or too long ago."""


class ProviderDown(Exception):
    """No answer, or none that can be used. What was asked may have been done: ask again with the same key."""


class ProviderRefused(Exception):
    """It answered, and will not. `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Order:
    """What a checkout is opened for. Amounts are integers of the minor unit."""

    ref: str
    title: str
    amount: int
    currency: str
    offer: str
    interval: str  # "month" or "year" is a subscription; "" is paid once
    trial_days: int
    customer: str  # the person's id
    email: str
    language: str
    return_url: str
    cancel_url: str
    asked_at: datetime | None = None  # when it was first asked for: the same however often it is tried


class Opened(NamedTuple):
    ref: str
    url: str
    expires_at: datetime


class Event(NamedTuple):
    """`subject` is checkout, subscription, refund or charge (of which something went back), and `ref` which; both are
    empty for what does not concern us."""

    id: str
    type: str
    subject: str
    ref: str


@dataclass(frozen=True)
class CheckoutTruth:
    """`state`: open, processing, paid, failed, expired. With a trial `paid` is what was due: nothing.

    `receipt` is the address of the provider's own invoice or receipt, where it has one.
    """

    state: str
    amount: int
    currency: str
    charge: str = ""
    subscription: str = ""
    failure: str = ""
    receipt: str = ""
    objects: tuple[Mapping[str, Any], ...] = field(default=(), compare=False, repr=False)  # what it was read from


@dataclass(frozen=True)
class InvoiceTruth:
    """One period that had to be paid. `state`: open, paid, failed. `receipt` as of a checkout."""

    ref: str
    state: str
    amount: int
    currency: str
    at: datetime
    charge: str = ""
    failure: str = ""
    receipt: str = ""


@dataclass(frozen=True)
class SubscriptionTruth:
    """`state` as in billing.models.Subscription; `offer` is the code that it was opened or changed with."""

    ref: str
    state: str
    offer: str
    amount: int
    currency: str
    period_start: datetime
    period_end: datetime
    trial_ends_at: datetime | None
    cancels: bool
    ended_at: datetime | None
    card: str
    invoices: list[InvoiceTruth] = field(default_factory=list)  # the newest of them, oldest first
    objects: tuple[Mapping[str, Any], ...] = field(default=(), compare=False, repr=False)  # what it was read from


class RefundTruth(NamedTuple):
    """`state`: pending, succeeded, failed. `key` is what it was asked with; "" if it was made at the provider."""

    ref: str
    state: str
    amount: int = 0
    key: str = ""
    objects: tuple[Mapping[str, Any], ...] = ()


class Fact(NamedTuple):
    """For check_payments. What is not right and only a note does not make it fail."""

    is_right: bool
    what: str
    hint: str = ""
    is_note: bool = False


class Provider(Protocol):
    """The functions of a provider's module, as types."""

    CODE: str
    NAME: str | Promise

    def is_there(self) -> bool: ...
    def open_checkout(self, order: Order) -> Opened: ...
    def read_webhook(self, raw: bytes, headers: Mapping[str, str]) -> Event: ...
    def fetch_checkout(self, ref: str) -> CheckoutTruth: ...
    def fetch_subscription(self, ref: str) -> SubscriptionTruth: ...
    def refund(self, charge: str, amount: int, currency: str, key: str) -> RefundTruth: ...
    def fetch_refund(self, ref: str) -> RefundTruth: ...
    def close_checkout(self, ref: str) -> None: ...
    def cancel(self, ref: str, at_period_end: bool) -> None: ...
    def resume(self, ref: str) -> None: ...
    def change(self, ref: str, order: Order) -> None: ...
    def open_portal(self, ref: str, return_url: str, language: str) -> str: ...
    def webhook_address(self) -> str: ...
    def simulate(self, ref: str, success: bool) -> bytes: ...
    def sign(self, body: bytes, at: int) -> dict[str, str]: ...


def named(code: str) -> Provider:
    """The provider's module. Raises NotFound for one that does not exist, or has no keys."""
    module: Any = import_module(f"billing.gateway.{code}") if code in CODES else None
    if module is None or not module.is_there():
        raise NotFound
    return cast(Provider, module)


def all_there() -> list[Provider]:
    modules: list[Any] = [import_module(f"billing.gateway.{code}") for code in CODES]
    return [module for module in modules if module.is_there()]


def header(headers: Mapping[str, str], name: str) -> str:
    """By any spelling of its name; empty if it is not there."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def page_origins() -> list[str]:
    """Of all providers that are there: where a form of ours may lead."""
    return [origin for module in all_there() for origin in getattr(module, "page_origins", list)()]


def own_webhook_address(code: str) -> str:
    """Where people reach this instance, or on its own machine."""
    path = reverse("webhook", args=[code])
    if settings.PUBLIC_URL.startswith("https://"):
        return f"{settings.PUBLIC_URL}{path}"
    return f"http://127.0.0.1:{settings.PORT}{path}"


def keep(
    provider: Provider, *truths: CheckoutTruth | SubscriptionTruth | RefundTruth | None, asked_at: datetime
) -> bool:
    """Give the mirror what was just decided by. After the commit: whatever becomes of it, what was decided stands.

    `asked_at` is when the provider was asked: what the mirror has from a later question stays.

    False if it could not take it: then it has to be asked for and given again.
    """
    take = getattr(provider, "keep", None)
    objects = [one for truth in truths if truth is not None for one in truth.objects]
    if take is None or not objects:
        return True
    try:
        take(objects, asked_at)
    except Exception:  # a mirror that fails in whatever way must not undo what it is the mirror of
        log.exception("mirror_failed", provider=provider.CODE)
        return False
    return True
