"""Reading PDFs back: what one would copy out of them."""

import io
from typing import Any

from pypdf import PdfReader


def read(answer: Any) -> PdfReader:
    """Of an answer that hands out a PDF to be saved."""
    assert answer.status_code == 200, answer
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    content = answer.getvalue()
    assert len(content) == int(answer["Content-Length"])
    return PdfReader(io.BytesIO(content))


def text_of(answer: Any) -> str:
    """All of it, with white space as it happens to be set made into single spaces."""
    return _text(read(answer))


def read_bytes(content: bytes) -> str:
    """The same, of a file that was fetched."""
    return _text(PdfReader(io.BytesIO(content)))


def _text(document: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in document.pages).split())


def links_of(document: PdfReader) -> set[str]:
    found = set()
    for page in document.pages:
        for annotation in page.get("/Annots") or []:
            action = annotation.get_object().get("/A")
            if action and "/URI" in action:
                found.add(str(action["/URI"]))
    return found
