"""From characters to glyphs: words are cut where font, script or direction change, and shaped by HarfBuzz."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import uharfbuzz as hb

from core.pdf.fonts import NAMES, UNSEEN, Face, face, face_for

# Scripts that one font has together, which HarfBuzz must be told apart.
SHARED = (("Grek", "\u0370-\u03ff\u1f00-\u1fff"), ("Cyrl", "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f"),
          ("Deva", "\u0900-\u0963\u0966-\u097f\u1cd0-\u1cff\ua8e0-\ua8ff"))  # fmt: skip
IN_SHARED = re.compile("|".join(f"(?P<{name}>[{ranges}])" for name, ranges in SHARED))
MAX_RISE = 800  # thousandths of the em: no pile of marks reaches farther than the next line
LONG = 40  # characters


class Glyph(NamedTuple):
    number: int
    text: str  # what it stands for; of several glyphs for one text the first has it
    advance: int  # this and the offsets in thousandths of the em
    dx: int
    dy: int


@dataclass(frozen=True, eq=False)
class Shaped:
    """Glyphs from left to right, of one face."""

    face: Face
    text: str
    glyphs: tuple[Glyph, ...]
    width: int  # thousandths of the em
    stops: tuple[int, ...]  # where in the text a new cluster starts: inside of one nothing is cut
    is_plain: bool  # each glyph is a letter of its own, on the base line


def runs(text: str, *, bold: bool) -> Iterator[tuple[str, Face]]:
    """Parts of one face and script each. What has no look of its own stays with what is before it, at the start with
    what follows: so a bracket is of the same face as the one that closes it."""
    start, current, script = 0, None, ""
    for place, character in enumerate(text):
        if current is not None and _continues(character, current):
            continue
        wanted = (current is None and _of_first_letter(text, bold=bold)) or _face_of(character, bold=bold)
        kind = _script(character) if character.isalpha() else script
        if current is not None and (wanted is not current or (kind and script and kind != script)):
            yield text[start:place], current
            start, script = place, ""
        current = wanted
        script = kind or script
    if current is not None:
        yield text[start:], current


def _face_of(character: str, *, bold: bool) -> Face:
    return face_for(character, bold=bold) or face(NAMES[0], bold=bold)


def _of_first_letter(text: str, *, bold: bool) -> Face | None:
    """The face of the first letter, if it has all that is before that."""
    for place, character in enumerate(text):
        if character.isalpha():
            found = _face_of(character, bold=bold)
            return found if all(found.glyph(one) for one in text[:place]) else None
    return None


def _continues(character: str, current: Face) -> bool:
    category = _category(character)
    if category in {"Mn", "Me", "Cf"}:
        return category == "Cf" or bool(current.glyph(character)) or not face_for(character)
    return category[0] not in "LM" and bool(current.glyph(character))


def _script(character: str) -> str:
    found = IN_SHARED.match(character)
    return (found.lastgroup or "") if found else "other"


@lru_cache(8192)
def _category(character: str) -> str:
    return unicodedata.category(character)


def shape(text: str, one: Face, *, rtl: bool) -> Shaped:
    """Words are remembered; what is no word is not worth its place."""
    return _remembered(text, one, rtl) if len(text) <= LONG else _shape(text, one, rtl)


def _shape(text: str, one: Face, rtl: bool) -> Shaped:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if rtl else "ltr"
    if not rtl:
        buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    hb.shape(one.font, buffer)
    infos, positions = buffer.glyph_infos or [], buffer.glyph_positions or []
    stops = sorted({info.cluster for info in infos})
    told = _texts([(info.cluster, info.codepoint) for info in infos], _parts(text, stops), one, rtl=rtl)
    glyphs: list[Glyph] = []
    for info, at, said in zip(infos, positions, told, strict=True):
        if rtl:  # programs that copy it turn it around glyph by glyph, so each glyph has one letter
            glyphs += [Glyph(UNSEEN, letter, 0, 0, 0) for letter in reversed(said[1:])]
        rise = max(-MAX_RISE, min(MAX_RISE, at.y_offset))
        glyphs.append(Glyph(info.codepoint, said[:1] if rtl else said, at.x_advance, at.x_offset, rise))
    return Shaped(
        one, text, tuple(glyphs), sum(glyph.advance for glyph in glyphs), tuple(stops), rtl or _is_plain(glyphs)
    )


def _is_plain(glyphs: list[Glyph]) -> bool:
    """Chrome loses the space after a mark, which has no width, if what follows has its text as a whole."""
    at_base = all(glyph.text and not glyph.dx and not glyph.dy for glyph in glyphs)
    return at_base and bool(not glyphs or glyphs[-1].advance)


_remembered = lru_cache(8192)(_shape)


def _parts(text: str, stops: list[int]) -> dict[int, str]:
    """The text of each cluster; the first has what was dropped before it, too."""
    edges = [0, *stops[1:], len(text)]
    return {stop: text[edges[at] : edges[at + 1]] for at, stop in enumerate(stops)}


def _drawn(character: str, one: Face) -> int:
    return one.glyph(" " if _category(character) == "Cf" else character)


def _texts(glyphs: list[tuple[int, int]], parts: dict[int, str], one: Face, *, rtl: bool) -> list[str]:
    """What each glyph stands for, so that copied text is the one that was written.

    Where a cluster's glyphs are its characters one by one, each has its own; else the widest has them all.
    """
    told: list[str] = []
    for cluster, group in groupby(glyphs, key=itemgetter(0)):
        numbers = [number for _cluster, number in group]
        part = parts[cluster]
        if not rtl and [_drawn(character, one) for character in part] == numbers:
            told += part
        else:
            told += _all_to_the_widest(numbers, part, one)
    return told


def _all_to_the_widest(numbers: list[int], part: str, one: Face) -> list[str]:
    widest = max(range(len(numbers)), key=lambda place: one.font.get_glyph_h_advance(numbers[place]))
    return [part if place == widest else "" for place in range(len(numbers))]
