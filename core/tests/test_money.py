"""Amounts of money, as people read and write them."""

import pytest
from django.template import Context, Template
from django.utils import translation

from core.money import exponent, format_money, is_currency, minor_units, plain_amount

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


# --- As people write them


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [
        ("1500", "EGP", 150_000),
        ("12.5", "EGP", 1_250),
        (" 12.50 ", "USD", 1_250),
        ("0.01", "USD", 1),
        ("0", "USD", 0),
        ("800", "JPY", 800),
        ("1.750", "KWD", 1_750),
        ("007", "JPY", 7),
    ],
)
def test_what_is_written_is_read_to_the_last_minor_unit(written, currency, minor):
    assert minor_units(written, currency) == minor


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        *(
            (wrong, "EGP")
            for wrong in ("", ".", "1.", ".5", "1,5", "1 000", "-1", "+1", "1e3", "0x1", "1.001", "٥", "\0")
        ),
        ("1.0", "JPY"),
        ("1.0000", "KWD"),
        ("9" * 15, "EGP"),
        ("9" * 400, "JPY"),
    ],
)
def test_what_is_no_amount_is_refused(written, currency):
    with pytest.raises(ValueError, match=r".*"):
        minor_units(written, currency)


@pytest.mark.parametrize(("minor", "currency"), [(0, "EGP"), (5, "EGP"), (150_000, "EGP"), (800, "JPY"), (1, "KWD")])
def test_what_stands_in_a_field_is_read_back_as_it_was(minor, currency):
    assert minor_units(plain_amount(minor, currency), currency) == minor


def test_a_currency_is_three_capitals():
    assert [code for code in ("EGP", "egp", "EG", "EGPX", "E1P", "ÉGP", "") if is_currency(code)] == ["EGP"]
