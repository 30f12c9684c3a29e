"""Ids in addresses and frames are opaque strings; inside they are primary keys."""

from typing import Any

from core.errors import NotFound

_LARGEST = 2**63 - 1


def parse_id(text: Any) -> int:
    """The primary key behind an id as clients send it. What cannot be one raises NotFound, like what does not exist."""
    if not isinstance(text, str) or len(text) > 19 or not (text.isascii() and text.isdigit()):
        raise NotFound
    number = int(text)
    if not 0 < number <= _LARGEST or str(number) != text:
        raise NotFound
    return number
