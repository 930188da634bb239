import re
import time

from sonde_tui.widgets.line_finder import BATCH, MOST, Finder
from sonde_tui.widgets.line_source import TextLines


def searched(needle: str, *lines: str) -> Finder:
    finder = Finder(needle)
    while not finder.step(TextLines(lines), 1.0):
        pass
    return finder


def test_lower_case_finds_both_cases_and_upper_case_only_itself() -> None:
    assert searched("key", "Key", "KEY", "key").count == 3
    assert searched("Key", "Key", "KEY", "key").count == 1


def test_a_needle_is_no_pattern() -> None:
    assert searched("a.b[0]", "a.b[0]", "axb0").count == 1


def test_hits_before_and_after_a_row_are_known() -> None:
    finder = searched("x", "x", "", "x x", "", "x")
    assert finder.count == 4
    assert finder.after(0) == 2
    assert finder.after(4) is None
    assert finder.after(-1) == 0
    assert finder.before(2) == 0
    assert finder.before(0) is None
    assert finder.number(4) == 3


def test_a_slice_of_no_time_looks_at_one_batch() -> None:
    source = TextLines(["x"] * (BATCH * 3))
    finder = Finder("x")
    assert not finder.step(source, 0)
    assert 0 < finder.count < BATCH
    assert not finder.complete
    while not finder.step(source, 0):
        pass
    assert finder.count == BATCH * 3
    assert finder.complete


def test_a_row_that_has_grown_is_looked_at_again() -> None:
    lines = ["x", "y"]
    source = TextLines(lines)
    finder = Finder("x")
    finder.step(source, 1.0)
    lines[1] = "yx"
    lines.append("x")
    finder.reopen(1)
    assert not finder.complete
    finder.step(source, 1.0)
    assert finder.count == 3


def test_only_ascii_is_folded() -> None:
    assert searched("straße", "STRASSE").count == 0
    assert re.ASCII in re.RegexFlag(Finder("é").pattern.flags)


def test_hits_are_counted_up_to_a_limit() -> None:
    source = TextLines(["a" * 4096] * 300)
    finder = Finder("a")
    while not finder.step(source, 0.01):
        pass
    assert finder.full
    assert MOST <= finder.count < MOST + 4096 * 256


def test_a_batch_shrinks_where_rows_are_full_of_hits() -> None:
    source = TextLines(["a" * 4096] * 2000)
    finder = Finder("a")
    waits = []
    for _ in range(20):
        begun = time.perf_counter()
        finder.step(source, 0.001)
        waits.append(time.perf_counter() - begun)
    assert sorted(waits)[len(waits) // 2] < 0.05
