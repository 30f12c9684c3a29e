"""Fonts in the file: only the glyphs that were drawn, each with the text it stands for.

A code in the page's text is a CID (ISO 32000-1, 9.7): one for each pair of a glyph and its text, counted in the order
of their first use. So pages can be written before it is known which glyphs there are, and the same glyph may stand for
different texts. At the end the font is cut to its used glyphs, and a map from CIDs to these is written beside it.
"""

import struct
from collections.abc import Iterator

import uharfbuzz as hb

from core.pdf.fonts import UNITS, UNSEEN, UNSEEN_WIDTH, Face
from core.pdf.writer import Writer, utf16

MAX_CODES = 0xFFFF
ROWS = 100  # of a mapping's block: what readers of CMaps are sure to take
UNUSED_TABLES = ("GSUB", "GPOS", "GDEF", "BASE", "STAT", "name", "DSIG", "vhea", "vmtx", "VORG", "cmap", "OS/2", "kern",
                 "gasp", "MATH", "meta", "hdmx", "VDMX", "LTSH")  # fmt: skip


class EmbeddedFont:
    """One font resource of one document."""

    def __init__(self, face: Face, name: str, number: int) -> None:
        self.face, self.name, self.number = face, name, number
        self._codes: dict[tuple[int, str], int] = {}

    @property
    def is_full(self) -> bool:
        return len(self._codes) >= MAX_CODES - 1024  # a word more fits

    def code(self, glyph: int, text: str) -> int:
        return self._codes.setdefault((glyph, text), len(self._codes) + 1)

    def width(self, glyph: int) -> int:
        if glyph == UNSEEN:
            return UNSEEN_WIDTH
        advance: int = self.face.font.get_glyph_h_advance(glyph)
        return advance

    def write(self, writer: Writer) -> None:
        space = self.face.glyph(" ")
        glyphs = [space if glyph == UNSEEN else glyph for glyph, _text in self._codes]
        data, renumbered = _subset(self.face.face, set(glyphs))
        file = writer.add_stream(data, f"/Length1 {len(data)}")
        base = f"/BaseFont /PLAZAA+{self.face.name}"
        descriptor = writer.add(
            f"<< /Type /FontDescriptor /FontName /PLAZAA+{self.face.name} /Flags 4 /FontBBox [-1000 -500 2000 1200] "
            f"/ItalicAngle 0 /Ascent {self.face.ascent} /Descent {self.face.descent} /CapHeight 714 /StemV 80 "
            f"/FontFile2 {file} 0 R >>"
        )
        map_ = writer.add_stream(b"\0\0" + b"".join(struct.pack(">H", renumbered[glyph]) for glyph in glyphs))
        widths = " ".join(str(self.width(glyph)) for glyph, _text in self._codes)
        descendant = writer.add(
            f"<< /Type /Font /Subtype /CIDFontType2 {base} /CIDToGIDMap {map_} 0 R /FontDescriptor {descriptor} 0 R "
            f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/DW {UNITS} /W [1 [{widths}]] >>"
        )
        meanings = writer.add_stream("\n".join(self._to_unicode()).encode("ascii"))
        writer.write(
            self.number,
            f"<< /Type /Font /Subtype /Type0 {base} /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] "
            f"/ToUnicode {meanings} 0 R >>",
        )

    def _to_unicode(self) -> Iterator[str]:
        """ISO 32000-1, 9.10.3."""
        yield "/CIDInit /ProcSet findresource begin 12 dict begin begincmap"
        yield "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def"
        yield "/CMapName /Adobe-Identity-UCS def /CMapType 2 def"
        yield "1 begincodespacerange <0000> <FFFF> endcodespacerange"
        rows = [f"<{code:04X}> <{utf16(text)}>" for (_glyph, text), code in self._codes.items()]
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            yield from (f"{len(part)} beginbfchar", *part, "endbfchar")
        yield "endcmap CMapName currentdict /CMap defineresource pop end end"


def _subset(face: hb.Face, glyphs: set[int]) -> tuple[bytes, dict[int, int]]:
    """The font with these glyphs alone, and their new numbers."""
    wanted = hb.SubsetInput()
    wanted.glyph_set.update(glyphs)
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode().ljust(4), "big") for tag in UNUSED_TABLES)
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    plan = hb.SubsetPlan(face, wanted)
    return bytes(plan.execute().blob.data), dict(plan.old_to_new_glyph_mapping)
