"""Frames from clients: parsed, and their fields checked. What is no JSON object closes the socket; what is one with
wrong fields is answered."""

import contextlib
import json
from typing import Any, NoReturn, TypeGuard

import orjson
from django.utils.translation import gettext as _

from core.errors import Invalid, NotFound
from core.ids import parse_id

LARGEST_FRAME = 64 * 1024  # bytes
_LARGEST_NUMBER = 2**53 - 1  # what every client's JSON can hold

Frame = dict[str, Any]


NOT_OUR_PROTOCOL, TOO_LARGE = 4400, 4413


class FrameRefused(Exception):
    """The socket is closed with `code`."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def parse(text: str | None) -> Frame:
    """Raises FrameRefused. None stands for a binary frame."""
    if text is None:
        raise FrameRefused(NOT_OUR_PROTOCOL)
    if is_too_large(text):
        raise FrameRefused(TOO_LARGE)
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        frame = _parse_lenient(text)
    if not isinstance(frame, dict):
        raise FrameRefused(NOT_OUR_PROTOCOL)
    return frame


def _parse_lenient(text: str) -> Any:
    """JSON may name lone surrogates, which orjson refuses as a whole: here they reach the field's own check."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise FrameRefused(NOT_OUR_PROTOCOL) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON


def is_too_large(text: str) -> bool:
    if len(text) > LARGEST_FRAME:
        return True
    return len(text) * 4 > LARGEST_FRAME and len(text.encode("utf-8", "surrogatepass")) > LARGEST_FRAME


def frame_id(frame: Frame) -> int | None:
    """The frame's `id`, or None if it has none that can be echoed."""
    given = frame.get("id")
    return given if _is_whole(given) and abs(given) <= _LARGEST_NUMBER else None


def row_id(frame: Frame, field: str) -> int:
    """A field that names a row. Text that names none raises NotFound; what is no text is Invalid."""
    given = frame.get(field)
    if not isinstance(given, str):
        raise Invalid(fields={field: _("This must be an id, as text.")})
    return parse_id(given)


def row_ids(frame: Frame, field: str, *, most: int) -> set[int]:
    """A field that is a list of such names. What names no row is left out, like a row that does not exist."""
    given = frame.get(field)
    if not isinstance(given, list) or len(given) > most or not all(isinstance(one, str) for one in given):
        raise Invalid(fields={field: _("This must be a list of at most %(most)d ids, as text.") % {"most": most}})
    found = set()
    for one in given:
        with contextlib.suppress(NotFound):
            found.add(parse_id(one))
    return found


def position(frame: Frame, field: str) -> int | None:
    """A field that may be left out, else a whole number from 0."""
    given = frame.get(field)
    if given is None:
        return None
    if not _is_whole(given) or not 0 <= given <= _LARGEST_NUMBER:
        raise Invalid(fields={field: _("This must be a whole number, 0 or more.")})
    return given


def choice(frame: Frame, field: str, *choices: str) -> str | None:
    """A field that may be left out, else one of these."""
    given = frame.get(field)
    if given is not None and given not in choices:
        raise Invalid(fields={field: _("This is one of %(choices)s.") % {"choices": ", ".join(choices)}})
    return given


def truth_value(frame: Frame, field: str) -> bool | None:
    """A field that may be left out, else true or false."""
    given = frame.get(field)
    if given is not None and not isinstance(given, bool):
        raise Invalid(fields={field: _("This must be true or false.")})
    return given


def _is_whole(given: Any) -> TypeGuard[int]:
    return isinstance(given, int) and not isinstance(given, bool)
