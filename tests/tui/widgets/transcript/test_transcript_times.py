from __future__ import annotations

from datetime import UTC, datetime

from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.recorder import Recorder
from sonde_core.settings import Limits
from sonde_tui.widgets.transcript.transcript_times import Since, Times

SENT, RECEIVED = Direction.SENT, Direction.RECEIVED
TALK: list[Moment] = [
    Event(0.5, EventKind.CONNECTED, "connected"),
    Chunk(1.0, RECEIVED, b"hello"),
    Chunk(2.0, SENT, b"ask"),
    Event(2.25, EventKind.NOTE, "note"),
    Chunk(2.5, RECEIVED, b"answer"),
    Chunk(4.0, SENT, b"ask"),
    Chunk(4.125, RECEIVED, b"answer"),
]


def told(times: Times, moments: list[Moment] | Recorder) -> list[str]:
    return [times.told(moment.at, moments, at).strip() for at, moment in enumerate(moments)]


def test_times_go_through_their_ways_and_the_clock_only_where_it_is_known() -> None:
    times = Times()
    seen = []
    for _ in range(4):
        seen.append(times.since)
        times.next()
    assert seen == [Since.START, Since.BEFORE, Since.SENT, Since.START]
    times.show(datetime(2026, 1, 2, tzinfo=UTC))
    times.since = Since.CLOCK
    assert times.cells == 12
    times.show(None)
    assert times.since is Since.START


def test_since_the_chunk_before() -> None:
    times = Times()
    times.since = Since.BEFORE
    assert told(times, TALK) == [
        *("+0.5000", "+0.5000", "+1.0000", "+0.2500", "+0.5000", "+1.5000", "+0.1250"),
    ]


def test_since_what_was_sent_last_in_any_order_of_asking() -> None:
    times = Times()
    times.since = Since.SENT
    expected = ["·", "·", "·", ">0.2500", ">0.5000", ">2.0000", ">0.1250"]
    assert told(times, TALK) == expected
    for at in (6, 0, 5, 2, 4, 3, 1, 6):
        assert times.told(TALK[at].at, TALK, at).strip() == expected[at]


def test_what_was_sent_last_is_found_anew_when_the_middle_went() -> None:
    recorder = Recorder(limits=Limits(record_kept=4000))
    times = Times()
    times.since = Since.SENT
    for number in range(200):
        recorder.chunk(SENT if number % 10 == 0 else RECEIVED, b"x")
        last = len(recorder) - 1
        sent = [
            moment.at
            for moment in recorder[:last]
            if isinstance(moment, Chunk) and moment.direction is SENT
        ]
        found = times.told(recorder[last].at, recorder, last).strip()
        assert found == (f">{recorder[last].at - sent[-1]:.4f}" if sent else "·")


def test_by_the_clock() -> None:
    times = Times()
    started = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    times.show(started)
    times.since = Since.CLOCK
    local = started.astimezone()
    assert times.told(0.25, TALK, 0) == f"{local:%H:%M:}05.928"


def test_a_wide_time_keeps_its_column() -> None:
    times = Times()
    assert times.told(123_456.789, TALK, 0) == "123456.78"
    times.since = Since.BEFORE
    assert times.told(123_456.789, TALK, 1) == "+123456.2"
