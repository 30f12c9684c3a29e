"""Amounts of money as people read and write them: an integer of the minor unit, with its ISO 4217 currency."""

import re
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import pgettext, pgettext_lazy

USUAL_EXPONENT = 2
# Decimal places of the minor unit where they are not two: ISO 4217, list one.
EXPONENTS = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
}
# What a language calls a currency; any other is called by its code.
SYMBOLS = {
    "AED": pgettext_lazy("currency", "AED"),
    "EGP": pgettext_lazy("currency", "EGP"),
    "EUR": pgettext_lazy("currency", "€"),
    "GBP": pgettext_lazy("currency", "£"),
    "INR": pgettext_lazy("currency", "₹"),
    "JPY": pgettext_lazy("currency", "¥"),
    "KWD": pgettext_lazy("currency", "KWD"),
    "SAR": pgettext_lazy("currency", "SAR"),
    "USD": pgettext_lazy("currency", "$"),
}
NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
MOST = 10**15  # of the minor unit: more than anything costs, less than a column holds
_WRITTEN = re.compile(r"([0-9]{1,15})(?:\.([0-9]+))?")


def exponent(currency: str) -> int:
    """How many decimal places the currency has: EGP 2, JPY 0, KWD 3."""
    return EXPONENTS.get(currency, USUAL_EXPONENT)


def format_money(minor: int, currency: str, *, strip_if_whole: bool = False) -> str:
    """150000 EGP is "EGP 1,500.00" in English; "EGP 1,500" with `strip_if_whole`, as on a price tag."""
    places = exponent(currency)
    whole, rest = divmod(abs(minor), 10**places)
    if strip_if_whole and rest == 0:
        places = 0
    amount = number_format(
        Decimal(f"{whole}.{rest:0{places}}" if places else whole), decimal_pos=places, force_grouping=True
    )
    symbol = str(SYMBOLS.get(currency, currency))
    # Translators: {currency} is a sign or a code with its space, as in $8.00 and EGP 8.00; put it where it belongs.
    pattern = pgettext("money", "{currency}{amount}")
    if pattern.startswith("{currency}") and symbol[-1:].isalpha():
        symbol += NO_BREAK_SPACE
    sign = MINUS if minor < 0 else ""
    return sign + pattern.format(currency=symbol, amount=amount)


def plain_amount(minor: int, currency: str) -> str:
    """150000 EGP is "1500.00": for a field, and what `minor_units` reads."""
    places = exponent(currency)
    whole, rest = divmod(minor, 10**places)
    return f"{whole}.{rest:0{places}}" if places else str(whole)


def minor_units(written: str, currency: str) -> int:
    """What is written as 12.5 EGP is 1250. A comma is refused, since it means one thing here and another there.

    Raises ValueError for what is no amount, has parts smaller than the minor unit, or is beyond all measure.
    """
    found = _WRITTEN.fullmatch(written.strip())
    places = exponent(currency)
    fraction = (found[2] or "") if found else ""
    if found is None or len(fraction) > places:
        raise ValueError(written)
    minor: int = int(found[1]) * 10**places + int(fraction.ljust(places, "0") or 0)
    if minor > MOST:
        raise ValueError(written)
    return minor


def is_currency(code: str) -> bool:
    """By its form: three capitals, as ISO 4217 has them."""
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
