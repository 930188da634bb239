from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.recording.record_file import BATCH, BLOCK, Piece, RecordFile, Writer
from tests.full_disk import check_leaves_no_file

MIB = 1 << 20
PATIENCE = 20.0
sizes = st.one_of(st.integers(0, 300), st.sampled_from([BLOCK - 1, BLOCK, BATCH, BATCH + 7]))


class Busy(RecordFile):
    """On a disk that takes nothing until it is told to."""

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer)
        self.taking = threading.Event()
        self.asked = threading.Event()

    def put(self, pieces: list[Piece]) -> None:
        self.asked.set()
        assert self.taking.wait(PATIENCE)
        super().put(pieces)


@pytest.fixture
def busy() -> Iterator[Busy]:
    file = Busy(Writer(4 * MIB))
    yield file
    file.taking.set()


def written(file: RecordFile) -> None:
    """Wait until all that was handed over is in the file."""
    end = time.monotonic() + PATIENCE
    while file.pieces:
        assert time.monotonic() < end
        time.sleep(0)


def bring(file: RecordFile, number: int) -> None:
    for each in range(number):
        file.write(each * MIB, bytes([each]) * MIB)


def caught_up(writer: Writer) -> threading.Event:
    told = threading.Event()
    writer.when_caught_up(told.set)
    return told


@given(st.lists(st.tuples(st.integers(0, 3 * BATCH), sizes), max_size=12), st.booleans())
def test_what_was_written_last_is_read_before_and_after_it_is_in_the_file(
    pieces: list[tuple[int, int]], is_busy: bool
) -> None:
    file, naive = Busy(Writer(64 * MIB)), bytearray(5 * BATCH)
    if not is_busy:
        file.taking.set()
    for number, (address, size) in enumerate(pieces, 1):
        file.write(address, bytes([number]) * size)
        naive[address : address + size] = bytes([number]) * size
    for _ in range(2):
        for address, size in pieces:
            assert file.read(address, size) == naive[address : address + size]
        file.taking.set()
        written(file)


def test_small_pieces_wait_for_others_in_memory(busy: Busy) -> None:
    for number in range(BATCH // 64 - 1):
        busy.write(number * 64, b"%064d" % number)
    assert not busy.asked.is_set()
    assert busy.read(64 * 99, 64) == b"%064d" % 99
    busy.write(BATCH - 64, b"z" * 64)
    assert busy.asked.wait(PATIENCE)
    assert len(busy.pieces) == BATCH // BLOCK


def test_who_brings_more_than_may_wait_is_held_up_and_nothing_is_lost(busy: Busy) -> None:
    bringing = threading.Thread(target=bring, args=(busy, 12))
    bringing.start()
    assert busy.asked.wait(PATIENCE)
    end = time.monotonic() + PATIENCE
    while busy.size < 4 * MIB:
        assert time.monotonic() < end
        time.sleep(0)
    assert bringing.is_alive()
    assert busy.size == 4 * MIB
    told = caught_up(busy._writer)
    assert busy.is_behind
    assert not told.is_set()
    busy.taking.set()
    bringing.join(PATIENCE)
    assert not bringing.is_alive()
    assert told.wait(PATIENCE)
    written(busy)
    assert not busy.is_behind
    assert [busy.read(n * MIB, MIB) for n in range(12)] == [bytes([n]) * MIB for n in range(12)]


def test_what_lies_in_memory_anyhow_is_taken_at_once(busy: Busy) -> None:
    for number in range(12):
        busy.write(number * MIB, bytes([number]) * MIB, may_wait=False)
    assert busy.size == 12 * MIB
    assert busy.read(11 * MIB - 1, 2) == bytes([10, 11])


def test_a_file_without_anything_to_write_is_not_behind(busy: Busy) -> None:
    other = RecordFile(busy._writer)
    bring(busy, 3)
    assert busy.is_behind
    assert not other.is_behind


def test_who_is_not_behind_is_told_so_at_once() -> None:
    assert caught_up(Writer()).is_set()


FULL = """
import resource, time
from sonde_core.recording.record_file import RecordFile

MIB = 1 << 20
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (5 * MIB + 100, hard))
file, taken, refused = RecordFile(), [], 0
end = time.monotonic() + 20

def bring(number):
    file.write(len(taken) * MIB, bytes([number]) * MIB)
    taken.append(number)

for number in range(64):
    try:
        bring(number)
    except OSError as error:
        assert error.strerror == "File too large", error
        refused += 1
assert 5 <= len(taken) <= 5 + 16 + 1, len(taken)
assert refused == 64 - len(taken)

def check():
    assert all(file.read(n * MIB, MIB) == bytes([kept]) * MIB for n, kept in enumerate(taken))

check()
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
before = len(taken)
while len(taken) == before:
    assert time.monotonic() < end
    try:
        bring(99)
    except OSError:
        pass
check()
while file.pieces:
    assert time.monotonic() < end
check()
"""


def test_a_full_disk_keeps_what_was_taken_and_takes_no_more_until_there_is_room(
    tmp_path: Path,
) -> None:
    check_leaves_no_file(FULL, tmp_path)


def test_a_file_that_cannot_be_written_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    writer = Writer(4 * MIB)
    lost = RecordFile(writer)
    with pytest.raises(FileNotFoundError):
        bring(lost, 64)
    assert lost.read(MIB - 2, 2) == bytes(2)
    assert caught_up(writer).wait(PATIENCE)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    other = RecordFile(writer)
    bring(other, 16)
    written(other)
    assert other.error is None
