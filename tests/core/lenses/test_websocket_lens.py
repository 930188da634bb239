from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.cutter import split
from sonde_core.lenses.websocket_lens import unmasked

LENS = lens_of("websocket")
MASK = b"\x01\x02\x03\x04"


def frame(first: int, data: bytes, *, masked: bool = False) -> bytes:
    size = len(data)
    length = (
        bytes([size])
        if size < 126
        else b"\x7e" + size.to_bytes(2)
        if size < 1 << 16
        else b"\x7f" + size.to_bytes(8)
    )
    if not masked:
        return bytes([first]) + length + data
    return bytes([first, length[0] | 0x80]) + length[1:] + MASK + unmasked(data, MASK)


def test_frames_behind_the_handshake_are_unmasked() -> None:
    messages = [
        b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        frame(0x81, b"hello", masked=True),
        frame(0x01, b"frag"),
        frame(0x80, b"ment"),
        frame(0x89, b""),
        frame(0x82, bytes(70_000)),
        frame(0x88, b"\x03\xe8bye", masked=True),
    ]
    assert split(LENS, b"".join(messages)) == messages
    titles = [LENS.read(message).title for message in messages]
    assert titles[:5] == [
        "GET /chat HTTP/1.1",
        "text: hello",
        "text: frag",
        "continuation: ment",
        "ping",
    ]
    assert titles[6] == "close: 1000 bye"
    assert LENS.read(messages[2]).parts[0].value == "text, goes on"


def test_what_is_no_frame_is_said() -> None:
    for data in (b"\x83\x01x", b"\xb1\x00", b"\x09\x00", b"\x88\x7e\x01\x00"):
        assert LENS.cut(data, 0, ended=False) == -len(data)
        assert LENS.read(data).error == "this is no WebSocket frame"


def test_a_message_whose_frames_were_taken_off_is_read_as_it_is() -> None:
    assert LENS.read(b"\x81\x02hi", datagram=True).title.startswith("81 02")


@given(st.binary(max_size=100), st.binary(min_size=4, max_size=4))
def test_a_mask_taken_off_twice_is_none(data: bytes, mask: bytes) -> None:
    assert unmasked(unmasked(data, mask), mask) == data
    assert unmasked(data, mask) == bytes(a ^ mask[i % 4] for i, a in enumerate(data))
