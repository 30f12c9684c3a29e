"""PDFs with text in any script: shaped, ordered and broken into lines as its readers write it. See docs/pdf.md."""

from core.pdf.document import Document

__all__ = ["Document"]
