"""PDFs in tests: made in memory, read and drawn with pdfium, which is what Chrome has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pypdfium2
from PIL import Image

from core.pdf import Document


def made(write: Callable[[Document], object], **options: Any) -> bytes:
    file = BytesIO()
    with Document(file, **{"title": "Test", "language": "en", **options}) as document:
        write(document)
    return file.getvalue()


@contextmanager
def opened(pdf: bytes) -> Iterator[Any]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def texts(pdf: bytes) -> list[str]:
    """What one would copy, page by page."""
    with opened(pdf) as document:
        return [str(page.get_textpage().get_text_range()).replace("\r\n", "\n") for page in document]


def framed_text(pdf: bytes) -> str:
    """What one would copy of the first page with a frame around all of it."""
    with opened(pdf) as document:
        return str(document[0].get_textpage().get_text_bounded()).replace("\r\n", "\n")


def boxes(pdf: bytes) -> Iterator[tuple[int, str, float, float, float, float]]:
    """Of each character: its page, itself, and left, bottom, right and top of what is seen of it, in points."""
    with opened(pdf) as document:
        for number, page in enumerate(document):
            text = page.get_textpage()
            for place in range(text.count_chars()):
                yield number, text.get_text_range(place, 1), *text.get_charbox(place)


def drawn(pdf: bytes, scale: float = 1.5) -> Image.Image:
    """The first page."""
    with opened(pdf) as document:
        picture: Image.Image = document[0].render(scale=scale).to_pil().convert("RGB")
        return picture
