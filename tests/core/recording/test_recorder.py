from __future__ import annotations

import os
import stat
import tempfile
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.model import Chunk, Direction, Event, EventKind
from sonde_core.recording.recorder import MOMENT_COST, Recorder
from sonde_core.recording.timeline import Run, moments_of, run_of, runs
from sonde_core.settings import Limits
from sonde_core.steps import MessageKind
from tests.full_disk import check_leaves_no_file

SMALL = Limits(record_in_memory=1000, record_kept=4000)


def test_moments_keep_their_order_and_the_totals_are_true() -> None:
    recorder = Recorder()
    recorder.event(EventKind.CONNECTED, "connected", peer="a")
    recorder.chunk(Direction.SENT, b"ask")
    recorder.chunk(Direction.RECEIVED, b"answer")
    kinds = [type(moment) for moment in recorder]
    assert kinds == [Event, Chunk, Chunk]
    assert (recorder.sent, recorder.received, recorder.sends, recorder.reads) == (3, 6, 1, 1)
    times = [moment.at for moment in recorder]
    assert times == sorted(times)


def test_kinds_come_back_from_both_parts_and_pings_are_no_messages() -> None:
    recorder = Recorder(limits=SMALL)
    kinds = list(MessageKind)
    for number in range(len(kinds) * 60):
        way = Direction.SENT if number % 2 else Direction.RECEIVED
        recorder.chunk(way, b"x" * 50, kinds[number % len(kinds)])
    chunks = [moment for moment in recorder if isinstance(moment, Chunk)]
    gap = next(at for at, moment in enumerate(recorder) if isinstance(moment, Event))
    whole = [kinds[number % len(kinds)] for number in range(len(kinds) * 60)]
    assert [chunk.kind for chunk in chunks[:gap]] == whole[:gap]
    assert [chunk.kind for chunk in chunks[gap:]] == whole[gap - len(chunks) :]
    assert [*moments_of(recorder, 0, gap), recorder[gap], *moments_of(recorder, gap + 1)] == list(
        recorder
    )
    assert recorder.sends + recorder.reads == 3 * 60


def test_a_large_recording_keeps_its_first_and_last_parts() -> None:
    recorder = Recorder(limits=SMALL)
    pieces = [bytes([number]) * 50 for number in range(200)]
    for piece in pieces:
        recorder.chunk(Direction.RECEIVED, piece)
    kept = list(recorder)
    dropped = [moment for moment in kept if isinstance(moment, Event)]
    data = [moment.data for moment in kept if isinstance(moment, Chunk)]
    assert len(dropped) == 1
    assert dropped[0].kind is EventKind.DROPPED
    assert data[0] == pieces[0]
    assert data[-1] == pieces[-1]
    assert recorder.received == 200 * 50
    assert int(dropped[0].facts["bytes"]) + sum(map(len, data)) == 200 * 50
    assert sum(len(piece) + MOMENT_COST for piece in data) <= SMALL.record_kept


@given(st.lists(st.binary(max_size=900), max_size=60))
def test_what_is_kept_is_exact(pieces: list[bytes]) -> None:
    recorder = Recorder(limits=SMALL)
    for piece in pieces:
        recorder.chunk(Direction.SENT, piece)
    data = [moment.data for moment in recorder if isinstance(moment, Chunk)]
    head = next((i for i, m in enumerate(recorder) if isinstance(m, Event)), len(data))
    assert data[:head] == pieces[:head]
    assert data[head:] == pieces[len(pieces) - (len(data) - head) :]
    assert recorder.sent == sum(map(len, pieces))


def test_slices_and_negative_indices_work() -> None:
    recorder = Recorder()
    for number in range(5):
        recorder.chunk(Direction.SENT, bytes([number]))
    last = recorder[-1]
    assert isinstance(last, Chunk)
    assert last.data == b"\4"
    assert [moment.data for moment in recorder[1:3] if isinstance(moment, Chunk)] == [b"\1", b"\2"]


steps = st.one_of(st.binary(max_size=900), st.just(b"x" * 2500), st.just(None))


@given(st.lists(steps, max_size=60), st.integers(0, 8000))
def test_runs_tell_the_same_as_the_moments(pieces: list[bytes | None], in_memory: int) -> None:
    recorder = Recorder(limits=Limits(record_in_memory=in_memory, record_kept=4000))
    for piece in pieces:
        if piece is None:
            recorder.event(EventKind.NOTE, "note")
        else:
            recorder.chunk(Direction.RECEIVED, piece)
    moments = list(recorder)
    told = [(run.first, at, way, size) for run in runs(recorder) for at, way, size in _told(run)]
    naive = [(run.first, at, way, size) for run in runs(moments) for at, way, size in _told(run)]
    assert [each[1:] for each in told] == [each[1:] for each in naive]
    assert b"".join(run.data for run in runs(recorder)) == b"".join(
        moment.data for moment in moments if isinstance(moment, Chunk)
    )


def _told(run: Run) -> list[tuple[float, int, int]]:
    return list(zip(run.ats, run.ways, run.sizes, strict=True))


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=60), st.integers(0, 200))
def test_a_run_ends_before_its_room_does(pieces: list[bytes], room: int) -> None:
    recorder = Recorder()
    for piece in pieces:
        recorder.chunk(Direction.SENT, piece)
    run = recorder.run(0, 40, room)
    assert run.data == b"".join(pieces[: len(run)])
    assert len(run.data) <= room or len(run) == 1
    assert len(run) in (40, len(pieces)) or len(run.data) + len(pieces[len(run)]) > room
    assert run.ends()[-1] == len(run.data)
    with pytest.raises(IndexError):
        run_of(recorder, len(pieces))


def test_small_chunks_are_kept_whole_in_little_memory() -> None:
    number = 100_000
    tracemalloc.start()
    recorder = Recorder(limits=Limits(record_kept=16 << 20))
    for _ in range(number):
        recorder.chunk(Direction.RECEIVED, b"ten bytes\n")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert recorder.gap == (number, 0)
    assert sum(run.data.count(b"\n") for run in runs(recorder)) == number
    assert peak < number * (10 + MOMENT_COST)


def test_since_gives_what_is_new() -> None:
    recorder = Recorder()
    recorder.chunk(Direction.SENT, b"a")
    seen = recorder.moments
    recorder.chunk(Direction.SENT, b"b")
    (fresh,) = recorder.since(seen)
    assert isinstance(fresh, Chunk)
    assert fresh.data == b"b"


def test_a_flood_of_empty_chunks_and_events_is_bounded() -> None:
    recorder = Recorder(limits=SMALL)
    for number in range(1000):
        recorder.chunk(Direction.RECEIVED, b"")
        recorder.event(EventKind.NOTE, f"note {number}")
    assert len(recorder) <= SMALL.record_kept // MOMENT_COST + 1
    assert recorder.moments == 2000
    last = recorder[-1]
    assert isinstance(last, Event)
    assert last.text == "note 999"
    with pytest.raises(IndexError):
        recorder[len(recorder)]
    with pytest.raises(IndexError):
        recorder[-len(recorder) - 1]


def test_a_chunk_larger_than_all_that_is_kept_does_no_harm() -> None:
    recorder = Recorder(limits=SMALL)
    recorder.chunk(Direction.SENT, b"first")
    for number in range(5):
        recorder.chunk(Direction.RECEIVED, bytes([number]) * 9000)
        recorder.chunk(Direction.SENT, b"after %d" % number)
    data = [moment.data for moment in recorder if isinstance(moment, Chunk)]
    assert data[0] == b"first"
    assert data[-1] == b"after 4"
    assert all(piece == piece[:1] * 9000 for piece in data if len(piece) == 9000)


FULL = """
import resource
from sonde_core.model import Direction
from sonde_core.recording.recorder import Recorder
from sonde_core.settings import Limits

MIB = 1 << 20
resource.setrlimit(resource.RLIMIT_FSIZE, (5 * MIB, 5 * MIB))
recorder = Recorder(limits=Limits(record_in_memory=0))
taken = []
for number in range(50):
    try:
        recorder.chunk(Direction.SENT, bytes([number]) * MIB)
    except OSError:
        continue
    taken.append(bytes([number]) * MIB)
assert 5 <= len(taken) < 50, len(taken)
assert [moment.data for moment in recorder] == taken
assert (recorder.sent, recorder.sends) == (50 * MIB, 50)
"""


def test_a_full_disk_keeps_what_was_recorded_and_the_totals(tmp_path: Path) -> None:
    check_leaves_no_file(FULL, tmp_path)


def test_the_private_file_goes_with_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    recorder = Recorder(limits=Limits(record_in_memory=0))
    recorder.chunk(Direction.SENT, bytes(1 << 20))
    recorder.chunk(Direction.SENT, b"parked")
    end = time.monotonic() + 20
    while not (found := list(tmp_path.iterdir())):
        assert time.monotonic() < end
    assert stat.S_IMODE(found[0].stat().st_mode) == 0o600
    chunk = recorder[1]
    assert isinstance(chunk, Chunk)
    assert chunk.data == b"parked"
    del recorder
    while os.listdir(tmp_path):
        assert time.monotonic() < end


def test_the_gap_keeps_its_place_and_grows() -> None:
    recorder = Recorder(limits=SMALL)
    assert recorder.gap == (0, 0)
    for number in range(150):
        recorder.chunk(Direction.SENT, b"x" * 10)
        place, gone = recorder.gap
        assert recorder.moments - gone + bool(gone) == len(recorder)
        assert gone == 0 or isinstance(recorder[place], Event), number
    assert recorder.gap[1] > 50
