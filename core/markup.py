"""What people write, as HTML that is safe to show: the part of Markdown that suits a talk.

Bold, italic, struck out, code, quotes, lists, links, and line breaks as they were written. No headings, tables, images
(an image becomes a link to it) or HTML. What is not understood is shown as it was written.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape as html_escape
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

MOST_SIGNS = 200  # of markup, code not counted; what has more is shown as it was written, since each takes its time
# Whatever could be more than text. Most of what people say has none of it, and needs no parser.
_MARKUP = re.compile(r"[*_`~\[\\@\r\0\ud800-\udfff]|://|^[ \t]*(?:>|[-+][ \t]|\d{1,9}[.)][ \t])", re.M)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_COSTLY = re.compile(r"[*_`~\[\]\\@\n]|://")  # an address takes the time of three signs
_FENCED = re.compile(r"^(```|~~~)[^`\n]*\n.*?^\1", re.M | re.S)
_PARAGRAPH_END = re.compile(r"[ \t]*\n[ \t]*\n\s*")
_LINE_END = re.compile(r"[ \t]*\n[ \t]*")


class Piece(NamedTuple):
    """Of a text; all of them together are the text. `names` is the id of somebody whom this one names, or empty."""

    text: str
    names: str = ""


Naming = Callable[[str], Sequence[Piece]]  # equal ones give equal pieces: what they lead to is kept


def render(text: str, naming: Naming | None = None) -> SafeString:
    """Never raises, whatever the text, and loses nothing of it that could be seen.

    A piece that names somebody, and is on one line, becomes `<bdi class="mention" data-member="id">`, but not in code.
    """
    if _MARKUP.search(text):
        return _parsed(text, naming)
    return _as_written(text, naming)


def chip(piece: Piece) -> str:
    """HTML of a piece that names somebody."""
    return f'<bdi class="mention" data-member="{escape(piece.names)}">{escape(piece.text)}</bdi>'


def mark_own(html: SafeString, reader: str) -> SafeString:
    """What `render` made, with the class `is-me` where it names the reader. (In text there is no such element.)"""
    chip_of = '<bdi class="{}" data-member="{}">'.format
    return mark_safe(html.replace(chip_of("mention", reader), chip_of("mention is-me", reader)))


def _as_written(text: str, naming: Naming | None) -> SafeString:
    if not text.strip():
        return SafeString()
    if naming is None:
        html = html_escape(text.strip())
    else:
        html = "".join(chip(piece) if piece.names else escape(piece.text) for piece in naming(text.strip()))
    if "\n" not in html:
        return mark_safe(f'<p dir="auto">{html}</p>')
    paragraphs = (_LINE_END.sub("<br>\n", part) for part in _PARAGRAPH_END.split(html))
    return mark_safe("\n".join(f'<p dir="auto">{part}</p>' for part in paragraphs))


@lru_cache(maxsize=256)  # a new message is wanted twice: for those who hear it, and as the answer to its author
def _parsed(text: str, naming: Naming | None) -> SafeString:
    text = _UNSTORABLE.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    if len("".join(_COSTLY.findall(_FENCED.sub("", text)))) > MOST_SIGNS:
        return _as_written(text, naming)
    from core.markdown import as_clean_html  # its parser takes 0.1 s to load, and few commands render anything

    return mark_safe(as_clean_html(text, naming))
