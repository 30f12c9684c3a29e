"""What pages and mails call things: why a payment failed, how a membership stands, who takes the money."""

from importlib import import_module
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import gateway

MONTH, YEAR = 30, 365  # days

STANDINGS: dict[str, Any] = {
    "free": gettext_lazy("free"),
    "trialing": gettext_lazy("free at first"),
    "active": gettext_lazy("active"),
    "past_due": gettext_lazy("payment failed"),
    "cancelling": gettext_lazy("ends soon"),
    "ended": gettext_lazy("ended"),
}
FAILURES: dict[str, Any] = {
    "card_declined": gettext_lazy("The bank has declined the card. Please use another one, or ask your bank."),
    "insufficient_funds": gettext_lazy("There was not enough money on the card. Please use another one."),
    "expired_card": gettext_lazy("The card has expired. Please use another one."),
    "generic_decline": gettext_lazy("The bank has declined the card. Please use another one, or ask your bank."),
    "authentication_failed": gettext_lazy("The bank could not make sure that it was you. Please try again."),
}


def failure(code: str) -> str:
    """A sentence for `Payment.failure`; a general one for a code that only its provider knows."""
    return str(FAILURES[code]) if code in FAILURES else _("Nothing was taken. Your bank can say why.")


def provider(code: str) -> str:
    """Its name; the code of one that this Plaza does not have any more."""
    return str(import_module(f"billing.gateway.{code}").NAME) if code in gateway.CODES else code
