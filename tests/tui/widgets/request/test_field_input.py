from __future__ import annotations

import pytest

from sonde_tui.widgets.request.field_input import PASTED, split_pair, split_pairs


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("Accept: text/plain", ("Accept", "text/plain")),
        ("  X-Empty:  ", ("X-Empty", "")),
        ("name=value", ("name", "value")),
        ("q=a:b=c", ("q", "a:b=c")),
        ("Referer: https://example.org/?a=b", ("Referer", "https://example.org/?a=b")),
        ("Accept", None),
        ("https://example.org/", None),
        ("two words: no name", None),
        ("", None),
    ],
)
def test_a_pair_is_cut_at_its_first_separator(text: str, pair: tuple[str, str] | None) -> None:
    assert split_pair(text) == pair


def test_lines_are_taken_only_when_each_is_a_pair() -> None:
    assert split_pairs("A: 1\r\n\nB: 2\n") == [("A", "1"), ("B", "2")]
    assert split_pairs("A: 1\r\rB: 2\r") == [("A", "1"), ("B", "2")]
    assert split_pairs("A: 1\nsomething else") == []


def test_a_flood_of_lines_is_no_list_of_headers() -> None:
    assert len(split_pairs("A: 1\n" * PASTED)) == PASTED
    assert split_pairs("A: 1\n" * (PASTED + 1)) == []
