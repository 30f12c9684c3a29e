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
from functools import lru_cache
from itertools import groupby, pairwise, zip_longest
from typing import NamedTuple

from core.pdf.bidi import PAIR_OF
from core.pdf.fonts import Face
from core.pdf.lines import Line, Picture, Piece
from core.pdf.shaping import Shaped

PAIRS = {**PAIR_OF, "<": ">", "«": "»", "\u2039": "\u203a", "≤": "≥", "≪": "≫"}
MIRRORED = {**PAIRS, **{closing: opening for opening, closing in PAIRS.items()}}
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


def tellings(line: Line) -> dict[int, Tellings]:
    """For pieces of the line what to tell Chrome of glyphs that it would make something else of."""
    found: defaultdict[int, Tellings] = defaultdict(dict)
    if not any(line.rtls):
        return found
    signs = [sign for place, piece in enumerate(line.pieces) for sign in _signs(place, piece)]
    parts = [(direction, list(part)) for direction, part in groupby(signs, key=lambda sign: _direction(sign.text))]
    directions = [direction for direction, _part in parts]
    from_right = directions.count("R") > directions.count("L")
    faces = dict(zip(line.reading, _faces(line), strict=True))
    follows = {
        one: other
        for one, other in pairwise(line.reading)
        if line.rtls[one] == line.rtls[other] and faces[one] is faces[other]  # of another it overlooks where it ends
    }
    current = "R" if from_right else "L"
    for direction, part in reversed(parts) if from_right else parts:
        current = direction if direction in {"L", "R"} else current
        for group in _groups(part, follows) if direction == "neutral" else ():
            first, last = group[0], group[-1]
            rtl = line.rtls[first.piece]
            read = group[::-1] if rtl else group
            text = "".join(sign.text for sign in read)
            said = _said(read, turned=current == "R")
            if said != text and first.glyph >= 0 and rtl >= from_right:  # else its place is wrong, and it fits in there
                found[first.piece][first.glyph] = Telling(text, said)
                found[last.piece][last.glyph] = found[last.piece].get(last.glyph, Telling())._replace(ends=True)
    return found


def faces_of_spaces(line: Line) -> Iterator[Face | None]:
    """For each piece, as they are read, of which face a space is there: the one before it, else the one after it.

    Chrome overlooks a space that is shown alone, or that begins what it is told after another one; and Firefox turns
    around Arabic words one by one if their spaces are of another face.
    """
    before: Face | None = None
    for place, following in zip_longest(line.reading, line.reading[1:]):
        piece, next_ = line.pieces[place], line.pieces[following] if following is not None else None
        yield before or (next_.face if isinstance(next_, Shaped) else None)
        stands_alone = place > 0 and line.pieces[place - 1].text.isspace()
        if isinstance(piece, Picture) or (stands_alone and piece.text in MIRRORED):
            before = None
        elif not piece.text.isspace():
            before = piece.face


def _faces(line: Line) -> Iterator[Face | None]:
    """In which each piece is shown, as they are read; None for a picture."""
    for place, near in zip(line.reading, faces_of_spaces(line), strict=True):
        piece = line.pieces[place]
        is_space = piece.text.isspace()
        yield near if is_space else piece.face if isinstance(piece, Shaped) else None


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
