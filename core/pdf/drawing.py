"""A page's content: operators for lines, pictures, rules (ISO 32000-1, 8 and 9), and what they need of the file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from PIL import Image

from core.pdf import emoji
from core.pdf.copying import Telling, Tellings, faces, tellings, with_numbers_whole
from core.pdf.embedding import EmbeddedFont
from core.pdf.fonts import BOX, NAMES, UNITS, Face, face, outline
from core.pdf.lines import EMOJI_WIDTH, Line, Picture, Piece
from core.pdf.shaping import Glyph, Shaped
from core.pdf.styles import Style
from core.pdf.writer import Writer, number, text_string, units_string

EMOJI_DROP = 0.22  # of the em, below the base line
THICKER = 0.035  # of the size: the stroke that makes up for a missing bold font
MAX_REMEMBERED = 8192
END = "EMC EMC"


class Silent(NamedTuple):
    """A glyph that is seen but not copied, such as a vowel mark in Arabic: something unseen stands for its letter. It
    is drawn as a shape, because programs make something even of a letter that says it stands for nothing."""

    name: str
    dx: int  # from the word's start, in thousandths of the em
    dy: int


class Drawn(NamedTuple):
    font: str
    shown: str  # the operators that show the glyphs in it at size 1
    silent: tuple[Silent, ...] = ()


@dataclass
class Resources:
    """Fonts and pictures of one document; all pages share them, and they are written at its end."""

    writer: Writer
    number: int = field(init=False)
    _fonts: dict[Face, EmbeddedFont] = field(default_factory=dict)
    _full: list[EmbeddedFont] = field(default_factory=list)
    _pictures: list[int] = field(default_factory=list)
    _emoji: dict[str, str] = field(default_factory=dict)
    _outlines: dict[tuple[Face, int], tuple[str, int]] = field(default_factory=dict)
    _drawn: dict[Shaped, Drawn] = field(default_factory=dict)
    _told: dict[tuple[str, int], str] = field(default_factory=dict)
    _tellings: int = 0

    def __post_init__(self) -> None:
        self.number = self.writer.reserve()

    def font(self, face: Face) -> EmbeddedFont:
        known = self._fonts.get(face)
        if known is None or known.is_full:
            if known:
                self._full.append(known)
            known = EmbeddedFont(face, f"F{len(self._fonts) + len(self._full) + 1}", self.writer.reserve())
            self._fonts[face] = known
        return known

    def drawn(self, shaped: Shaped, told: Tellings) -> Drawn:
        if told:
            font = self.font(shaped.face)
            return Drawn(font.name, self._shown(font, shaped, told), self._silent(shaped))
        found = self._drawn.get(shaped)
        if found is None:
            if len(self._drawn) >= MAX_REMEMBERED:
                self._drawn.clear()
            font = self.font(shaped.face)
            found = self._drawn[shaped] = Drawn(font.name, self._shown(font, shaped, {}), self._silent(shaped))
        return found

    def invisible(self, text: str, width: int, told: Tellings | None = None) -> Drawn:
        """The same for a text that is not seen but copied, in the place of a picture."""
        font = self.font(face(NAMES[0]))
        blank = BOX
        rest = font.width(blank) - width
        shown = f"3 Tr [<{font.code(blank, text):04X}> {rest}] TJ 0 Tr"
        return Drawn(font.name, f"{self.begin(told[0])} {shown} {END}" if told else shown)

    def _shown(self, font: EmbeddedFont, shaped: Shaped, told: Tellings) -> str:
        """Glyphs that stand on the base line are shown together, the others each for itself."""
        said, row, pen = [], _Row(font), 0
        for place, glyph in enumerate(shaped.glyphs):
            telling = told.get(place, Telling())
            if not _is_silent(glyph, shaped):
                said += [row.flush()] if glyph.dy or telling.said else []
                said += [self.begin(telling)] if telling.said else []
                said += [f"{glyph.dy / 1000:.3f} Ts"] if glyph.dy else []
                row.show(glyph, pen + glyph.dx)
                said += [row.flush(), "0 Ts"] if glyph.dy else []
                said += [row.flush(), END] if telling.ends else []
            pen += glyph.advance
        row.move_to(pen)
        return " ".join(part for part in [*said, row.flush()] if part)

    def begin(self, telling: Telling) -> str:
        """Marked content with two texts: the inner is for Chrome, the outer remains true for who takes that. Poppler
        does not look up what has a name. Of two neighbours with one entry Chrome would leave out the second, so there
        are two of each, by turns."""
        self._tellings += 1
        turn = self._tellings % 2
        names = [self._told.setdefault((one, turn), f"T{len(self._told)}") for one in (telling.text, telling.said)]
        return " ".join(f"/Span /{name} BDC" for name in names)

    def emoji(self, name: str) -> str:
        if name not in self._emoji:
            self._emoji[name] = self.picture(emoji.picture(name))
        return self._emoji[name]

    def picture(self, image: Image.Image) -> str:
        """The name by which pages draw it. It is in the file from here on."""
        mask = ""
        if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
            image = image.convert("RGBA")
            mask = f"/SMask {self.writer.add_stream(image.getchannel('A').tobytes(), _image(image, 'DeviceGray'))} 0 R"
        colours = image.convert("RGB")
        self._pictures.append(self.writer.add_stream(colours.tobytes(), f"{_image(colours, 'DeviceRGB')} {mask}"))
        return f"P{len(self._pictures)}"

    def _silent(self, shaped: Shaped) -> tuple[Silent, ...]:
        found, pen = [], 0
        for glyph in shaped.glyphs:
            if _is_silent(glyph, shaped):
                found.append(Silent(self._outline(shaped.face, glyph.number), pen + glyph.dx, glyph.dy))
            pen += glyph.advance
        return tuple(found)

    def _outline(self, face: Face, glyph: int) -> str:
        found = self._outlines.get((face, glyph))
        if found is None:
            paint = f"{number(THICKER * UNITS)} w B" if face.is_thickened else "f"
            entries = f"/Type /XObject /Subtype /Form /BBox [{-UNITS} {-UNITS} {2 * UNITS} {2 * UNITS}]"
            written = self.writer.add_stream(f"{outline(face, glyph)} {paint}".encode("ascii"), entries)
            found = self._outlines[face, glyph] = (f"O{len(self._outlines) + 1}", written)
        return found[0]

    def write(self) -> None:
        fonts = [*self._full, *self._fonts.values()]
        for font in fonts:
            font.write(self.writer)
        named = " ".join(f"/{font.name} {font.number} 0 R" for font in fonts)
        pictures = [(f"P{place}", one) for place, one in enumerate(self._pictures, 1)]
        drawn = " ".join(f"/{name} {one} 0 R" for name, one in [*pictures, *self._outlines.values()])
        told = " ".join(f"/{name} << /ActualText {units_string(text)} >>" for (text, _), name in self._told.items())
        self.writer.write(self.number, f"<< /Font << {named} >> /XObject << {drawn} >> /Properties << {told} >> >>")


def line_operators(resources: Resources, line: Line, style: Style, x: float, y: float) -> str:
    """The line from `x` on its base line `y`, in points from the lower left corner. Its parts come as they are read."""
    line = with_numbers_whole(line)
    size = style.size * line.scale
    starts = list(accumulate((piece.width for piece in line.pieces), initial=0))
    spans = list(_spans(line))
    told = tellings(line)
    parts = [f"BT {style.colour} rg {_matrix(size, size, x, y)} Tm"]
    after: list[str] = []
    font, pen = "", 0
    for place, shown_in in zip(line.reading, faces(line), strict=True):
        piece, span = line.pieces[place], spans[place]
        left = x + starts[place] * size / 1000
        if pen != starts[place]:
            parts.append(f"{_matrix(size, size, left, y)} Tm")
        pen = starts[place + 1]
        drawn = _drawn(resources, piece, shown_in, told.get(place, {}))
        if isinstance(piece, Picture):
            side = size * EMOJI_WIDTH / 1000 * 0.96
            after.append(picture_operators(resources.emoji(piece.name), left, y - size * EMOJI_DROP, side, side))
        thick = isinstance(piece, Shaped) and piece.face.is_thickened
        after += [_silent_operators(one, size, left, y) for one in drawn.silent]
        if span.starts:
            parts.append(f"/Span << /ActualText {text_string(span.starts)} >> BDC")
        if drawn.font != font:
            parts.append(f"/{drawn.font} 1 Tf")
            font = drawn.font
        parts.append(_thick(drawn.shown, size, style) if thick else drawn.shown)
        if span.ends:
            parts.append("EMC")
    return " ".join([*parts, "ET", *after]).replace("] TJ [<", "<").replace("] TJ [", " ")


def _drawn(resources: Resources, piece: Piece, face: Face | None, told: Tellings) -> Drawn:
    if isinstance(piece, Picture):
        return resources.invisible(piece.text, piece.width, told)
    if face and face is not piece.face:
        piece = _spaces(face, piece.text, piece.width)
    return resources.drawn(piece, told)


@lru_cache(1024)
def _spaces(face: Face, text: str, width: int) -> Shaped:
    """As wide as in the face that they are of."""
    space = Glyph(face.glyph(" "), " ", width // len(text), 0, 0)
    return Shaped(face, text, (space,) * len(text), width, tuple(range(len(text))), is_plain=True)


def _thick(shown: str, size: float, style: Style) -> str:
    return f"2 Tr {number(size * THICKER)} w {style.colour} RG {shown} 0 Tr"


def _silent_operators(one: Silent, size: float, x: float, y: float) -> str:
    """In the text's colours, which are set already."""
    scale = f"{size / UNITS:.5f}"
    place = f"{number(x + one.dx * size / UNITS)} {number(y + one.dy * size / UNITS)}"
    return f"q {scale} 0 0 {scale} {place} cm /{one.name} Do Q"


class Span(NamedTuple):
    """Marked content (ISO 32000-1, 14.9.4) that says what is copied, where glyphs one by one cannot."""

    starts: str  # the text, before the piece
    ends: bool  # after it


def _spans(line: Line) -> Iterator[Span]:
    """One for each piece. A word's has the space after it too: without it some programs lose the space."""
    is_open = False
    for place, piece in enumerate(line.pieces):
        is_followed = line.rtls[place : place + 2] == (False, False)
        following = line.pieces[place + 1] if is_followed else None
        if is_open or isinstance(piece, Picture) or piece.is_plain:
            yield Span("", ends=is_open)
            is_open = False
        else:
            is_open = isinstance(following, Shaped) and following.text.isspace()
            yield Span(piece.text + (following.text if following and is_open else ""), ends=not is_open)


def rule_operators(x: float, y: float, width: float, colour: str, thickness: float = 0.6) -> str:
    return f"{colour} RG {number(thickness)} w {number(x)} {number(y)} m {number(x + width)} {number(y)} l S"


def picture_operators(name: str, x: float, y: float, width: float, height: float) -> str:
    return f"q {_matrix(width, height, x, y)} cm /{name} Do Q"


def _matrix(width: float, height: float, x: float, y: float) -> str:
    return f"{number(width)} 0 0 {number(height)} {number(x)} {number(y)}"


def _image(image: Image.Image, space: str) -> str:
    return (
        f"/Type /XObject /Subtype /Image /Width {image.width} /Height {image.height} "
        f"/ColorSpace /{space} /BitsPerComponent 8"
    )


def _is_silent(glyph: Glyph, shaped: Shaped) -> bool:
    return shaped.is_plain and not glyph.text


class _Row:
    """An array for the operator TJ: codes, and corrections, which move what follows to the left."""

    def __init__(self, font: EmbeddedFont) -> None:
        self._font = font
        self._parts: list[str] = []
        self._codes = ""
        self._pen = 0

    def show(self, glyph: Glyph, at: int) -> None:
        self.move_to(at)
        self._codes += f"{self._font.code(glyph.number, glyph.text):04X}"
        self._pen += self._font.width(glyph.number)

    def move_to(self, place: int) -> None:
        if place != self._pen:
            self._flush_codes()
            self._parts.append(str(self._pen - place))
            self._pen = place

    def flush(self) -> str:
        self._flush_codes()
        parts, self._parts = self._parts, []
        return f"[{''.join(parts)}] TJ" if parts else ""

    def _flush_codes(self) -> None:
        if self._codes:
            self._parts.append(f"<{self._codes}>")
            self._codes = ""
