from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.model import Chunk, Direction, Event, EventKind
from sonde_core.recorder import MOMENT_COST, Recorder
from sonde_core.settings import Limits

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


def test_since_gives_what_is_new() -> None:
    recorder = Recorder()
    recorder.chunk(Direction.SENT, b"a")
    seen = recorder.moments
    recorder.chunk(Direction.SENT, b"b")
    (fresh,) = recorder.since(seen)
    assert isinstance(fresh, Chunk)
    assert fresh.data == b"b"
