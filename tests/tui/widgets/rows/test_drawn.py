from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sonde_core.safetext import line, safe
from sonde_tui.widgets.rows.drawn import drawn_index, expand, starts


@given(st.text(alphabet="ab\t漢", max_size=12), st.integers(0, 3))
def test_an_index_of_the_drawn_row_leads_back_to_its_character(text: str, column: int) -> None:
    drawn = expand(text, column)
    for index in range(len(text)):
        before = expand(text[:index], column)
        assert drawn_index(text, len(before), column) == index
    assert drawn_index(text, len(drawn) + 1, column) == len(text)


@given(st.text(alphabet="ab\t\n\x1b\x9b漢é\u0301\u0302\u200b\u1160🏽\udcff", max_size=30))
def test_a_character_starts_where_what_is_before_it_ends(text: str) -> None:
    for marked in (text, text + "\u0301" * 12 + text):
        places = range(len(marked) + 1)
        assert list(starts(marked)) == [len(expand(safe(marked[:place]))) for place in places]
        assert list(starts(marked, tabs=False)) == [len(line(marked[:place])) for place in places]


def test_tabs_go_to_the_next_stop() -> None:
    assert expand("a\tb\t\tc") == "a   b       c"
    assert expand("\t漢\tx", 3) == " 漢  x"
    assert cell_len(expand("漢漢\t")) == 8
