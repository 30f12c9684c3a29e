"""A PDF file, object by object, written as it is made: what is finished costs no memory but its place in the file.

ISO 32000-1: syntax in 7.3, the file's structure in 7.5.
"""

import re
import zlib
from typing import BinaryIO

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"  # the second line tells programs that the file is binary
PLAIN = re.compile(r"[ -'*-\[\]-~]+")  # may stand in parentheses as it is (7.3.4.2)


class Writer:
    """Objects have numbers from 1; `reserve` gives one, `write` or `stream` puts what it names into the file, once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offset = 0
        self._offsets: list[int] = []
        self._put(HEADER)

    def reserve(self) -> int:
        self._offsets.append(0)
        return len(self._offsets)

    def write(self, number: int, body: str | bytes) -> None:
        self._offsets[number - 1] = self._offset
        self._put(b"%d 0 obj\n%s\nendobj\n" % (number, body.encode("ascii") if isinstance(body, str) else body))

    def add(self, body: str | bytes) -> int:
        """The number of the object that was written."""
        number = self.reserve()
        self.write(number, body)
        return number

    def stream(self, number: int, data: bytes, entries: str = "") -> None:
        """`entries` go into the stream's dictionary beside its length and filter."""
        packed = zlib.compress(data)
        head = f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
        self.write(number, head.encode("ascii") + packed + b"\nendstream")

    def add_stream(self, data: bytes, entries: str = "") -> int:
        number = self.reserve()
        self.stream(number, data, entries)
        return number

    def close(self, *, root: int, info: int) -> None:
        """Writes the table of all objects. The file itself stays open: it is the caller's."""
        start = self._offset
        size = len(self._offsets) + 1
        rows = [b"0000000000 65535 f \n", *(b"%010d 00000 n \n" % offset for offset in self._offsets)]
        self._put(b"xref\n0 %d\n" % size + b"".join(rows))
        trailer = f"trailer\n<< /Size {size} /Root {root} 0 R /Info {info} 0 R >>\nstartxref\n{start}\n%%EOF\n"
        self._put(trailer.encode("ascii"))

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._offset += len(data)


def text_string(text: str) -> str:
    """A string that people read, as ISO 32000-1, 7.9.2.2 wants it."""
    return f"<FEFF{utf16(text)}>"


def utf16(text: str) -> str:
    return text.encode("utf-16-be", "replace").hex().upper()


def units_string(text: str) -> str:
    """The same of units of UTF-16, of which two may be no pair; a quarter as long if all are of ASCII."""
    if PLAIN.fullmatch(text):
        return f"({text})"
    return f"<FEFF{text.encode('utf-16-be', 'surrogatepass').hex().upper()}>"


def uri_string(url: str) -> str:
    """An address: ASCII, what is not is percent-encoded, and nothing in it ends the string."""
    encoded = "".join(
        chr(byte) if 0x21 <= byte < 0x7F and chr(byte) not in "()\\<>" else f"%{byte:02X}"
        for byte in url.encode("utf-8", "replace")
    )
    return f"({encoded})"


def number(value: float) -> str:
    """As short as PDF allows: at most two decimals (a hundredth of a point), no exponent."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text
