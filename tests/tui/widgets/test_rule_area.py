from __future__ import annotations

from textual.events import Paste

from sonde_tui.widgets.rule_area import PASTED, RuleArea
from tests.showing import Showing, until


async def test_lines_are_typed_and_pasted_as_they_are() -> None:
    area = RuleArea()
    async with Showing(area).run_test() as pilot:
        area.focus()
        await pilot.press("A", "=", "B", "enter")
        pilot.app.post_message(Paste("C=D\r\nE=F\n"))
        await until(pilot, lambda: area.text == "A=B\nC=D\nE=F\n")


async def test_too_much_is_refused() -> None:
    area = RuleArea()
    async with Showing(area).run_test() as pilot:
        area.focus()
        pilot.app.post_message(Paste("x" * (PASTED + 1)))
        await until(pilot, lambda: pilot.app._notifications)
        assert area.text == ""
