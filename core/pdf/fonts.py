"""The fonts in core/pdf/fonts: which one draws a character. A face is read once per process, when it is needed."""

from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import uharfbuzz as hb

FOLDER = Path(__file__).parent / "fonts"
UNITS = 1000  # to the em, as PDF counts glyph widths; every face is scaled to it
NAMES = (  # in the order in which they are asked; the first is also who draws the box for what none has
    "NotoSans",
    "Vazirmatn",  # has each letter as one glyph, so that words are copied whole; the next one has the rarer signs
    "NotoSansArabic",
    "NotoSansHebrew",
    "NotoSansThai",
    "NotoSansBengali",
    "NotoSansTamil",
    "NotoSansGurmukhi",
    "NotoSansGujarati",
    "NotoSansOriya",
    "NotoSansTelugu",
    "NotoSansKannada",
    "NotoSansMalayalam",
    "NotoSansSinhala",
    "NotoSansArmenian",
    "NotoSansGeorgian",
    "NotoSansEthiopic",
    "NotoSansLao",
    "NotoSansKhmer",
    "NotoSansMyanmar",
    "NotoSansSymbols",
    "DroidSansFallback",
    "NotoSansMath",
    "NotoSansSymbols2",
)
BOX = 0  # the glyph that a font has for what it lacks
UNSEEN = -1  # a glyph without shape that every font is said to have, to carry a text
UNSEEN_WIDTH = 1  # too little to see; without any place a letter is not in what is copied by a frame


@dataclass(frozen=True, eq=False)
class Face:
    """One font file. Of each there is one object, so that it may be compared and looked up by identity."""

    name: str
    face: hb.Face
    font: hb.Font
    is_thickened: bool  # bold is asked for and there is no file of it: strokes make up for that
    ascent: int = field(default=0)
    descent: int = field(default=0)

    def glyph(self, character: str) -> int:
        """0 if it has none."""
        return self.font.get_nominal_glyph(ord(character)) or 0


_faces: dict[tuple[str, bool], Face] = {}


def face(name: str, *, bold: bool = False) -> Face:
    """The same object each time, also for threads that ask at once: whose comes first is everybody's."""
    return _faces.get((name, bold)) or _faces.setdefault((name, bold), _opened(name, bold=bold))


def _opened(name: str, *, bold: bool) -> Face:
    own = FOLDER / f"{name}-Bold.ttf"
    has_file = bold and own.is_file()
    file = own if has_file else FOLDER / f"{name}.ttf"
    opened = hb.Face(hb.Blob.from_file_path(str(file)))
    font = hb.Font(opened)
    font.scale = (UNITS, UNITS)
    extents = font.get_font_extents("ltr")
    return Face(
        name=file.stem if has_file or not bold else f"{name}-Thickened",
        face=opened,
        font=font,
        is_thickened=bold and not has_file,
        ascent=extents.ascender,
        descent=extents.descender,
    )


@lru_cache(16384)
def face_for(character: str, *, bold: bool = False) -> Face | None:
    """The first that has the character, None if it will be a box."""
    return next((one for name in NAMES if (one := face(name, bold=bold)).glyph(character)), None)


def outline(one: Face, glyph: int) -> str:
    """A glyph's shape as operators of a page's content (ISO 32000-1, 8.5.2), in thousandths of the em."""
    parts: list[str] = []
    one.font.draw_glyph(glyph, _pen(), parts)
    return " ".join(parts)


@cache
def _pen() -> hb.DrawFuncs:
    pen = hb.DrawFuncs()
    pen.set_move_to_func(lambda x, y, parts: parts.append(f"{x:.0f} {y:.0f} m"))
    pen.set_line_to_func(lambda x, y, parts: parts.append(f"{x:.0f} {y:.0f} l"))
    pen.set_cubic_to_func(
        lambda a, b, c, d, x, y, parts: parts.append(f"{a:.0f} {b:.0f} {c:.0f} {d:.0f} {x:.0f} {y:.0f} c")
    )
    pen.set_close_path_func(lambda parts: parts.append("h"))
    return pen
