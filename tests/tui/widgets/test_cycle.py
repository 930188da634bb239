from __future__ import annotations

from textual import on

from sonde_tui.widgets.cycle import Cycle
from tests.showing import Showing, drawn


class Hearing(Showing):
    """Hears what is chosen."""

    def __init__(self, cycle: Cycle) -> None:
        super().__init__(cycle)
        self.cycle = cycle
        self.chosen_values: list[str] = []
        self.entered = 0

    @on(Cycle.Changed)
    def _changed(self, event: Cycle.Changed) -> None:
        self.chosen_values.append(event.value)

    @on(Cycle.Entered)
    def _entered(self) -> None:
        self.entered += 1


async def test_keys_go_round_in_both_directions() -> None:
    app = Hearing(Cycle("body", ["none", "json", "form"]))
    async with app.run_test() as pilot:
        assert "body: none" in drawn(app)
        app.cycle.focus()
        await pilot.press("space", "right", "enter", "left")
        assert app.chosen_values == ["json", "form", "none", "form"]
        assert "body: form" in drawn(app)
        assert app.entered == 0


async def test_enter_goes_into_what_belongs_to_the_value_where_there_is_something() -> None:
    app = Hearing(Cycle("body", ["none", "json", "form"], enters=True))
    async with app.run_test() as pilot:
        app.cycle.focus()
        await pilot.press("space", "enter", "enter", "right")
        assert app.chosen_values == ["json", "form"]
        assert app.entered == 2


async def test_nothing_is_told_at_the_start() -> None:
    app = Hearing(Cycle("", ["a", "b"], value="b"))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.chosen_values == []
        assert app.cycle.value == "b"


async def test_a_click_takes_the_next_value() -> None:
    app = Hearing(Cycle("", ["a", "b"]))
    async with app.run_test() as pilot:
        await pilot.click(Cycle)
        assert app.chosen_values == ["b"]


async def test_a_value_of_ones_own_is_shown_and_left_for_one_of_the_list() -> None:
    app = Hearing(Cycle("", ["GET", "POST"], value="PURGE"))
    async with app.run_test() as pilot:
        assert "PURGE" in drawn(app)
        app.cycle.focus()
        await pilot.press("space")
        assert app.cycle.value in ("GET", "POST")


async def test_a_hostile_value_is_drawn_harmless() -> None:
    app = Hearing(Cycle("", ["GET"], value="X\x1b[2J[/]"))
    async with app.run_test():
        assert "\x1b" not in drawn(app)
        assert "[2J[/]" in drawn(app)
