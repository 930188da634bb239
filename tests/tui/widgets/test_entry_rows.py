from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from sonde_core.history.summary import Summary
from sonde_core.model import Outcome
from sonde_tui.widgets.entry_rows import EntryRows

ONE = Summary(
    "1", datetime(2020, 1, 2, tzinfo=UTC), "http", "http://h/", Outcome.DONE, method="GET"
)
LONG = replace(ONE, target="https://example.org/a/long/way/down/to/the/last/of/the/items/47")


def row(
    summary: Summary, *, marked: Collection[str] = (), reveal: bool = False, width: int = 0
) -> str:
    rows = EntryRows([summary], marked=marked, reveal=reveal, width=width)
    return "".join(text for text, _ in rows.line(0))


def test_a_row_says_how_it_went() -> None:
    assert "GET     200 " in row(replace(ONE, status=200))
    assert row(replace(ONE, outcome=Outcome.FAILED)).startswith("✗ ")
    assert row(replace(ONE, outcome=Outcome.TIMED_OUT)).startswith("⧖ ")
    assert row(replace(ONE, pinned=True)).startswith(" ▲")
    assert row(ONE, marked={"1"}).startswith("*")
    assert "not saved" in row(replace(ONE, saved=False))
    assert "tcp<" in row(replace(ONE, kind="tcp", method="", role="server"))
    assert "newer" in row(replace(ONE, readable=False))


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.DONE])
def test_an_answer_that_is_not_whole_says_so_in_words(outcome: Outcome) -> None:
    assert f" 200 {outcome} " in row(replace(ONE, status=200, outcome=outcome))
    assert f" {outcome} " in row(replace(ONE, outcome=outcome), marked={"1"})


def test_a_row_fills_the_width_and_ends_with_time_and_size() -> None:
    for width in (60, 72, 79, 120):
        text = row(replace(LONG, seconds=1.24, size=1200), width=width)
        assert cell_len(text) == width
        assert text.endswith("  1.24 s · 1.2 KB")


def test_what_is_too_long_loses_its_scheme_then_its_middle() -> None:
    assert LONG.target in row(LONG, width=120)
    assert " example.org/a/long/way/down/to/the/last/of/the/items/47 " in row(LONG, width=104)
    text = row(LONG, width=72)
    assert " exampl" in text
    assert "items/47 " in text
    assert "…" in text


def test_a_name_leaves_room_for_the_target() -> None:
    text = row(replace(LONG, name="n" * 200), width=79)
    assert cell_len(text) == 79
    assert "ms/47 " in text
    assert "nnn…nnn" in text


def test_wide_characters_take_their_room() -> None:
    text = row(replace(ONE, target="http://例え.jp/" + "テスト" * 20), width=72)
    assert 71 <= cell_len(text) <= 72


def test_a_secret_is_masked_before_it_is_shortened() -> None:
    secret = replace(ONE, target="http://127.0.0.1/a?token=sesame-open-the-door-of-the-cave")
    assert "cave" not in row(secret, width=72)
    assert "cave" in row(secret, width=72, reveal=True)


def test_tags_that_do_not_fit_are_counted() -> None:
    tagged = replace(LONG, tags=("slow", "staging", "login"), note="n")
    assert "✎ #slow #staging #login https" in row(tagged, width=140)
    assert "✎ #slow +2 " in row(tagged, width=72)
    assert "✎ +3 " in row(tagged, width=60)
    assert cell_len(row(tagged, width=72)) == 72
