from __future__ import annotations

import pytest

from sonde_tui.widgets.steps_area import StepsArea
from tests.showing import Showing

TEXT = 'send "one"\n    "two"\nexpect any\n'


@pytest.fixture
def area() -> StepsArea:
    return StepsArea()


async def test_a_step_is_left_out_with_a_key_and_taken_in_again(area: StepsArea) -> None:
    app = Showing(area)
    async with app.run_test() as pilot:
        area.load_text(TEXT)
        area.focus()
        area.go_to(1, 3)
        await pilot.press("ctrl+underscore")
        assert area.text == f"# {TEXT}"
        assert area.cursor_location == (2, 0)
        await pilot.press("ctrl+underscore")
        assert area.text.splitlines()[2] == "# expect any"
        area.go_to(0)
        await pilot.press("ctrl+underscore")
        assert area.text.splitlines()[0] == 'send "one"'
        await pilot.press("ctrl+z", "ctrl+z", "ctrl+z")
        assert area.text == TEXT


async def test_the_step_of_an_indented_line_begins_above_it(area: StepsArea) -> None:
    app = Showing(area)
    async with app.run_test():
        area.load_text(TEXT)
        area.go_to(1)
        assert area.head == 0
        area.go_to(2)
        assert area.head == 2


async def test_what_is_wrong_is_marked_in_its_place(area: StepsArea) -> None:
    app = Showing(area)
    async with app.run_test():
        area.load_text(TEXT)
        area.wrong = (2, 7)
        spans = [(span.start, span.end) for span in area.get_line(2).spans]
        assert spans == [(7, 10)]
        assert not area.get_line(0).spans
        area.wrong = None
        assert not area.get_line(2).spans
