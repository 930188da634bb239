import unicodedata
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from sonde_core.safetext import safe
from sonde_core.text.cells import _RUN, _TAKEN, CELLS, row_ends
from tests.strategies import examples

HOSTILE = st.text(
    st.sampled_from("ab\t漢🙂\u0301\u0345\x00\x9b\u202e\udc80\u1161 ")
    | st.characters(exclude_categories=["Cn"], exclude_characters="\n"),
    max_size=60,
)


def test_each_character_takes_what_the_screen_gives_it() -> None:
    known = (chr(code) for code in range(0x20, 0x30000) if unicodedata.category(chr(code)) != "Cn")
    wrong = [
        char
        for char in known
        if char == safe(char) and CELLS[char] != get_character_cell_size(char)
    ]
    assert wrong == []


def drawn(text: str) -> int:
    """Count the cells of a row, with tabs."""
    column = 0
    for number, piece in enumerate(safe(text).split("\t")):
        column += (4 - column % 4 if number else 0) + cell_len(piece)
    return column


@examples(2)
@given(HOSTILE, st.integers(9, 20))
def test_rows_are_as_long_as_they_can_be(text: str, width: int) -> None:
    places = [0, *row_ends(text, width), len(text)]
    assert places == sorted(places)
    for start, end in pairwise(places):
        assert drawn(text[start:end]) <= width
        if end < len(text):
            assert drawn(text[start : end + 1]) > width


def test_a_character_wider_than_the_row_stands_alone() -> None:
    assert list(row_ends("漢字x", 1)) == [1, 2]
    assert list(row_ends("\t\u202e\t", 2)) == [1, 2]


def test_marks_stay_with_their_letter_until_they_are_too_many() -> None:
    assert list(row_ends("abc\u0301\u0301d", 3)) == [5]
    flood = "a" + "\u0301" * 100
    assert len(list(row_ends(flood, 20))) == 9  # eight marks and two that are shown instead


def test_runs_have_only_characters_of_their_width() -> None:
    kinds: dict[str, set[int]] = {}
    for char in map(chr, range(0x30000)):
        if char != "\n" and (run := _RUN.match(char)) and run.lastgroup != "other":
            kinds.setdefault(run.lastgroup or "", set()).add(CELLS[char])
    assert kinds == {name: {taken} for name, taken in _TAKEN.items()}
