"""Frames of RFC 6455, beside what the `websockets` library writes and reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.frames import Opcode as TheirOpcode
from websockets.protocol import Protocol, Side

from core.websocket import frames
from core.websocket.frames import NOT_UTF8, PROTOCOL_ERROR, TOO_BIG, BrokenFrame, FrameReader, Opcode

LARGEST = 100_000
SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, LARGEST]


def written(opcode: int, payload: bytes, *, is_final: bool = True) -> bytes:
    """As a client of theirs writes it."""
    return Frame(TheirOpcode(opcode), payload, fin=is_final).serialize(mask=True)


def read(data: bytes, *, largest: int = LARGEST) -> list[frames.Message]:
    return FrameReader(largest).feed(data)


def broken(data: bytes, *, largest: int = LARGEST) -> int:
    with pytest.raises(BrokenFrame) as caught:
        read(data, largest=largest)
    return caught.value.code


@pytest.mark.parametrize("size", SIZES)
def test_what_a_client_writes_is_read(size: int) -> None:
    assert read(written(Opcode.TEXT, b"x" * size)) == [(Opcode.TEXT, b"x" * size)]


@pytest.mark.parametrize("size", SIZES)
def test_what_we_write_a_client_reads(size: int) -> None:
    client = Protocol(Side.CLIENT)
    client.receive_data(frames.text_frame("x" * size))
    (frame,) = client.events_received()
    assert isinstance(frame, Frame)
    assert (frame.opcode, frame.data, frame.fin) == (TheirOpcode.TEXT, b"x" * size, True)


pieces = st.lists(st.binary(max_size=300), min_size=1, max_size=4)
messages = st.lists(st.tuples(st.sampled_from([Opcode.TEXT, Opcode.BINARY]), pieces), max_size=6)


@given(messages=messages, cuts=st.lists(st.integers(1, 400), max_size=12), pings=st.booleans())
def test_pieces_cut_anywhere_with_pings_between_come_whole_and_in_order(
    messages: list[tuple[int, list[bytes]]], cuts: list[int], pings: bool
) -> None:
    sent, expected = b"", list[frames.Message]()
    for opcode, parts in messages:
        for index, part in enumerate(parts):
            sent += written(Opcode.CONTINUATION if index else opcode, part, is_final=index == len(parts) - 1)
            if pings and index < len(parts) - 1:
                sent += written(Opcode.PING, b"?")
                expected.append((Opcode.PING, b"?"))
        expected.append((opcode, b"".join(parts)))
    reader, found = FrameReader(LARGEST), []
    for cut in cuts:
        found += reader.feed(sent[:cut])
        sent = sent[cut:]
    found += reader.feed(sent)

    assert found == expected


@given(data=st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    reader, code = FrameReader(LARGEST), PROTOCOL_ERROR
    try:
        for byte in data:
            reader.feed(bytes([byte]))
    except BrokenFrame as fault:
        code = fault.code

    assert code in (PROTOCOL_ERROR, TOO_BIG)


FAULTS = {
    "not masked": (frames.text_frame("x"), PROTOCOL_ERROR),
    "a reserved bit": (b"\xc1\x80\0\0\0\0", PROTOCOL_ERROR),
    "an unknown opcode": (b"\x83\x80\0\0\0\0", PROTOCOL_ERROR),
    "a ping in pieces": (b"\x09\x80\0\0\0\0", PROTOCOL_ERROR),
    "a long ping": (b"\x89\xfe\0\x7e\0\0\0\0" + b"x" * 126, PROTOCOL_ERROR),
    "the next piece of nothing": (written(Opcode.CONTINUATION, b"x"), PROTOCOL_ERROR),
    "a message within another": (
        written(Opcode.TEXT, b"x", is_final=False) + written(Opcode.TEXT, b"y"), PROTOCOL_ERROR
    ),
    "too big": (b"\x81\xff" + (LARGEST + 1).to_bytes(8), TOO_BIG),
    "bigger than there are numbers": (b"\x81\xff" + b"\xff" * 8, TOO_BIG),
    "too big in pieces": (
        written(Opcode.TEXT, b"x" * LARGEST, is_final=False) + written(Opcode.CONTINUATION, b"y"), TOO_BIG
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_have_their_code(fault: str) -> None:
    data, code = FAULTS[fault]
    assert broken(data) == code


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"", 1005), (b"\x03\xe8", 1000), (b"\x03\xe9bye", 1001), (b"\x0f\xa0", 4000), (b"\x13\x87", 4999)],
)
def test_codes_of_a_close(payload: bytes, code: int) -> None:
    assert frames.close_code(payload) == code


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])
def test_codes_that_may_not_be_said(code: int) -> None:
    with pytest.raises(BrokenFrame) as caught:
        frames.close_code(code.to_bytes(2))
    assert caught.value.code == PROTOCOL_ERROR


@pytest.mark.parametrize(("payload", "code"), [(b"\x03", PROTOCOL_ERROR), (b"\x03\xe8\xff", NOT_UTF8)])
def test_a_close_that_is_cut_or_no_text(payload: bytes, code: int) -> None:
    with pytest.raises(BrokenFrame) as caught:
        frames.close_code(payload)
    assert caught.value.code == code


def test_a_drip_of_bytes_is_not_copied_again_and_again() -> None:
    """A megabyte, a kilobyte at a time, is looked at when it is whole: else each piece would cost all before it."""
    reader = FrameReader(1 << 20)
    data = written(Opcode.BINARY, bytes(1 << 20))
    for at in range(0, len(data) - 1024, 1024):
        assert reader.feed(data[at : at + 1024]) == []
        assert reader._wanted == len(data)
