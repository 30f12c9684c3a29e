"""The order of characters, beside another implementation of UAX #9 (python-bidi, which is unicode-bidi of Rust)."""

import pytest
from bidi import get_display
from hypothesis import example, given
from hypothesis import strategies as st

from core.pdf import bidi

# Letters, numbers, separators, terminators, brackets, marks, isolates. Not what the algorithm takes out: the other
# implementation leaves it out of its answer.
SIGNS = "abяאבگم٣۴12 ()[]<>«».,-+%$:/\u0301\u05b0\u064e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.mark.parametrize("base", ["L", "R", None])
@given(text=st.text(SIGNS, min_size=1, max_size=24))
@example(text="a(ب)[1]")
@example(text="ב\u2067<\u05d1 \u0663$")
@example(text="قال Bob: «see (x)», 12/05 50%.")
def test_characters_stand_where_the_specification_puts_them(text: str, base: str | None) -> None:
    levels, paragraph = bidi.levels(text, None if base is None else "LR".index(base))

    assert shown(text, levels, paragraph) == (get_display(text, base_dir=base) if base else get_display(text))


def shown(text: str, levels: list[int], base: int) -> str:
    """L1 for the line's end, which lines have cut off, and L2."""
    end = len(text)
    while end and (text[end - 1] == " " or text[end - 1] in "\u2066\u2067\u2068\u2069"):
        end -= 1
    levels = [*levels[:end], *[base] * (len(text) - end)]
    return "".join(bidi.visual_order(list(text), levels))


def test_a_joiner_is_on_the_level_of_what_is_before_it_and_moves_no_other_character() -> None:
    assert bidi.levels("می\u200cخ ok", None) == ([1, 1, 1, 1, 1, 2, 2], 1)
    assert bidi.levels("\u200dab", 0) == ([0, 0, 0], 0)


def test_embeddings_and_overrides_have_no_effect() -> None:
    for sign in "\u202a\u202b\u202c\u202d\u202e":
        assert bidi.levels(f"ab{sign}cd א", 0)[0] == [0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("text", "level"), [("abc א", 0), ("12 א b", 1), ("\u2067א\u2069 b", 0), ("12 + 3", None), ("", None)]
)
def test_the_first_strong_character_outside_of_isolates_says_the_direction(text: str, level: int | None) -> None:
    assert bidi.first_strong(text) == level
