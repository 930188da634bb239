from __future__ import annotations

import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.replaying.durations import Durations, bar

SECONDS = st.floats(1e-5, 100, allow_nan=False)


def of(*values: float) -> Durations:
    durations = Durations()
    for value in values:
        durations.add(value)
    return durations


@given(st.lists(SECONDS, min_size=1, max_size=200))
def test_few_are_told_exactly(values: list[float]) -> None:
    durations = of(*values)
    ordered = sorted(values)
    assert (durations.shortest, durations.longest) == (ordered[0], ordered[-1])
    assert durations.quantile(0.5) == statistics.median_low(values)
    assert durations.quantile(1.0) == ordered[-1]


def test_of_many_a_quantile_is_within_a_hundredth() -> None:
    values = [0.001 * (1 + number % 997) for number in range(20_000)]
    durations = of(*values)
    ordered = sorted(values)
    for share in (0.5, 0.95, 0.99):
        exact = ordered[int(share * len(ordered)) - 1]
        assert durations.quantile(share) == pytest.approx(exact, rel=0.012)
    assert len(durations._exact) == 0
    assert len(durations._about) < 1000


@given(st.lists(SECONDS, min_size=1, max_size=300))
def test_a_histogram_counts_each_once_and_leaves_no_gap(values: list[float]) -> None:
    bins = of(*values).histogram()
    assert sum(each.count for each in bins) == len(values)
    assert (bins[0].start, bins[-1].end) == (min(values), max(values))
    assert all(one.end == other.start for one, other in pairwise(bins))


def test_nothing_has_no_histogram() -> None:
    assert of().histogram() == []
    assert of().quantile(0.5) == 0.0
    assert [each.count for each in of(0.1, 0.1).histogram()] == [2]


def test_a_bar_is_as_long_as_its_number() -> None:
    assert bar(4, 4, 10) == "█" * 10
    assert bar(2, 4, 5) == "██▌"
    assert bar(1, 100_000, 10) == "▏"
    assert bar(0, 4, 10) == ""
