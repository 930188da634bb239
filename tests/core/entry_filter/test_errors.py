from __future__ import annotations

import pytest

from sonde_core.entry_filter import FilterError, parse


@pytest.mark.parametrize(
    ("text", "pointed"),
    [
        ("a status:6yy b", "a status:6yy b\n         ^^^"),
        ("a or", "a or\n  ^^"),
        ("status:", "status:\n^^^^^^^"),
        ("\x1b\n(a", "␛␊(a\n  ^"),
    ],
)
def test_the_place_is_pointed_at(text: str, pointed: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert caught.value.pointed == pointed


def test_of_a_long_filter_what_is_around_is_shown() -> None:
    with pytest.raises(FilterError) as caught:
        parse("a " * 4000 + "(" + " b" * 500)
    above, below = caught.value.pointed.splitlines()
    assert len(above) < 150
    assert above[below.index("^")] == "("
