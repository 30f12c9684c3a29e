"""Pages of blocks: headings, paragraphs, messages. A block is laid out when it comes, a page written when full."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from PIL import Image

from core.pdf.cleaning import one_line, paragraphs
from core.pdf.drawing import Resources, line_operators, picture_operators, rule_operators
from core.pdf.lines import Line, lines
from core.pdf.styles import (
    BOTTOM,
    FOOTER,
    HEADINGS,
    MARGIN,
    PAGE,
    RULE,
    SPACE_ABOVE,
    STYLES,
    Style,
)  # fmt: skip
from core.pdf.writer import Writer, number, text_string, uri_string

WIDTH = PAGE[0] - 2 * MARGIN
TOP = PAGE[1] - MARGIN
GAP = 7.0  # between things on one line
LABEL_WIDTH = WIDTH * 0.3
SHARPNESS = 3  # pixels of a picture to the point: 216 dpi, more than print needs
MAX_KEPT = 200.0  # points that wait for what follows


@dataclass
class Block:
    """Something of a height that is not cut; `draw` gets the y of its lower edge."""

    height: float
    draw: Callable[[float], None]
    above: float = 0.0  # room that is left out at a page's top


class Document:
    """A4 pages, written to `file` while they are filled. `language` is a tag as in `<html lang>`; lengths are points.

    Any text may come: what fonts lack is a box, what would harm the page is taken out. Lines start at the document's
    side, and what is said at its own; names, headings and what is said are in the direction of their first letter. Use
    it as a context manager, or call `close`; it leaves the file open. `numbering` words a page's number and how many
    there are, when it is closed.
    """

    def __init__(
        self, file: BinaryIO, *, title: str, author: str = "", language: str, rtl: bool = False,
        footer: str = "", footer_link: str = "", numbering: Callable[[int, int], str] = "{} / {}".format,
    ) -> None:  # fmt: skip
        self._writer = Writer(file)
        self._resources = Resources(self._writer)
        self._tree = self._writer.reserve()
        self._title, self._author, self._language = one_line(title), one_line(author), one_line(language)
        self._base = int(rtl)
        self._footer = one_line(footer)
        self._numbering = numbering
        self._footer_action = self._action(footer_link) if footer_link else 0
        self._pages: list[tuple[int, int]] = []  # numbers of the page and of its footer, which is written at the end
        self._operators: list[str] = []
        self._links: list[str] = []
        self._kept: list[Block] = []
        self._y = TOP
        self._is_empty = True
        self._closed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    # --- blocks -----------------------------------------------------------------------------------------------------

    def heading(self, text: str, *, level: int = 1) -> None:
        """Level 1 to 3. It is not left alone at a page's end."""
        level = max(1, min(3, level))
        above = SPACE_ABOVE[level]
        for line in self._lines(one_line(text), HEADINGS[level], WIDTH):
            block = self._line_block(line, HEADINGS[level], base=self._base)
            block.above, above = above, 0
            self._keep(block)

    def paragraph(self, text: str, *, style: str = "body", indent: float = 0) -> None:
        """`style` is one of body, muted, small, strong. Each line of the text finds its own direction."""
        self._lines_of(text, STYLES[style], indent=indent)
        self._space(3)

    def link(self, text: str, url: str) -> None:
        action = self._action(url)
        for line in self._lines(one_line(text), STYLES["link"], WIDTH):
            self._place(self._line_block(line, STYLES["link"], base=self._base, action=action))
        self._space(3)

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Lines of a label and a value beside it."""
        for label, value in rows:
            left = self._composed(one_line(label), STYLES["muted"], LABEL_WIDTH - GAP, base=self._base)
            right = list(
                chain.from_iterable(
                    self._composed(line, STYLES["body"], WIDTH - LABEL_WIDTH) for line in paragraphs(value)
                )
            )
            for place in range(max(len(left), len(right))):
                self._place(self._fact_block(left[place : place + 1], right[place : place + 1]))
        self._space(6)

    def separator(self, text: str) -> None:
        """A rule with the text in its middle, such as a day; it stays with what follows."""
        style = STYLES["small"]
        (line, *_more) = self._composed(one_line(text), style, WIDTH * 0.8, base=self._base)
        width = _points(line, style)
        left = MARGIN + (WIDTH - width) / 2

        def draw(y: float) -> None:
            rest = left - GAP - MARGIN
            middle = y + style.leading * 0.5
            self._operators.append(rule_operators(MARGIN, middle, rest if width else WIDTH, RULE))
            if width:
                self._operators.append(rule_operators(MARGIN + WIDTH - rest, middle, rest, RULE))
            self._draw(line, style, left, y)

        self._keep(Block(style.leading + 4, draw, above=8))

    def message(self, author: str, meta: str, body: str, *, note: str = "") -> None:
        """Who and when on one line, what was said below it, and a note such as "edited" under that."""
        strong, muted = STYLES["strong"], STYLES["muted"]
        beside = self._composed(one_line(meta), muted, WIDTH * 0.5, base=self._base)
        room = WIDTH - _points(beside[0], muted) - GAP
        name, *rest = self._composed(one_line(author), strong, room)
        self._keep(self._head_block(name, beside[0]))
        for line in rest:
            self._keep(self._line_block(line, strong, base=self._base))
        for line in beside[1:]:
            self._keep(self._line_block(line, muted, base=self._base))
        self._lines_of(body, STYLES["body"])
        if note:
            self._lines_of(note, STYLES["small"], base=self._base)
        self._space(6)

    def notice(self, text: str) -> None:
        """A line of the system's, in the middle."""
        style = STYLES["muted"]
        for line in self._composed(one_line(text), style, WIDTH * 0.8, base=self._base):
            self._place(self._line_block(line, style, centred=True))
        self._space(5)

    def picture(self, image: Image.Image | bytes | str | Path, *, alt: str, max_height: float = 160) -> None:
        """As large as it is at 96 dpi, at most as wide as the text; `alt` is what is read out or copied."""
        if isinstance(image, bytes):
            image = image.decode()
        opened = image if isinstance(image, Image.Image) else Image.open(image)
        natural = (opened.width * 0.75, opened.height * 0.75)
        scale = min(1.0, WIDTH / natural[0], min(max_height, TOP - BOTTOM) / natural[1])
        width, height = natural[0] * scale, natural[1] * scale
        opened = opened.copy()
        opened.thumbnail((max(1, round(width * SHARPNESS)), max(1, round(height * SHARPNESS))))
        name = self._resources.picture(opened)
        unseen = self._resources.invisible(one_line(alt), 0)
        left = MARGIN + WIDTH - width if self._base else MARGIN

        def draw(y: float) -> None:
            self._operators.append(picture_operators(name, left, y + 4, width, height))
            self._operators.append(
                f"BT 1 0 0 1 {number(left)} {number(y + 4)} Tm /{unseen.font} 1 Tf {unseen.shown} ET"
            )

        self._place(Block(height + 8, draw))

    def close(self) -> int:
        """Writes what is left. The number of pages, of which there is always one."""
        if not self._closed:
            self._flush_kept()
            if self._operators or not self._pages:
                self._end_page()
            self._write_footers()
            self._resources.write()
            self._writer.close(root=self._catalog(), info=self._info())
            self._closed = len(self._pages)
        return self._closed

    # --- lines ------------------------------------------------------------------------------------------------------

    def _composed(self, text: str, style: Style, width: float, base: int | None = None) -> list[Line]:
        return list(self._lines(text, style, width, base))

    def _lines(self, text: str, style: Style, width: float, base: int | None = None) -> Iterable[Line]:
        return lines(text, width=_ems(width, style), bold=style.bold, base=base, fallback=self._base)

    def _lines_of(self, text: str, style: Style, *, indent: float = 0, base: int | None = None) -> None:
        width = max(WIDTH / 4, WIDTH - indent)
        for part in paragraphs(text):
            for line in self._lines(part, style, width, base):
                self._place(self._line_block(line, style, indent=WIDTH - width, base=base))

    def _line_block(
        self, line: Line, style: Style, *, indent: float = 0, base: int | None = None, centred: bool = False,
        action: int = 0,
    ) -> Block:  # fmt: skip
        width = _points(line, style)
        free = WIDTH - width
        from_right = line.rtl if base is None else bool(base)
        left = MARGIN + (free / 2 if centred else free - indent if from_right else indent)

        def draw(y: float) -> None:
            self._draw(line, style, left, y)
            if action and width:
                base_line = _base_line(style, y)
                self._operators.append(rule_operators(left, base_line - 1.5, width, style.colour, 0.5))
                self._links.append(_link(left, y, width, style.leading, action))

        return Block(style.leading, draw)

    def _fact_block(self, label: list[Line], value: list[Line]) -> Block:
        body = STYLES["body"]
        muted = STYLES["muted"]._replace(leading=body.leading)

        def draw(y: float) -> None:
            for line in label:
                self._draw(line, muted, MARGIN + (WIDTH - _points(line, muted) if self._base else 0), y)
            for line in value:
                start = WIDTH - LABEL_WIDTH - _points(line, body) if self._base else LABEL_WIDTH
                self._draw(line, body, MARGIN + start, y)

        return Block(body.leading, draw)

    def _head_block(self, author: Line, meta: Line) -> Block:
        strong, muted = STYLES["strong"], STYLES["muted"]
        widths = _points(author, strong), _points(meta, muted)
        gap = GAP if widths[0] else 0

        def draw(y: float) -> None:
            end = MARGIN + WIDTH
            starts = (end - widths[0], end - sum(widths) - gap) if self._base else (MARGIN, MARGIN + widths[0] + gap)
            self._draw(author, strong, starts[0], y)
            self._draw(meta, muted._replace(leading=strong.leading), starts[1], y)

        return Block(strong.leading, draw, above=3)

    def _draw(self, line: Line, style: Style, left: float, y: float) -> None:
        if line.pieces:
            self._operators.append(line_operators(self._resources, line, style, left, _base_line(style, y)))

    # --- pages ------------------------------------------------------------------------------------------------------

    def _keep(self, block: Block) -> None:
        """It will be on the page of the block after it."""
        self._kept.append(block)
        if sum(one.above + one.height for one in self._kept) > MAX_KEPT:
            self._flush_kept()

    def _place(self, block: Block) -> None:
        together = [*self._kept, block]
        self._kept = []
        needed = sum(one.above + one.height for one in together)
        if self._y - needed < BOTTOM and not self._is_empty:
            self._end_page()
        for one in together:
            self._put(one)

    def _flush_kept(self) -> None:
        kept, self._kept = self._kept, []
        for block in kept:
            self._place(block)

    def _put(self, block: Block) -> None:
        if self._y - block.height < BOTTOM and not self._is_empty:
            self._end_page()
        self._y -= block.height + (0 if self._is_empty else block.above)
        self._is_empty = False
        block.draw(self._y)

    def _space(self, height: float) -> None:
        if not self._is_empty:
            self._y -= height

    def _end_page(self) -> None:
        content = self._writer.add_stream("\n".join(self._operators).encode("ascii"))
        page, footer = self._writer.reserve(), self._writer.reserve()
        self._pages.append((page, footer))
        links = [*self._links, self._footer_annotation()]
        self._writer.write(
            page,
            f"<< /Type /Page /Parent {self._tree} 0 R /MediaBox [0 0 {PAGE[0]} {PAGE[1]}] "
            f"/Resources {self._resources.number} 0 R /Contents [{content} 0 R {footer} 0 R] "
            f"/Annots [{' '.join(links)}] >>",
        )
        self._operators, self._links = [], []
        self._y, self._is_empty = TOP, True

    # --- the end ----------------------------------------------------------------------------------------------------

    def _footer_line(self) -> tuple[Line, float, float] | None:
        """The text, where it starts, and how wide it is."""
        if not self._footer:
            return None
        style = STYLES["small"]
        line = self._composed(self._footer, style, WIDTH * 0.75)[0]
        width = _points(line, style)
        return line, MARGIN + WIDTH - width if self._base else MARGIN, width

    def _footer_annotation(self) -> str:
        found = self._footer_line() if self._footer_action else None
        return _link(found[1], FOOTER - 4, found[2], STYLES["small"].leading, self._footer_action) if found else ""

    def _action(self, url: str) -> int:
        """An object for all links that lead there."""
        return self._writer.add(f"<< /S /URI /URI {uri_string(url)} >>")

    def _write_footers(self) -> None:
        style = STYLES["small"]
        total = len(self._pages)
        text = self._footer_line()
        start = line_operators(self._resources, text[0], style, text[1], FOOTER) if text else ""
        for place, (_page, footer) in enumerate(self._pages, 1):
            line = self._composed(one_line(self._numbering(place, total)), style, WIDTH, base=self._base)[0]
            left = MARGIN if self._base else MARGIN + WIDTH - _points(line, style)
            shown = line_operators(self._resources, line, style, left, FOOTER)
            self._writer.stream(footer, f"{start}\n{shown}".encode("ascii"))

    def _catalog(self) -> int:
        kids = " ".join(f"{page} 0 R" for page, _footer in self._pages)
        self._writer.write(self._tree, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>")
        # Without /Direction /R2L, by which Chrome copies all Latin and Hindi lines from their end.
        return self._writer.add(
            f"<< /Type /Catalog /Pages {self._tree} 0 R /Lang {text_string(self._language)} "
            f"/ViewerPreferences << /DisplayDocTitle true >> >>"
        )

    def _info(self) -> int:
        author = f"/Author {text_string(self._author)} " if self._author else ""
        made = datetime.now(UTC).strftime("(D:%Y%m%d%H%M%SZ)")
        return self._writer.add(
            f"<< /Title {text_string(self._title)} {author}/Producer (Plaza) /CreationDate {made} >>"
        )


def _ems(points: float, style: Style) -> float:
    return points * 1000 / style.size


def _points(line: Line, style: Style) -> float:
    return line.width * line.scale * style.size / 1000


def _base_line(style: Style, y: float) -> float:
    """Of a line whose box stands on `y`; texts of two sizes in one row share it."""
    return y + style.leading * 0.32


def _link(x: float, y: float, width: float, height: float, action: int) -> str:
    box = " ".join(map(number, (x, y, x + width, y + height)))
    return f"<< /Type /Annot /Subtype /Link /Rect [{box}] /Border [0 0 0] /A {action} 0 R >>"
