from __future__ import annotations

import time

import pytest

from sonde_core.script.pattern import compiled, groups_of, search
from sonde_core.search.query import PatternError


async def test_lines_begin_and_end_in_a_pattern() -> None:
    match = await search(compiled(rb"^250 (?P<what>\w+)$"), b"220 hi\n250 ok\n")
    assert match is not None
    assert match["what"] == b"ok"
    assert groups_of(rb"(?P<a>.)(.)(?P<b>.)") == ("a", "b")


async def test_large_windows_are_searched_aside() -> None:
    data = b"x" * 1_000_000 + b"needle"
    assert await search(compiled(b"needle"), data) is not None


async def test_a_pattern_that_takes_for_ever_is_stopped() -> None:
    begun = time.process_time()
    with pytest.raises(PatternError, match="takes more than"):
        await search(compiled(rb"^(a|aa)+$"), b"a" * 5000 + b"!")
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("pattern", [b"(", b"(a{1000}){1000}", b"(?V1)a"])
def test_what_is_no_pattern_is_refused(pattern: bytes) -> None:
    with pytest.raises(PatternError) as caught:
        compiled(pattern)
    assert caught.value.advice
    assert "prompt" not in caught.value.advice  # it is that of a search
