"""Where a line may end, in the spirit of UAX #14: after spaces, hyphens, Chinese characters, Thai words.

Two things differ on purpose: Korean breaks at its spaces alone, as its readers prefer, and no word is hyphenated.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from core.pdf import emoji, thai

SPACES = " \u1680\u2000-\u2006\u2008-\u200a\u200b\u205f\u3000"
WORD = re.compile(f"([^{SPACES}]*)([{SPACES}]*)")
IDEOGRAPHS = (
    "\u2e80-\u2fff\u3001-\u30ff\u3100-\u312f\u3190-\u4dbf\u4e00-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff9f\uffe0-\uffe6"
    "\U00016fe0-\U00018cff\U0001b000-\U0001b2ff\U00020000-\U0003fffd"
)
IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
# Punctuation that closes, small kana, the long vowel, signs of repetition; and what opens (JIS X 4051, UAX #14).
NO_START = frozenset(
    "、。，．：；！？）］｝〉》」』】〕〗〙〛’”…‥ー々ゝゞヽヾ〻ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ・％℃｡､｣ｰ｠゛゜ﾞﾟ～"
    ")]}!,.:;?%»›\"'"
)
NO_END = frozenset("（［｛〈《「『【〔〖〘〚‘“｢｟([{«‹\"'￥＄￡")
# Nothing is cut before a mark, a joiner or a variation selector, nor beside what glues.
EXTENDS = re.compile(
    "[\u0300-\u036f\u200c\u200d\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
LONG = 40  # characters: what is longer is no word, and comes once
GLUE = frozenset("\u00a0\u2007\u202f\u2060\u2011")
AFTER_SIGN = re.compile(r"(?<=[^\W\d_][-\u2010])(?=[^\W\d_])|(?<=[\u2013\u2014/?&=_…])(?=\w)|(?<=\u00ad)")
INSIDE = re.compile(f"[{IDEOGRAPHS}\u0e00-\u0e7f\u00ad\u2010\u2013\u2014…/?&=_-]")


class Unit(NamedTuple):
    """What stays on one line if it can: `text[start:stop]`, and the spaces after it up to `end`."""

    start: int
    stop: int
    end: int


def units(text: str) -> Iterator[Unit]:
    for found in WORD.finditer(text):
        start, stop = found.span(1)
        end = found.end()
        if start == end:
            continue
        word = found[1]
        edges = _inside(word) if not word.isalnum() or not word.isascii() else ()
        for edge in edges:
            yield Unit(start, found.start() + edge, found.start() + edge)
            start = found.start() + edge
        yield Unit(start, stop, end)


def _inside(word: str) -> tuple[int, ...]:
    """Places inside a word where it may be cut."""
    return _remembered(word) if len(word) <= LONG else _found(word)


def _found(word: str) -> tuple[int, ...]:
    pictures = list(emoji.spans(word))
    if not pictures and not INSIDE.search(word):
        return ()
    found = {match.start() for match in AFTER_SIGN.finditer(word)}
    found.update(_around_ideographs(word), thai.breaks(word))
    found.update(edge for span in pictures for edge in (span.start, span.end))
    for span in pictures:
        found.difference_update(range(span.start + 1, span.end))
    return tuple(sorted(place for place in found if 0 < place < len(word) and _may_cut(word, place)))


_remembered = lru_cache(8192)(_found)


def _around_ideographs(word: str) -> Iterator[int]:
    for match in IDEOGRAPH.finditer(word):
        yield from match.span()


def _may_cut(word: str, place: int) -> bool:
    before, after = word[place - 1], word[place]
    if EXTENDS.match(after) or before == "\u200d" or before in GLUE or after in GLUE:
        return False
    return after not in NO_START and before not in NO_END
