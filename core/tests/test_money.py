"""Amounts of money, as people read them."""

import pytest
from django.template import Context, Template
from django.utils import translation

from core.money import exponent, format_money

SPACE = "\u00a0"


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (150000, "EGP", f"EGP{SPACE}1,500.00"),
        (800, "USD", "$8.00"),
        (1500, "JPY", "¥1,500"),
        (12345, "KWD", f"KWD{SPACE}12.345"),
        (5, "USD", "$0.05"),
        (0, "INR", "₹0.00"),
        (-1250, "EUR", "−€12.50"),
        (1, "ZMW", f"ZMW{SPACE}0.01"),
        (10**24 + 1, "USD", "$10,000,000,000,000,000,000,000.01"),
    ],
)
def test_an_amount_has_its_currency_and_as_many_places_as_that_has(minor: int, currency: str, text: str) -> None:
    assert format_money(minor, currency) == text


def test_a_price_tag_leaves_out_what_is_nothing() -> None:
    tag = Template('{% load look %}{{ a|price:"USD" }} {{ b|price:"USD" }} {{ b|money:"USD" }}')

    assert tag.render(Context({"a": 850, "b": 800})) == "$8.50 $8 $8.00"


def test_the_exponent_is_that_of_the_currency() -> None:
    assert [exponent(currency) for currency in ("EGP", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]


def test_an_amount_is_written_as_the_language_writes_numbers() -> None:
    with translation.override("de"):
        assert format_money(150000, "EUR") == "€1.500,00"
