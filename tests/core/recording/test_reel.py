from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.recording.reel import Reel

writes = st.lists(st.tuples(st.integers(0, 400_000), st.binary(max_size=300)), max_size=30)


@given(writes, st.integers(0, 300_000))
def test_what_was_written_last_is_read_from_memory_and_file(
    pieces: list[tuple[int, bytes]], in_memory: int
) -> None:
    reel, naive = Reel(in_memory), bytearray(401_000)
    for address, data in pieces:
        reel.write(address, data)
        naive[address : address + len(data)] = data
        assert reel.read(address, len(data)) == data
    for address, data in pieces:
        assert reel.read(address, len(data)) == naive[address : address + len(data)]
