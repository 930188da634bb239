from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sonde_core.script.came import Sides
from sonde_tui.widgets.side_rows import piece_rows, side_rows


def texts(wanted: bytes, got: bytes, differs: int | None, width: int) -> list[str]:
    sides = Sides(wanted, got, 0, differs, len(wanted), len(got))
    return ["".join(text for text, _ in row.parts).rstrip() for row in side_rows(sides, width)]


def test_wide_both_stand_beside_each_other_with_marks_at_the_difference() -> None:
    rows = texts(b"one\ntwo\nthree\n", b"one\ntwO\nthree\n", 6, 110)
    assert "they differ at byte 6" in rows[0]
    line = next(row for row in rows if "two" in row)
    assert line.startswith("▶ two\\n")
    assert "│ ▶ twO\\n" in line
    assert not next(row for row in rows if "three" in row).startswith("▶")
    hexed = next(row for row in rows if "00000000" in row)
    assert hexed.startswith("▶")
    assert hexed.count("00000000") == 2


def test_narrow_they_stand_one_under_the_other() -> None:
    rows = texts(b"one\n", b"ont\n", 2, 60)
    assert rows[2:6] == ["expected", "▶ one\\n", "came", "▶ ont\\n"]


def test_what_is_missing_is_marked_where_it_was_expected() -> None:
    rows = texts(b"one\ntwo\n", b"one\n", 4, 60)
    assert "▶ two\\n" in rows
    assert "8 bytes expected, 4 bytes came" in rows[0]


@pytest.mark.parametrize(
    ("wanted", "came", "told"), [(b"", 464_000, "464,000 bytes came"), (b"ab", None, "2 bytes exp")]
)
def test_only_what_was_waited_for_is_said_to_have_come(
    wanted: bytes, came: int | None, told: str
) -> None:
    rows = side_rows(Sides(wanted, b"", 0, None, len(wanted), came), 80)
    text = "".join(text for text, _ in rows[0].parts)
    assert text.startswith(told)
    assert ("came" in text) == (came is not None)
    assert side_rows(Sides(b"", b"", 0, None, 0, None), 80) == []


def test_a_large_answer_is_shown_around_the_difference() -> None:
    data = b"0123456789abcde\n" * 2000
    rows = texts(data, data[:30_000] + b"X" + data[30_001:], 30_000, 110)
    assert any(row.startswith("▶") for row in rows)
    assert len(rows) < 1200
    assert rows[0].endswith(" · they differ at byte 30,000 · bytes 29,488 to 32,000 are shown")


def test_what_is_not_shown_of_equal_sides_is_told() -> None:
    data = b"0123456789abcde\n" * 500
    told = "8,000 bytes expected, 8,000 bytes came"
    assert texts(data, data, None, 110)[0] == f"{told} · bytes 0 to 4,000 are shown"
    assert texts(data[:4000], data[:4000], None, 110)[0] == told.replace("8,000", "4,000")


@pytest.mark.parametrize("width", [40, 80, 100, 160])
@given(wanted=st.binary(max_size=300), got=st.binary(max_size=300))
def test_any_bytes_can_be_drawn_and_none_is_lost(width: int, wanted: bytes, got: bytes) -> None:
    rows = texts(wanted, got, None, width)
    assert all(cell_len(row) <= max(width, 60) for row in rows)
    assert all("\x1b" not in row and "\n" not in row for row in rows)


def test_a_piece_is_shown_as_text_and_hex() -> None:
    rows = ["".join(text for text, _ in row.parts) for row in piece_rows("sent", b"hi\n", 80)]
    assert rows[0] == "sent: 3 bytes"
    assert rows[1] == "hi\\n"
    assert "68 69 0a" in rows[3]
