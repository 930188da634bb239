"""A pattern that never ends is left after a while, and a wrong one is explained."""

from __future__ import annotations

import pytest

from sonde_core.errors import PayloadSyntaxError
from sonde_core.scrubbing import patterns
from sonde_core.scrubbing.patterns import Allowance, Pattern, SlowPatternError


def test_the_group_or_all_of_it() -> None:
    data = b"card=12 card= \xff"
    assert Pattern(r"card=(\d*)").places(data, Allowance()) == [(5, 7)]
    assert Pattern(r"card=\d*").places(data, Allowance()) == [(0, 7), (8, 13)]
    assert Pattern("\udcff").places(data, Allowance()) == [(14, 15)]


def test_one_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    allowance = Allowance()
    with pytest.raises(SlowPatternError, match=r"'\(\\w\+\)\+\$'"):
        Pattern(r"(\w+)+$").places(b"a" * 5000 + b"!", allowance)
    with pytest.raises(SlowPatternError):  # what is left is for all patterns and texts together
        Pattern("(a+)+$").places(b"a" * 5000 + b"!", allowance)
    assert allowance.for_bytes(0) < 0.1


@pytest.mark.parametrize("text", ["(", "a{1000}" * 300, "((a{500}){500}){500}", "[[:alpha"])
def test_a_wrong_one_is_explained(text: str) -> None:
    with pytest.raises(PayloadSyntaxError):
        Pattern(text)
