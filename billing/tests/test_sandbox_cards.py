"""What counts as a card's number, and what each test card does."""

import pytest

from billing.sandbox import cards
from billing.tests.merchant import DECLINED, GOOD, ONCE, POOR, SECURE, STRANGE


@pytest.mark.parametrize(
    "typed",
    [
        "4242424242424242",
        " 4242 4242 4242 4242 ",
        "4242-4242-4242-4242",
        4242424242424242,
        "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢",
        "\u200e4242\u00a04242\u00a04242\u00a04242",
    ],
)
def test_a_number_may_be_typed_in_many_ways(typed: object) -> None:
    assert cards.read_number(typed) == GOOD


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "4242424242424241",
        "0000000000000000",
        "42424242424",
        "4" * 20,
        "4" * 100_000,
        "4242\x004242\x004242\x004242",
        "4242424242424242a",
        "４²424242424242424",
        "\ud800" * 16,
        None,
        True,
        -4242424242424242,
        10**400,
        4242.0,
        ["4242424242424242"],
        {"card": "4242424242424242"},
    ],
)
def test_what_is_no_number_is_none(typed: object) -> None:
    assert cards.read_number(typed) == ""


@pytest.mark.parametrize(
    ("number", "at_first", "later"),
    [
        (GOOD, "", ""),
        (DECLINED, "card_declined", "card_declined"),
        (POOR, "insufficient_funds", "insufficient_funds"),
        (SECURE, cards.CONFIRM, ""),
        (ONCE, "", "card_declined"),
        (STRANGE, cards.UNKNOWN, cards.UNKNOWN),
    ],
)
def test_each_card_does_as_its_number_says(number: str, at_first: str, later: str) -> None:
    assert (cards.at_first(number), cards.later(number)) == (at_first, later)


def test_a_card_is_kept_by_brand_and_last_digits_only() -> None:
    assert [cards.as_kept(number) for number in (GOOD, STRANGE, "9" * 12)] == [
        "Visa 4242",
        "Mastercard 4444",
        "9999",
    ]
