from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Opcode

from sonde_core.transport.web_socket_framing import Framing, Rest
from tests.web_sockets import frame

MOST = 1 << 20
FRAMES = st.tuples(
    st.sampled_from([0x82, 0x89, 0x8A]),
    st.binary(max_size=40) | st.sampled_from([bytes(125), bytes(126), bytes(300), bytes(70_000)]),
)


def fed(data: bytes, *, server_side: bool) -> Framing:
    framing = Framing(server_side=server_side, extensions=(), largest=MOST)
    framing.receive_data(data)
    return framing


@given(st.lists(FRAMES, max_size=3), FRAMES, st.booleans(), st.data())
def test_what_there_is_of_a_frame_is_told_wherever_it_is_cut(
    before: list[tuple[int, bytes]], last: tuple[int, bytes], masked: bool, data: st.DataObject
) -> None:
    mask = b"mask" if masked else b""
    first, carried = last[0], last[1] if last[0] == 0x82 else last[1][:125]
    whole = b"".join(frame(one, said[:125], mask=mask) for one, said in before)
    cut = frame(first, carried, mask=mask)
    head = len(cut) - len(carried)
    size = data.draw(st.integers(1, len(cut) - 1))
    rest = fed(whole + cut[:size], server_side=masked).rest(MOST)
    if size < head:
        assert rest == Rest(None, size)
    else:
        came = carried[: size - head]
        assert rest == Rest(Opcode(first & 0x0F), len(came), len(carried), came)


@given(st.lists(FRAMES, max_size=3))
def test_nothing_is_left_behind_whole_frames(frames: list[tuple[int, bytes]]) -> None:
    data = b"".join(frame(first, said[:125]) for first, said in frames)
    assert fed(data, server_side=False).rest(MOST) is None


def test_nothing_is_left_of_what_breaks_the_rules() -> None:
    assert fed(b"\xf3\x05abc", server_side=False).rest(MOST) is None
