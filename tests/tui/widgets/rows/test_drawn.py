from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sonde_tui.widgets.rows.drawn import drawn_index, expand


@given(st.text(alphabet="ab\t漢", max_size=12), st.integers(0, 3))
def test_an_index_of_the_drawn_row_leads_back_to_its_character(text: str, column: int) -> None:
    drawn = expand(text, column)
    for index in range(len(text)):
        before = expand(text[:index], column)
        assert drawn_index(text, len(before), column) == index
    assert drawn_index(text, len(drawn) + 1, column) == len(text)


def test_tabs_go_to_the_next_stop() -> None:
    assert expand("a\tb\t\tc") == "a   b       c"
    assert expand("\t漢\tx", 3) == " 漢  x"
    assert cell_len(expand("漢漢\t")) == 8
