from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sonde_core.comparing.change import Change
from sonde_core.difference import Difference
from sonde_core.safetext import SafeText, line
from sonde_tui.widgets.difference_rows import NONE, DifferenceRows

LINE = Change("body", "line 2", "the quick brown fox jumps", "the quick red fox jumps", block=True)
SHORT = Change("body", "a", "1", "2")
MOVED = Change("body", "a[0]", "1", to="body.a[2]")
GONE = Change("header", "etag", "x", None)
DIFFERENCE = Difference(
    False,
    line("Differs"),
    (SHORT, LINE, MOVED, GONE),
    unlisted=("1 change left out by rules",),
    facts=(Change("time", "wait", "1 ms", "2 ms"),),
    ignored=(Change("header", "date", "Mon", "Tue"),),
    left_out=1,
)


def texts(rows: DifferenceRows) -> list[str]:
    while not rows.build(1):
        pass
    return [rows.text(row).rstrip() for row in range(rows.count)]


def underlined(rows: DifferenceRows, row: int) -> list[str]:
    return [text for text, style in rows.rows[row].parts if "underline" in style]


def test_narrow_both_sides_stand_one_below_the_other() -> None:
    rows = DifferenceRows(DIFFERENCE, width=80)
    assert texts(rows) == [
        "~ body.a: 1 → 2",
        "~ body line 2:",
        "-   the quick brown fox jumps",
        "+   the quick red fox jumps",
        "> body.a[0]: moved to body.a[2]: 1",
        "- header etag: x",
        "  … 1 change left out by rules",
        "  time wait: 1 ms → 2 ms",
    ]
    assert underlined(rows, 2) == ["brown"]
    assert underlined(rows, 3) == ["red"]


def test_wide_they_stand_beside_each_other() -> None:
    rows = DifferenceRows(DIFFERENCE, width=110)
    found = texts(rows)
    assert found[:2] == ["~ body.a", f"- 1{'':50} │ + 2"]
    assert found[3].startswith("- the quick brown fox jumps ")
    assert found[3].endswith("│ + the quick red fox jumps")
    assert underlined(rows, 3) == ["brown", "red"]
    assert found[5:7] == ["- header etag", f"- x{'':50} │"]


def test_changes_are_gone_through() -> None:
    rows = DifferenceRows(DIFFERENCE, width=80, above=[SafeText("a step")])
    assert rows.row_of(2) == 5
    assert rows.build(1)
    assert [rows.change_at(row) for row in range(8)] == [NONE, 0, 1, 1, 1, 2, 3, NONE]
    place, seen = 0, []
    while (place := rows.beside(place, forward=True)) != NONE:
        seen.append(place)
    assert seen == [1, 2, 5, 6]
    assert rows.beside(4, forward=False) == 1
    assert rows.beside(7, forward=False) == 6
    assert rows.beside(1, forward=False) == NONE
    assert [rows.row_of(number) for number in range(5)] == [1, 2, 5, 6, 0]


def test_what_was_left_out_is_shown_when_it_is_wanted() -> None:
    rows = DifferenceRows(DIFFERENCE, width=80, ignored=True)
    assert texts(rows)[6:9] == [
        "  … 1 change left out by rules",
        "  left out:",
        "~ header date: Mon → Tue",
    ]
    assert rows.changes[rows.change_at(8)].path == "date"


def test_very_many_rows_are_made_as_one_comes_to_them() -> None:
    change = Change(
        "body", "lines 1-12", "\n".join(["some words here"] * 12), "x\n" * 11, block=True
    )
    rows = DifferenceRows(Difference(False, line("x"), (change,) * 1000), width=120)
    assert not rows.build(0)
    assert 0 < rows.count < 100


SIDES = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@pytest.mark.parametrize("width", [20, 80, 100, 160])
@given(before=SIDES, after=SIDES, block=st.booleans())
def test_any_texts_are_drawn_within_the_width(
    width: int, before: str | None, after: str | None, block: bool
) -> None:
    change = Change("received", "line 1", before, after, block=block)
    rows = DifferenceRows(Difference(False, line("x"), (change,)), width=width)
    for row in texts(rows):
        assert cell_len(row) <= max(width, 22)
        assert "\x1b" not in row
        assert "\n" not in row
