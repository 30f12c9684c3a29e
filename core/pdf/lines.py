"""From a paragraph to its lines: units are measured, put on a line while they fit, and stand in visual order.

Lengths here are in thousandths of the em, so that lines of the same text are the same in every size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from core.pdf import bidi, emoji
from core.pdf.breaking import units
from core.pdf.fonts import NAMES, face, face_for
from core.pdf.shaping import LONG, Shaped, runs, shape

EMOJI_WIDTH = 1250


@dataclass(frozen=True, eq=False)
class Picture:
    """An emoji."""

    name: str
    text: str
    width: int = EMOJI_WIDTH


Piece = Shaped | Picture


@dataclass(frozen=True)
class Line:
    pieces: list[Piece]  # from left to right
    width: int
    rtl: bool  # which side it starts from
    scale: float = 1.0  # below 1 for what is wider than a line and cannot be cut
    reading: tuple[int, ...] = ()  # the pieces' places, part by part as they are read; inside of a part from the left
    rtls: tuple[bool, ...] = ()  # of each piece


def lines(text: str, *, width: float, bold: bool = False, base: int | None = None, fallback: int = 0) -> Iterator[Line]:
    """At least one. `base` is the direction, None for the first strong character's, or else `fallback`."""
    if base is None:
        base = bidi.first_strong(text)
    base = fallback if base is None else base
    levels, base = bidi.levels(text, base)
    mixed = levels if any(level != base for level in levels) else None
    composer = _Composer(base, max(width, 1.0))
    for start, stop, end in units(text):
        pieces = _pieces_between(text, start, stop, mixed, base, bold=bold)
        yield from composer.add(pieces)
        composer.add_space(_pieces_between(text, stop, end, mixed, base, bold=bold))
    yield composer.finish()


Leveled = tuple[Piece, int]


class _Composer:
    """The line that is being filled."""

    def __init__(self, base: int, width: float) -> None:
        self._base, self._width = base, width
        self._pieces: list[Leveled] = []
        self._used = 0
        self._space: list[Leveled] = []  # is on the line only if something comes after it
        self._space_width = 0

    def add(self, pieces: list[Leveled]) -> Iterator[Line]:
        """Lines that are full."""
        needed = sum(piece.width for piece, _level in pieces)
        if self._used + self._space_width + needed > self._width:
            if self._pieces:
                yield self.finish()
            if self._space_width + needed > self._width:
                self._drop_space()
            if needed > self._width:
                yield from self._add_cut(pieces)
                return
        self._put(pieces, needed)

    def add_space(self, pieces: list[Leveled]) -> None:
        self._space += pieces
        self._space_width += sum(piece.width for piece, _level in pieces)

    def finish(self) -> Line:
        levels = [level for _piece, level in self._pieces]
        order = bidi.visual_order(range(len(levels)), levels)
        scale = min(1.0, self._width / self._used) if self._used else 1.0
        seen = [self._pieces[place][0] for place in order]
        rtls = tuple(levels[place] & 1 == 1 for place in order)
        line = Line(seen, self._used, bool(self._base & 1), scale, _reading(order, levels), rtls)
        self._pieces, self._used = [], 0
        self._drop_space()
        return line

    def _put(self, pieces: list[Leveled], needed: int) -> None:
        self._pieces += self._space
        self._pieces += pieces
        self._used += self._space_width + needed
        self._drop_space()

    def _drop_space(self) -> None:
        self._space, self._space_width = [], 0

    def _add_cut(self, pieces: list[Leveled]) -> Iterator[Line]:
        """What is longer than a line is cut between clusters."""
        for piece, level in pieces:
            for part in _parts(piece, self._width, rtl=bool(level & 1)):
                if self._pieces and self._used + part.width > self._width:
                    yield self.finish()
                self._put([(part, level)], part.width)


def _reading(order: Sequence[int], levels: Sequence[int]) -> tuple[int, ...]:
    """`order` has for each place on the line which of the pieces it is."""
    places = {one: place for place, one in enumerate(order)}
    found: list[int] = []
    for rtl, group in groupby(range(len(order)), key=lambda one: levels[one] & 1):
        part = [places[one] for one in group]
        found += reversed(part) if rtl else part
    return tuple(found)


def _parts(piece: Piece, width: float, *, rtl: bool) -> Iterator[Piece]:
    """Pieces of at most `width`, but at least one cluster each."""
    if isinstance(piece, Picture) or piece.width <= width:
        yield piece
        return
    edges = [0, *piece.stops[1:], len(piece.text)]
    sizes = [shape(piece.text[a:b], piece.face, rtl=rtl).width for a, b in pairwise(edges)]
    start, used = 0, 0
    for edge, size in zip(edges, sizes, strict=False):
        if used and used + size > width:
            yield shape(piece.text[start:edge], piece.face, rtl=rtl)
            start, used = edge, 0
        used += size
    yield shape(piece.text[start:], piece.face, rtl=rtl)


def _pieces_between(
    text: str, start: int, stop: int, mixed: list[int] | None, base: int, *, bold: bool
) -> list[Leveled]:
    """In the order of reading."""
    if start == stop:
        return []
    if mixed is None:
        return [(piece, base) for piece in _pieces(text[start:stop], rtl=bool(base & 1), bold=bold)]
    found: list[Leveled] = []
    for level, group in groupby(range(start, stop), key=mixed.__getitem__):
        places = list(group)
        part = text[places[0] : places[-1] + 1]
        found += [(piece, level) for piece in _pieces(part, rtl=bool(level & 1), bold=bold)]
    return found


def _pieces(text: str, *, rtl: bool, bold: bool) -> tuple[Piece, ...]:
    return _remembered(text, rtl, bold) if len(text) <= LONG else _cut(text, rtl, bold)


def _cut(text: str, rtl: bool, bold: bool) -> tuple[Piece, ...]:
    found: list[Piece] = []
    place = 0
    for span in emoji.spans(text):
        found += _letters(text[place : span.start], rtl=rtl, bold=bold)
        found.append(Picture(span.name, text[span.start : span.end]))
        place = span.end
    return (*found, *_letters(text[place:], rtl=rtl, bold=bold))


_remembered = lru_cache(8192)(_cut)


def _letters(text: str, *, rtl: bool, bold: bool) -> Iterator[Piece]:
    last_resort = emoji.sequences().last_resort
    for part, one in runs(text, bold=bold):
        if one is face(NAMES[0], bold=bold) and not last_resort.keys().isdisjoint(part):
            yield from _with_last_resort(part, rtl=rtl, bold=bold)
        else:
            yield shape(part, one, rtl=rtl)


def _with_last_resort(text: str, *, rtl: bool, bold: bool) -> Iterator[Piece]:
    last_resort, first = emoji.sequences().last_resort, face(NAMES[0], bold=bold)
    for is_picture, group in groupby(text, key=lambda one: one in last_resort and not face_for(one, bold=bold)):
        part = "".join(group)
        if is_picture:
            yield from (Picture(last_resort[character], character) for character in part)
        else:
            yield shape(part, first, rtl=rtl)
