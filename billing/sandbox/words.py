"""What the sandbox's pages say about prices."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import SandboxCharge, SandboxCheckout, SandboxInvoice
from core.money import format_money


def price(amount: int, currency: str, interval: str = "") -> str:
    """`EGP 150.00 every month`."""
    money = format_money(amount, currency)
    if interval == "month":
        return _("%(money)s every month") % {"money": money}
    if interval == "year":
        return _("%(money)s every year") % {"money": money}
    return money


def terms(checkout: SandboxCheckout) -> str:
    """What is agreed to by paying."""
    each = price(checkout.amount, checkout.currency, checkout.interval)
    if checkout.trial_days:
        days = checkout.trial_days
        said = ngettext("Free for %(days)d day, then %(price)s", "Free for %(days)d days, then %(price)s", days)
        return said % {"days": days, "price": each}
    if checkout.interval:
        return _("%(price)s, until you cancel") % {"price": each}
    return _("Paid once. It does not renew.")


def paid_for(charge: SandboxCharge) -> str:
    """What the money was for; a charge is of a checkout, an invoice, or both."""
    checkout: SandboxCheckout | None = getattr(charge, "checkout", None)
    if checkout is not None:
        return checkout.title
    invoice: SandboxInvoice | None = getattr(charge, "invoice", None)
    return invoice.subscription.title if invoice is not None else ""
