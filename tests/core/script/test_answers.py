from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.expecting import WINDOW
from sonde_core.script.answers import CountAnswer, EqualAnswer
from sonde_core.script.finding import Finding
from sonde_core.script.results import Verdict

CUTS = st.lists(st.integers(0, 12), max_size=6)


def fed(answer: EqualAnswer | CountAnswer, data: bytes, cuts: list[int]) -> tuple[Finding, bytes]:
    """Feed an answer in pieces; returns what it found, and what it left."""
    at = 0
    for cut in [*cuts, len(data)]:
        piece, at = data[at : at + cut], min(len(data), at + cut)
        rest = answer.take(piece)
        if answer.matched:
            return answer.finding(), (rest or b"") + data[at:]
    return answer.finding(), b""


@given(st.binary(min_size=1, max_size=12), st.binary(max_size=12), CUTS)
def test_equal_bytes_are_equal_however_they_are_cut(
    wanted: bytes, more: bytes, cuts: list[int]
) -> None:
    finding, rest = fed(EqualAnswer(wanted), wanted + more, cuts)
    assert (finding.verdict, rest) == (Verdict.SAME, more)


@given(st.binary(min_size=1, max_size=6), st.binary(max_size=6), CUTS)
def test_what_is_found_does_not_depend_on_the_cuts(
    wanted: bytes, came: bytes, cuts: list[int]
) -> None:
    whole, _ = fed(EqualAnswer(wanted), came, [])
    cut, _ = fed(EqualAnswer(wanted), came, cuts)
    assert cut == whole
    assert (whole.verdict is Verdict.SAME) == came.startswith(wanted)


def test_where_it_differs_is_told_with_both_sides() -> None:
    finding, _ = fed(EqualAnswer(b"250 OK 12:01\r\n"), b"250 OK 12:02\r\n", [3])
    assert finding.verdict is Verdict.DIFFERS
    assert (finding.offset, finding.wanted, finding.got) == (11, b"1\r\n", b"2\r\n")
    assert finding.detail == 'at byte 11: "1\\r\\n" expected, "2\\r\\n" came'


def test_what_is_missing_is_counted() -> None:
    finding, _ = fed(EqualAnswer(b"hello"), b"he", [])
    assert (finding.verdict, finding.left, finding.offset) == (Verdict.MISSING, 3, 2)


def test_more_before_it_is_extra() -> None:
    finding, rest = fed(EqualAnswer(b"answer"), b"late answer!", [2, 3])
    assert (finding.verdict, rest) == (Verdict.EXTRA, b"!")
    assert 'more came before it: "late "' in finding.detail


def test_what_was_there_early_belongs_to_what_was_before() -> None:
    finding, _ = fed(EqualAnswer(b"answer", early=5), b"late answer", [])
    assert (finding.verdict, finding.before) == (Verdict.SAME, 5)
    assert finding.before_shown == b"late "
    finding, _ = fed(EqualAnswer(b"answer", early=3), b"answer", [])
    assert (finding.verdict, finding.before) == (Verdict.SAME, 0)
    finding, _ = fed(EqualAnswer(b"answer", early=5), b"late ansXer", [])
    assert (finding.verdict, finding.before, finding.offset) == (Verdict.DIFFERS, 5, 3)


def test_after_what_may_go_on_it_is_looked_for() -> None:
    answer = EqualAnswer(b"354", opened=True)
    answer.take(b" OK\r\n and so on")
    assert not answer.enough
    answer.take(b"354")
    assert answer.finding().verdict is Verdict.SAME


def test_a_flood_takes_bounded_memory_and_the_bytes_are_found_behind_it() -> None:
    answer = EqualAnswer(b"needle")
    for _ in range(3 * WINDOW // 65536):
        answer.take(b"x" * 65536)
    assert len(answer._window) <= WINDOW + 6
    assert answer.take(b"yneedlez") == b"z"
    assert answer.finding().verdict is Verdict.EXTRA


@given(st.binary(min_size=1, max_size=12), CUTS)
def test_a_digest_is_of_the_bytes(data: bytes, cuts: list[int]) -> None:
    digest = hashlib.sha256(data).digest()
    finding, rest = fed(CountAnswer(len(data), digest), data + b"more", cuts)
    assert (finding.verdict, rest) == (Verdict.SAME, b"more")
    finding, _ = fed(CountAnswer(len(data), bytes(32)), data, cuts)
    assert finding.verdict is Verdict.DIFFERS
