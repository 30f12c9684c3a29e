"""Words and looks of memberships and payments, on pages and in mails."""

import re
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from billing import words
from billing.gateway.mirrored import StripeInvoice
from billing.models import Feature, Interval, Offer, Payment, Plan, Refund
from core.money import format_money

register = template.Library()
LOOKS = {
    Payment.State.PENDING: "warn",
    Payment.State.PROCESSING: "warn",
    Payment.State.PAID: "good",
    Payment.State.FAILED: "bad",
    Payment.State.EXPIRED: "plain",
    Payment.State.PARTIALLY_REFUNDED: "plain",
    Payment.State.REFUNDED: "plain",
}
REFUND_LOOKS = {Refund.State.DONE: "good", Refund.State.FAILED: "bad"}
INVOICE_LOOKS = {"paid": "good", "open": "warn", "uncollectible": "bad"}
INVOICE_STATES = {
    "draft": pgettext_lazy("invoice", "being written"),
    "open": pgettext_lazy("invoice", "to be paid"),
    "paid": pgettext_lazy("invoice", "paid"),
    "uncollectible": pgettext_lazy("invoice", "not paid"),
    "void": pgettext_lazy("invoice", "cancelled"),
}
STANDING_LOOKS = {"free": "plain", "ended": "plain", "past_due": "bad", "cancelling": "warn"}


@register.simple_tag
def price_words(amount: int, currency: str, interval: str = "") -> str:
    """15000 EGP "month" is "EGP 150 a month"; what is paid once is the amount alone."""
    shown = {"amount": format_money(amount, currency, strip_if_whole=True)}
    if interval == Interval.MONTH:
        return _("%(amount)s a month") % shown
    if interval == Interval.YEAR:
        return _("%(amount)s a year") % shown
    return shown["amount"]


@register.filter
def invoice_look(invoice: StripeInvoice) -> str:
    return INVOICE_LOOKS.get(invoice.state, "plain")


@register.filter
def invoice_state(invoice: StripeInvoice) -> str:
    return str(INVOICE_STATES[invoice.state])


@register.filter
def how_long(offer: Offer) -> str:
    """What is had for one payment: "every month", "once, for a year"."""
    if offer.renews:
        return str(Interval(offer.interval).label)
    if offer.days is None:
        return _("once, for good")
    if offer.days % words.YEAR == 0:
        years = offer.days // words.YEAR
        return ngettext("once, for a year", "once, for %(years)s years", years) % {"years": years}
    return ngettext("once, for %(days)s day", "once, for %(days)s days", offer.days) % {"days": offer.days}


@register.filter
def free_at_first(days: int) -> str:
    """30 days are "One month free", 14 are "14 days free"."""
    if days % words.MONTH == 0:
        months = days // words.MONTH
        return ngettext("One month free", "%(months)s months free", months) % {"months": months}
    return ngettext("One day free", "%(days)s days free", days) % {"days": days}


@register.filter
def limit_shown(plan: Plan, name: str) -> str:
    """3, 1,000, 100 MB or "unlimited"."""
    number = getattr(plan, name)
    if number is None:
        return _("unlimited")
    return size_words(number) if name == "file_bytes" else number_format(number, force_grouping=True)


@register.filter
def size_words(size: int) -> str:
    """25 MB: Django writes a digit behind the point in any case."""
    return re.sub(r"\D0(?=\D)", "", filesizeformat(size), count=1)


@register.filter
def feature_words(plan: Plan) -> list[str]:
    return [str(Feature(name).label) for name in plan.features if name in Feature.values]


@register.filter
def list_words(words: list[str]) -> str:
    """One after the other, with the comma of the language."""
    return pgettext("between the things of a list", ", ").join(words)


@register.filter
def failure_words(payment: Payment) -> str:
    return words.failure(payment.failure)


@register.filter
def provider_name(code: str) -> str:
    return words.provider(code)


@register.filter
def payment_look(payment: Payment) -> str:
    """Of its badge: `badge--<look>`."""
    return LOOKS[Payment.State(payment.state)]


@register.filter
def refund_look(refund: Refund) -> str:
    return REFUND_LOOKS.get(Refund.State(refund.state), "warn")


@register.filter
def standing_look(status: str) -> str:
    return STANDING_LOOKS.get(status, "good")


@register.filter
def standing_words(status: str) -> Any:
    return words.STANDINGS[status]
