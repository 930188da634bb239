from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.comparing.wording import Spans, spans


def words(text: str, places: Spans) -> list[str]:
    return [text[start:end] for start, end in places]


def test_words_that_differ_are_found() -> None:
    before, after = "the quick brown fox, 12 ms", "the quick red fox, 13 ms!"
    old, new = spans(before, after)
    assert words(before, old) == ["brown", "12"]
    assert words(after, new) == ["red", "13", "!"]


def test_lines_with_little_in_common_are_other_lines() -> None:
    assert spans("abc", "xyz") == ([], [])
    assert spans("", "") == ([], [])


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_not_marked_is_the_same(before: str, after: str) -> None:
    old, new = spans(before, after)
    if old or new:
        rest = [
            "".join(char for place, char in enumerate(text) if not inside(place, places))
            for text, places in ((before, old), (after, new))
        ]
        assert rest[0] == rest[1]


def inside(place: int, places: Spans) -> bool:
    return any(start <= place < end for start, end in places)
