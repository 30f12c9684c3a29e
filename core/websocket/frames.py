"""Frames of RFC 6455, as a server reads and writes them. Nothing here knows of sockets."""

from enum import IntEnum

try:
    from websockets.speedups import apply_mask
except ImportError:  # no compiled part for this machine
    from websockets.utils import apply_mask

NORMAL, PROTOCOL_ERROR, NO_CODE, NOT_UTF8, TOO_BIG = 1000, 1002, 1005, 1007, 1009
_LARGEST_CONTROL = 125
_FINAL, _RESERVED, _MASKED = 0x80, 0x70, 0x80


class Opcode(IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


_DATA = (Opcode.TEXT, Opcode.BINARY)
_KNOWN = frozenset(Opcode)

Message = tuple[int, bytes]
"""Opcode (never CONTINUATION: pieces have been joined) and payload, unmasked."""


class BrokenFrame(Exception):
    """The connection ends with `code`."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def text_frame(text: str) -> bytes:
    return frame(Opcode.TEXT, text.encode())


def frame(opcode: int, payload: bytes = b"") -> bytes:
    """Whole and unmasked, as servers send them."""
    size = len(payload)
    if size < 126:
        return bytes((_FINAL | opcode, size)) + payload
    if size < 65_536:
        return bytes((_FINAL | opcode, 126)) + size.to_bytes(2) + payload
    return bytes((_FINAL | opcode, 127)) + size.to_bytes(8) + payload


def close_frame(code: int = NORMAL, reason: str = "") -> bytes:
    return frame(Opcode.CLOSE, code.to_bytes(2) + reason.encode()[: _LARGEST_CONTROL - 2])


def close_code(payload: bytes) -> int:
    """Of a close that came. Raises BrokenFrame if it says none that may be said."""
    if not payload:
        return NO_CODE
    code = int.from_bytes(payload[:2])
    if len(payload) < 2 or not (1000 <= code <= 1014 or 3000 <= code <= 4999) or code in (1004, 1005, 1006):
        raise BrokenFrame(PROTOCOL_ERROR)
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise BrokenFrame(NOT_UTF8) from None
    return code


class FrameReader:
    """Cuts what comes into messages. `largest`: bytes of a message."""

    __slots__ = ("_kind", "_largest", "_message", "_rest", "_wanted")

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._rest: bytearray | None = None  # of a frame that has not come whole
        self._wanted = 0  # bytes of it that must be there before looking again is worth it
        self._kind = 0  # of the message whose pieces are coming; 0: none is
        self._message: bytearray | None = None

    def feed(self, data: bytes) -> list[Message]:
        """What is complete by now, in order. Raises BrokenFrame; what was whole before the fault is lost with it."""
        if self._rest is not None:
            self._rest += data
            if len(self._rest) < self._wanted:
                return []
            data, self._rest = bytes(self._rest), None
        messages: list[Message] = []
        at, end = 0, len(data)
        while at < end:
            size, start = self._head(data, at, end)
            if start + size > end:
                self._rest = bytearray(data[at:] if at else data)
                self._wanted = start + size - at
                break
            payload = apply_mask(data[start : start + size], data[start - 4 : start]) if size else b""
            self._take(data[at], payload, messages)
            at = start + size
        return messages

    def _head(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        """How long the payload is, and where it starts; a start behind `end` if not all of the head has come."""
        if at + 2 > end:
            return 0, at + 2
        first, second = data[at], data[at + 1]
        size, start = second & 0x7F, at + 2
        opcode = first & 0x0F
        if first & _RESERVED or opcode not in _KNOWN or not second & _MASKED:
            raise BrokenFrame(PROTOCOL_ERROR)
        if opcode >= Opcode.CLOSE and (size > _LARGEST_CONTROL or not first & _FINAL):
            raise BrokenFrame(PROTOCOL_ERROR)
        if size >= 126:
            longer = 2 if size == 126 else 8
            if start + longer > end:
                return 0, start + longer
            size, start = int.from_bytes(data[start : start + longer]), start + longer
        if size > self._largest:
            raise BrokenFrame(TOO_BIG)
        return size, start + 4

    def _take(self, first: int, payload: bytes, messages: list[Message]) -> None:
        opcode, is_final = first & 0x0F, first & _FINAL
        if opcode >= Opcode.CLOSE:  # may come between the pieces of a message
            messages.append((opcode, payload))
        elif (opcode in _DATA) == bool(self._kind):
            raise BrokenFrame(PROTOCOL_ERROR)  # the next piece of nothing, or a message within another
        elif opcode in _DATA and is_final:
            messages.append((opcode, payload))
        else:
            self._join(opcode, payload)
            if is_final and self._message is not None:
                messages.append((self._kind, bytes(self._message)))
                self._kind, self._message = 0, None

    def _join(self, opcode: int, payload: bytes) -> None:
        if opcode in _DATA:
            self._kind, self._message = opcode, bytearray(payload)
        elif self._message is not None:
            if len(self._message) + len(payload) > self._largest:
                raise BrokenFrame(TOO_BIG)
            self._message += payload
