from __future__ import annotations

from sonde_core.clock import SystemClock
from sonde_core.model import Direction
from sonde_core.rates import Rates
from sonde_core.recording.recorder import Recorder


class Turned(SystemClock):
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now_at = 100.0

    def monotonic(self) -> float:
        return self.now_at


def test_only_the_last_second_counts() -> None:
    clock = Turned()
    recorder = Recorder(clock)
    rates = Rates(recorder)
    for _ in range(30):
        clock.now_at += 0.1
        recorder.chunk(Direction.SENT, bytes(100))
        recorder.chunk(Direction.RECEIVED, bytes(10))
        rates.pace()
    pace = rates.pace()
    assert (round(pace.sent), round(pace.received)) == (1000, 100)
    clock.now_at += 1.0
    assert rates.pace() == (0.0, 0.0)


def test_a_burst_at_the_start_is_told_as_of_a_second() -> None:
    clock = Turned()
    recorder = Recorder(clock)
    rates = Rates(recorder)
    recorder.chunk(Direction.SENT, bytes(500))
    clock.now_at += 0.01
    assert rates.pace().sent == 500


def test_asked_seldom_it_takes_the_time_between() -> None:
    clock = Turned()
    recorder = Recorder(clock)
    rates = Rates(recorder)
    clock.now_at += 5
    recorder.chunk(Direction.RECEIVED, bytes(500))
    assert rates.pace().received == 100
