"""The cards that the sandbox knows, and what becomes of them. Their numbers and habits are those of Stripe's test cards
(https://docs.stripe.com/testing), so that who has tried payments before knows them already."""

import unicodedata
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CONFIRM = "confirm"  # 3-D Secure is asked for
UNKNOWN = "unknown_card"
LONGEST_TYPED = 40


@dataclass(frozen=True)
class Card:
    """`at_first` and `later`: "" is paid, CONFIRM asks the person, anything else is why it fails.

    `at_first` is what happens with the person there, at the checkout; `later` when the card is charged by itself.
    """

    number: str
    says: str | Promise
    at_first: str = ""
    later: str = ""

    @property
    def grouped(self) -> str:
        return " ".join(self.number[place : place + 4] for place in range(0, len(self.number), 4))


CARDS = (
    Card("4242424242424242", _("is paid")),
    Card("4000002500003155", _("asks for 3-D Secure"), at_first=CONFIRM),
    Card("4000000000000002", _("is declined"), at_first="card_declined", later="card_declined"),
    Card("4000000000009995", _("has no money on it"), at_first="insufficient_funds", later="insufficient_funds"),
    Card("4000000000000341", _("is paid once, and declined at every renewal"), later="card_declined"),
)
_BY_NUMBER = {card.number: card for card in CARDS}
FAILURES: dict[str, str | Promise] = {
    "card_declined": _("The card was declined. Try another one."),
    "insufficient_funds": _("There is not enough money on the card. Try another one."),
    "authentication_failed": _("3-D Secure was refused, so nothing was paid. Try again, or take another card."),
    UNKNOWN: _("The sandbox knows its test cards only, and declines every other. Take one of those in the list."),
}


def failure(code: str) -> str:
    """A sentence; empty for what is no failure of a card."""
    return str(FAILURES.get(code, ""))


def read_number(typed: object) -> str:
    """The digits of a card's number as somebody may type it; "" if it cannot be one (length, check digit).

    Spaces and hyphens are left out. Digits of any script count: a number is the same in all of them.
    """
    text = str(typed) if isinstance(typed, int) and not isinstance(typed, bool) and 0 < typed < 10**19 else typed
    if not isinstance(text, str) or len(text) > LONGEST_TYPED:
        return ""
    signs = [sign for sign in text if sign not in " -\u00a0\u200e\u200f"]
    values = [unicodedata.decimal(sign, -1) for sign in signs]
    if not 12 <= len(values) <= 19 or -1 in values or not _is_right(values):
        return ""
    return "".join(map(str, values))


def _is_right(digits: list[int]) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B (Luhn)."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and any(digits)


def at_first(number: str) -> str:
    return _BY_NUMBER[number].at_first if number in _BY_NUMBER else UNKNOWN


def later(number: str) -> str:
    return _BY_NUMBER[number].later if number in _BY_NUMBER else UNKNOWN


def as_kept(number: str) -> str:
    """How a card is called once it is known: `Visa 4242`; nothing more of it leaves the sandbox."""
    brand = {"3": "American Express", "4": "Visa", "5": "Mastercard", "6": "Discover"}.get(number[:1], "")
    return f"{brand} {number[-4:]}".strip()
