from __future__ import annotations

import gc

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.recording.reel import Reel
from sonde_core.recording.tail import Tail

SIZE = 1000
sizes = st.one_of(st.integers(0, 60), st.integers(200, SIZE), st.just(SIZE + 500))


@given(st.lists(sizes, max_size=80), st.sampled_from([1, 300, 900, 1 << 20]), st.data())
def test_what_is_not_forgotten_is_read_as_it_was_written(
    written: list[int], room: int, data: st.DataObject
) -> None:
    tail = Tail(Reel(0), 100, SIZE, room=room)
    known = b""
    pieces: list[tuple[int, int]] = []
    for number, size in enumerate(written):
        place = tail.write(bytes([number]) * size)
        assert (place, tail.end) == (len(known), len(known) + size)
        known += bytes([number]) * size
        pieces.append((place, size))
        while len(pieces) > 1 and tail.end - pieces[0][0] > SIZE:
            pieces.pop(0)
        tail.forget(pieces[0][0])
        first, last = sorted(data.draw(st.sampled_from(pieces)) for _ in range(2))
        stop = last[0] + last[1]
        assert tail.read(first[0], stop - first[0]) == known[first[0] : stop]


def test_memory_holds_no_more_than_was_allowed_for_all_together() -> None:
    gc.collect()
    one, two = (Tail(Reel(0), 0, 40 << 20, room=64 << 20) for _ in range(2))
    block = bytes(1 << 20)
    for _ in range(36):
        one.write(block)
        two.write(block)
    assert max(one.held, two.held) <= 64 << 20
    assert one.held + two.held <= 64 << 20
    assert one.read(0, 5) == two.read(35 << 20, 5) == bytes(5)


def test_what_is_forgotten_takes_no_memory() -> None:
    tail = Tail(Reel(0), 0, 4 << 20, room=64 << 20)
    for number in range(100):
        tail.forget(tail.write(bytes([number]) * (1 << 20)))
        assert tail.held == 1 << 20
    assert tail.read(99 << 20, 3) == bytes([99]) * 3


def test_an_empty_piece_does_not_keep_what_follows_it() -> None:
    tail = Tail(Reel(0), 0, 4 << 20, room=64 << 20)
    tail.write(b"")
    for _ in range(10):
        tail.forget(tail.write(bytes(1 << 20)))
    assert tail.held == 1 << 20


def test_small_pieces_share_blocks() -> None:
    tail = Tail(Reel(0), 0, 1 << 20, room=64 << 20)
    places = [tail.write(b"%05d" % number) for number in range(1000)]
    assert tail.read(places[998], 10) == b"0099800999"
    assert tail.read(places[0], 5) == b"00000"
