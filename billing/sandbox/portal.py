"""What the customer's portal shows."""

from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import clock
from billing.models import Offer, Price, SandboxSubscription
from billing.sandbox import cards, subscriptions, words

SHOWN = 24  # invoices
STATES: dict[str, str | Promise] = {
    "trialing": gettext_lazy("free at first"),
    "active": gettext_lazy("active"),
    "past_due": gettext_lazy("payment failed"),
    "ended": gettext_lazy("ended"),
}
INVOICE_STATES: dict[str, str | Promise] = {
    "open": gettext_lazy("open"),
    "paid": gettext_lazy("paid"),
    "failed": gettext_lazy("not paid"),
}
_DONE: dict[str, str | Promise] = {
    "changed": gettext_lazy("Your plan is changed."),
    "card": gettext_lazy("Your card is saved."),
    "cancels": gettext_lazy("It is cancelled and ends when what is paid for is over."),
    "ended_now": gettext_lazy("It has ended."),
    "resumed": gettext_lazy("It goes on."),
}
_NOT_DONE: dict[str, str | Promise] = {
    **cards.FAILURES,
    "kept_card_declined": gettext_lazy("Your card is saved, but it was declined for what is open. Take another one."),
    "ended": gettext_lazy("This has ended, so nothing about it can be changed."),
    "past_due": gettext_lazy("Something has to be paid first. Change your card, and it is tried again at once."),
    "other_currency": gettext_lazy("A subscription keeps its currency."),
}


class Said(NamedTuple):
    kind: str  # of a notice
    sentence: str | Promise


class Way(NamedTuple):
    """A plan that one could change to."""

    plan: subscriptions.Plan
    price: str
    due: str  # what has to be paid at once; "" if nothing


def said(code: str) -> Said | None:
    if code in _DONE:
        return Said("success", _DONE[code])
    return Said("error", _NOT_DONE[code]) if code in _NOT_DONE else None


def wrong_number() -> str:
    return _("This is no card number. Take one of the test cards.")


def ways_from(subscription: SandboxSubscription) -> list[Way]:
    """The merchant's plans in the same currency, without the one that there is. With an ended or unpaid one none."""
    if subscription.state not in ("trialing", "active"):
        return []
    on_sale = Offer.objects.on_sale().filter(interval__in=subscriptions.MONTHS).exclude(code=subscription.offer)
    prices = Price.objects.filter(offer__in=on_sale, currency=subscription.currency)
    return [_way(subscription, price) for price in prices.select_related("offer__plan").order_by("offer__position")]


def _way(subscription: SandboxSubscription, price: Price) -> Way:
    offer = price.offer
    title = _("Plaza: %(plan)s") % {"plan": offer.plan.name}
    plan = subscriptions.Plan(offer.code, title[:120], price.amount, price.currency, offer.interval)
    due = subscriptions.due_now(subscription, plan, clock.now())
    said_due = words.price(due, plan.currency) if due else ""
    return Way(plan, words.price(plan.amount, plan.currency, plan.interval), said_due)


def facts(subscription: SandboxSubscription) -> dict[str, Any]:
    invoices = subscription.invoices.select_related("charge").order_by("-created_at", "-pk")[:SHOWN]
    return {
        "subscription": subscription,
        "state": STATES[subscription.state],
        "price": words.price(subscription.amount, subscription.currency, subscription.interval),
        "card": cards.as_kept(subscription.card_number),
        "ways": ways_from(subscription),
        "cards": cards.CARDS,
        "invoices": [(invoice, INVOICE_STATES[invoice.state]) for invoice in invoices],
    }
