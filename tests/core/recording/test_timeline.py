from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.masked import MaskedTimeline
from sonde_core.recording.recorder import Recorder
from sonde_core.recording.timeline import events_of, gap_of, moments_of, run_of, runs
from sonde_core.settings import Limits
from tests.strategies import TIMELINES


@given(TIMELINES)
def test_runs_have_every_moment_and_every_byte(timeline: tuple[Moment, ...]) -> None:
    found = list(runs(timeline))
    assert sum(map(len, found)) == len(timeline)
    pieces = [piece for run in found for piece in run.pieces()]
    assert pieces == [each.data if isinstance(each, Chunk) else b"" for each in timeline]
    assert [size for run in found for size in run.sizes] == [
        len(each.data) if isinstance(each, Chunk) else -1 for each in timeline
    ]


@given(TIMELINES, st.integers(1, 5), st.integers(0, 100))
def test_a_run_has_so_many_moments_and_bytes_at_most(
    timeline: tuple[Moment, ...], most: int, room: int
) -> None:
    for first in range(len(timeline)):
        run = run_of(timeline, first, most, room)
        assert 1 <= len(run) <= most
        assert len(run) == 1 or len(run.data) <= room
        assert moments_of(timeline, first, most, room) == list(timeline[first : first + len(run)])


def test_there_is_no_run_behind_the_end() -> None:
    timeline = (Chunk(0.0, Direction.SENT, b"a"), Event(0.0, EventKind.NOTE, "note"))
    assert run_of(timeline, 1).ways == b"*"
    with pytest.raises(IndexError):
        run_of(timeline, 2)
    assert gap_of(timeline) == (2, 0)


@given(TIMELINES)
def test_events_are_found_without_reading_bytes(timeline: tuple[Moment, ...]) -> None:
    events = [each for each in timeline if isinstance(each, Event)]
    recorder = Recorder(limits=Limits(record_kept=3000))
    for each in timeline:
        if isinstance(each, Chunk):
            recorder.chunk(each.direction, each.data)
        else:
            recorder.event(each.kind, each.text, **each.facts)
    assert list(events_of(timeline)) == events
    told = [each.text for each in recorder.events()]
    assert told == [each.text for each in recorder if isinstance(each, Event)]
    masked = [each for each in MaskedTimeline(timeline) if isinstance(each, Event)]
    assert list(events_of(MaskedTimeline(timeline))) == masked
