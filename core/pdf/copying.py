"""What Chrome copies out of a line in which something runs from right to left, and where it must be told what to copy.

Its library (pdfium, tried with version 8149) takes the line from left to right and cuts it where the direction changes.
If more parts run to the left than to the right, it reads them from the right. What runs to the left, and what is
neutral after it, it turns around unit by unit of UTF-16, and it mirrors brackets, but not the order of what it is told
(`/ActualText`). Other programs neither mirror nor take pairs of units apart, so what a glyph stands for cannot please
both: `drawing.Resources.begin` tells Chrome alone what is found here.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import groupby, pairwise, takewhile, zip_longest
from typing import NamedTuple

from core.pdf.bidi import PAIR_OF
from core.pdf.fonts import Face
from core.pdf.lines import Line, Picture, Piece
from core.pdf.shaping import Shaped

PAIRS = {**PAIR_OF, "<": ">", "«": "»", "\u2039": "\u203a", "≤": "≥", "≪": "≫"}
MIRRORED = {**PAIRS, **{closing: opening for opening, closing in PAIRS.items()}}
SIGNS = {"CS", "ES", "ET"}  # that may belong to a number
WEAK = {"AN", "EN", "NSM", "CS", "ES", "ET", "BN"}


class Telling(NamedTuple):
    """Begins or ends at a glyph, or both: that it and those up to the end are copied as `said`."""

    text: str = ""  # what is meant
    said: str = ""  # what makes Chrome copy that; units of UTF-16, of which two may be turned around
    ends: bool = False


Tellings = dict[int, Telling]  # at some glyphs of a piece


class Sign(NamedTuple):
    text: str
    piece: int
    glyph: int  # -1 if not it, but the piece, has a text


class Stretch(NamedTuple):
    """Signs beside each other on the line that Chrome is told of together."""

    first: Sign
    last: Sign
    text: str
    said: str


def tellings(line: Line) -> dict[int, Tellings]:
    """For pieces of the line what to tell Chrome of glyphs that it would make something else of."""
    found: defaultdict[int, Tellings] = defaultdict(dict)
    for first, last, text, said in _stretches(line) if any(line.rtls) else ():
        found[first.piece][first.glyph] = Telling(text, said)
        found[last.piece][last.glyph] = found[last.piece].get(last.glyph, Telling())._replace(ends=True)
    return found


def _stretches(line: Line) -> Iterator[Stretch]:
    signs = [sign for place, piece in enumerate(line.pieces) for sign in _signs(place, piece)]
    parts = [(direction, list(part)) for direction, part in groupby(signs, key=lambda sign: _direction(sign.text))]
    directions = [direction for direction, _part in parts]
    from_right = directions.count("R") > directions.count("L")
    shown_in = dict(zip(line.reading, faces(line), strict=True))
    follows = {
        one: other
        for one, other in pairwise(line.reading)
        if line.rtls[one] == line.rtls[other] and shown_in[one] is shown_in[other]  # else it overlooks the second's end
    }
    current = "R" if from_right else "L"
    for direction, part in reversed(parts) if from_right else parts:
        current = direction if direction in {"L", "R"} else current
        for group in _groups(part, follows) if direction == "neutral" else ():
            rtl = line.rtls[group[0].piece]
            read = group[::-1] if rtl else group
            text = "".join(sign.text for sign in read)
            said = _said(read, turned=current == "R")
            is_wrong = said != text or (current != "R" and rtl and len(group) > 1)  # as it is then read from the left
            if is_wrong and group[0].glyph >= 0 and rtl >= from_right:  # else its place is wrong, and it fits in there
                yield Stretch(group[0], group[-1], text, said)
    if from_right:
        yield from _parted(line, signs, shown_in)


def _parted(line: Line, signs: list[Sign], shown_in: dict[int, Face | None]) -> Iterator[Stretch]:
    """Words, numbers, signs that run to the right together, in a line that is read part by part from the right: told
    are their parts in the order of which that makes the right one."""
    beside = {place: number for number, places in enumerate(_parts_to_the_right(line)) for place in places}
    for (number, face), group in groupby(signs, key=lambda sign: (beside.get(sign.piece), shown_in[sign.piece])):
        stretch = list(group)
        cut = groupby(stretch, key=lambda sign: _direction(sign.text))
        parts = ["".join(sign.text for sign in part) for _same, part in cut]
        if number is not None and face and len(parts) > 1 and all(sign.glyph >= 0 for sign in stretch):
            yield Stretch(stretch[0], stretch[-1], "".join(parts), "".join(reversed(parts)))


def _parts_to_the_right(line: Line) -> list[list[int]]:
    """The pieces' places of each. Two may be neighbours on the line without being read one after the other."""
    return [list(places) for rtl, places in groupby(line.reading, key=line.rtls.__getitem__) if not rtl]


def with_numbers_whole(line: Line) -> Line:
    """The same to look at. In a line that starts at the right Chrome reads a number from the left, and with it the full
    stop, per cent sign or minus that belongs to what runs to the left: so its last digit stands for those after it, its
    first for those before it, and they stand for nothing.
    """
    if not line.rtl:
        return line
    pieces = list(line.pieces)
    for first, last in ((places[0], places[-1]) for places in _parts_to_the_right(line)):
        if _is_digit(pieces[last], -1) and (after := _signs_of_number(line.rtls, pieces, first - 1, of_end=True)):
            pieces[first - 1] = _silent(pieces[first - 1], -len(after), None)
            pieces[last] = _standing_for(pieces[last], "", after)
        if _is_digit(pieces[first], 0) and (before := _signs_of_number(line.rtls, pieces, last + 1, of_end=False)):
            pieces[last + 1] = _silent(pieces[last + 1], None, len(before))
            pieces[first] = _standing_for(pieces[first], before, "")
    return replace(line, pieces=pieces)


def _is_digit(piece: Piece, glyph: int) -> bool:
    """Or a sign that belongs to a number."""
    if isinstance(piece, Picture) or not piece.is_plain or not piece.glyphs:
        return False
    return bool(piece.glyphs[glyph].text) and _direction(piece.glyphs[glyph].text) == "weak"


def _signs_of_number(rtls: tuple[bool, ...], pieces: list[Piece], place: int, *, of_end: bool) -> str:
    """Of the piece beside it, as they are read; none if it runs to the right."""
    piece = pieces[place] if 0 <= place < len(pieces) and rtls[place] else None
    if not isinstance(piece, Shaped):
        return ""
    glyphs = reversed(piece.glyphs) if of_end else piece.glyphs
    found = "".join(glyph.text for glyph in takewhile(lambda glyph: _is_sign(glyph.text), glyphs))
    return found if of_end else found[::-1]


def _is_sign(text: str) -> bool:
    return len(text) == 1 and unicodedata.bidirectional(text) in SIGNS


@lru_cache(1024)
def _silent(piece: Shaped, start: int | None, stop: int | None) -> Shaped:
    glyphs = list(piece.glyphs)
    glyphs[start:stop] = [glyph._replace(text="") for glyph in glyphs[start:stop]]
    return replace(piece, glyphs=tuple(glyphs))


@lru_cache(1024)
def _standing_for(piece: Shaped, before: str, after: str) -> Shaped:
    glyphs = list(piece.glyphs)
    glyphs[0] = glyphs[0]._replace(text=before + glyphs[0].text)
    glyphs[-1] = glyphs[-1]._replace(text=glyphs[-1].text + after)
    return replace(piece, glyphs=tuple(glyphs))


def faces(line: Line) -> Iterator[Face | None]:
    """In which each piece is shown, as they are read; None for a picture. A space may be in that of the piece before
    it, or else of the one after it.

    Chrome overlooks a space that is shown alone, or that begins what it is told after another one; it needs a bracket
    and the space to its left together, to turn them around. And Firefox turns around Arabic words one by one if their
    spaces are of another face.
    """
    before: Face | None = None
    for place, following in zip_longest(line.reading, line.reading[1:]):
        piece, next_ = line.pieces[place], line.pieces[following] if following is not None else None
        after = next_.face if isinstance(next_, Shaped) else None
        goes_on = next_ is not None and _is_neutral(next_) and not _is_space(line, following + 1)
        near = (after or before) if goes_on else (before or after)
        if isinstance(piece, Picture):
            yield None
        elif near and near.glyph(" ") and not piece.text.strip(" "):
            yield near
        else:
            yield piece.face
        if isinstance(piece, Picture) or (_is_neutral(piece) and _is_space(line, place - 1)):
            before = None
        elif not piece.text.isspace():
            before = piece.face


def _is_neutral(piece: Piece) -> bool:
    return _direction(piece.text) == "neutral" and not piece.text.isspace()


def _is_space(line: Line, place: int) -> bool:
    return 0 <= place < len(line.pieces) and line.pieces[place].text.isspace()


def _groups(part: list[Sign], follows: dict[int, int]) -> Iterator[list[Sign]]:
    """What is shown together: without what is unit by unit, and one after the other."""
    group: list[Sign] = []
    for sign in part:
        is_alone = len(sign.text) > 1 or sign.text > "\uffff"
        goes_on = group and sign.glyph >= 0 and sign.piece in {group[-1].piece, follows.get(group[-1].piece)}
        if group and (is_alone or not goes_on):
            yield group
            group = []
        group.append(sign)
        if is_alone:
            yield group
            group = []
    if group:
        yield group


def _signs(place: int, piece: Piece) -> Iterator[Sign]:
    if isinstance(piece, Picture):
        yield Sign(piece.text, place, 0)
    elif piece.is_plain:
        yield from (Sign(glyph.text, place, number) for number, glyph in enumerate(piece.glyphs) if glyph.text)
    else:
        yield from (Sign(character, place, -1) for character in piece.text)


@lru_cache(8192)
def _direction(text: str) -> str:
    kinds = {unicodedata.bidirectional(character) for character in text}
    if kinds & {"R", "AL"}:
        return "R"
    if "L" in kinds and not any(character > "\uffff" for character in text):
        return "L"
    return "weak" if kinds <= WEAK else "neutral"


def _said(read: list[Sign], *, turned: bool) -> str:
    """What has to be there, so that these come out as they are read."""
    if len(read) > 1 or read[0].text in MIRRORED:
        return "".join(MIRRORED.get(sign.text, sign.text) if turned else sign.text for sign in read)
    text = read[0].text
    if len(text) == 1 and text > "\uffff" and turned:  # of a sequence nothing is right, however it is told
        high, low = text.encode("utf-16-be")[:2], text.encode("utf-16-be")[2:]
        return (low + high).decode("utf-16-be", "surrogatepass")
    return text
