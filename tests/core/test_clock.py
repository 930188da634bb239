from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sonde_core.clock import SystemClock, stamp, unstamp


def test_a_stamp_reads_back_to_the_millisecond() -> None:
    moment = datetime(2026, 11, 24, 12, 0, 0, 123000, tzinfo=UTC)
    assert stamp(moment) == "2026-11-24T12:00:00.123Z"
    assert unstamp(stamp(moment)) == moment


def test_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="soon"):
        unstamp("soon")


def test_the_clock_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.monotonic() <= clock.monotonic()
    assert clock.now().tzinfo is UTC
