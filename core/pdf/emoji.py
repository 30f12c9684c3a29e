"""Emoji are pictures: which characters are one, the longest sequence first, and what it looks like.

The archive holds one PNG for each sequence, named by its code points (`1f469-200d-1f680.png`). A sign that is text
unless U+FE0F follows it (as the heart) is in there with it, and is a picture without it only if no font has it.
"""

import zipfile
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image

ARCHIVE = Path(__file__).parent / "fonts" / "emoji.zip"
AS_PICTURE, AS_TEXT = "\ufe0f", "\ufe0e"


class Sequences(NamedTuple):
    named: dict[str, str]  # sequence -> its name in the archive
    lengths: dict[str, tuple[int, ...]]  # first character -> lengths of sequences that start so, longest first
    last_resort: dict[str, str]  # what is text unless no font has it


class Span(NamedTuple):
    start: int
    end: int
    name: str


@cache
def sequences() -> Sequences:
    named: dict[str, str] = {}
    last_resort: dict[str, str] = {}
    for name in (name.removesuffix(".png") for name in _archive().namelist()):
        sequence = "".join(chr(int(code, 16)) for code in name.split("-"))
        named[sequence] = name
        bare = sequence.replace(AS_PICTURE, "")
        if len(bare) > 1:
            named.setdefault(bare, name)
        elif bare != sequence:
            last_resort[bare] = name
        else:
            named[bare + AS_PICTURE] = name
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for sequence in named:
        lengths[sequence[0]].add(len(sequence))
    return Sequences(
        named, {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}, last_resort
    )


def spans(text: str) -> Iterator[Span]:
    """From left to right; none overlaps another."""
    named, lengths, _last_resort = sequences()
    place = 0
    if lengths.keys().isdisjoint(text):
        return
    while place < len(text):
        for length in lengths.get(text[place], ()):
            end = place + length
            name = named.get(text[place:end])
            if name is not None and text[end : end + 1] != AS_TEXT:
                yield Span(place, end, name)
                place = end
                break
        else:
            place += 1


def picture(name: str) -> Image.Image:
    return Image.open(BytesIO(_archive().read(f"{name}.png"))).convert("RGBA")


@cache
def _archive() -> zipfile.ZipFile:
    """In memory: an open file would be shared with processes that are forked from this one."""
    return zipfile.ZipFile(BytesIO(ARCHIVE.read_bytes()))
