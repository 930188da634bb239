from __future__ import annotations

from sonde_core.http_request import Field
from sonde_tui.widgets.request.field_lines import FieldLines
from tests.showing import Showing, drawn


def lines(*fields: Field, name_width: int = 10) -> FieldLines:
    shown = FieldLines(lambda row: row.value, lambda: name_width, id="lines")
    shown.show(fields)
    return shown


async def test_columns_are_cut_to_their_width() -> None:
    app = Showing(lines(Field("a-long-name-of-a-header", "v" * 100), Field("b", "漢字" * 30)))
    async with app.run_test(size=(30, 5)):
        first, second = drawn(app).splitlines()[:2]
        assert first.startswith("[x] a-long-n… vvvv")
        assert second.startswith("[x] b         漢字")


async def test_a_row_that_is_off_is_told_by_more_than_colour() -> None:
    app = Showing(lines(Field("a", "1"), Field("b", "2", on=False)))
    async with app.run_test():
        assert [text[:5] for text in drawn(app).splitlines()[:2]] == ["[x] a", "[ ] b"]


async def test_its_height_is_the_number_of_rows() -> None:
    shown = lines(*(Field(str(number), "") for number in range(7)))
    async with Showing(shown).run_test() as pilot:
        assert shown.size.height == 7
        shown.show([])
        await pilot.pause()
        assert shown.size.height == 0
