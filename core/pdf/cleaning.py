"""Takes out of a text what would harm the page: nothing that people read."""

import re
from functools import cache
from unicodedata import category

NEW_LINES = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
# Controls; embeddings and overrides, which reorder what others wrote; annotation marks; deprecated format characters.
SILENT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u206a-\u206f\ufeff\ufff9-\ufffb]")
SURROGATES = re.compile("[\ud800-\udfff]")
MAX_MARKS = 16  # on one letter; the most that a living orthography stacks is four
LAST_MARK = 0x1E94A  # what comes after it are variation selectors and tags, which are of no use in numbers either


def paragraphs(text: str) -> list[str]:
    """A text's lines, each harmless: without controls, overrides and piles of marks; half characters are U+FFFD."""
    return [_harmless(line) for line in NEW_LINES.split(text)]


def one_line(text: str) -> str:
    return " ".join(paragraphs(text)).strip()


def _harmless(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    line = SURROGATES.sub("\ufffd", line.replace("\t", "    "))
    return _piles().sub(r"\1", SILENT.sub("", line))


@cache
def _piles() -> re.Pattern[str]:
    """More marks, joiners and other signs without a width than a letter can bear."""
    marks = "".join(chr(code) for code in range(0x300, LAST_MARK + 1) if category(chr(code)) in {"Mn", "Me", "Cf"})
    kind = f"[{re.escape(marks)}\U000e0000-\U000e0fff]"
    return re.compile(f"({kind}{{{MAX_MARKS}}}){kind}+")
