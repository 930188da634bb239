from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Button, Input

from sonde_core.http_request import Field
from sonde_core.secrets import mask_header
from sonde_tui.widgets.request.field_rows import FieldRows
from tests.showing import drawn


class Rows(App[None]):
    """Shows rows between two widgets that take the focus."""

    CSS = "FieldRows { height: 1fr; }"

    def __init__(self, *fields: Field, reveal: bool = False) -> None:
        super().__init__()
        self.rows = FieldRows(fields, mask=mask_header, reveal=reveal)
        self.changes = 0

    def compose(self) -> ComposeResult:
        yield Button("before", id="before")
        yield self.rows
        yield Button("after", id="after")

    def on_field_rows_changed(self) -> None:
        self.changes += 1

    @property
    def where(self) -> str:
        """Which widget has the focus."""
        return (self.focused.id if self.focused else None) or ""


async def enter(pilot: Pilot[None], app: Rows) -> None:
    app.rows.enter()
    await pilot.pause()


def names(app: Rows) -> list[str]:
    return [field.name for field in app.rows.fields]


A, B, C = Field("A", "1"), Field("B", "2", on=False), Field("C", "3")


async def test_writing_in_the_empty_row_adds_one() -> None:
    app = Rows()
    async with app.run_test() as pilot:
        await enter(pilot, app)
        await pilot.press("a", "tab", "1", "tab", "b", "enter", "2", "enter", "c")
        assert app.rows.fields == (Field("a", "1"), Field("b", "2"), Field("c", ""))
        assert app.changes == 5


async def test_rows_show_what_they_were_made_with() -> None:
    app = Rows(A, B)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.rows.fields == (A, B)
        assert app.changes == 0
        text = drawn(app)
        assert "[x] A" in text
        assert "[ ] B" in text


async def test_up_and_down_keep_the_column() -> None:
    app = Rows(A, B, C)
    async with app.run_test() as pilot:
        await enter(pilot, app)
        await pilot.press("tab", "up", "up", "x")
        assert app.rows.fields == (A, Field("B", "2x", on=False), C)
        await pilot.press("up", "up", "up", "y", "down", "down", "z")
        assert app.rows.fields == (Field("A", "1y"), Field("B", "2x", on=False), Field("C", "3z"))


async def test_tab_goes_through_all_fields_and_out_at_both_ends() -> None:
    app = Rows(A)
    async with app.run_test() as pilot:
        await enter(pilot, app)
        await pilot.press("up")
        seen = [app.where]
        for _ in range(3):
            await pilot.press("tab")
            seen.append(app.where)
        await pilot.press("tab")
        assert seen == ["row-name", "row-value", "row-name", "row-value"]
        assert app.where == "after"
        await enter(pilot, app)
        await pilot.press("shift+tab")
        assert app.where == "row-value"
        await pilot.press("x")
        assert app.rows.fields == (Field("A", "1x"),)
        await pilot.press("shift+tab", "shift+tab")
        assert app.where == "before"


async def test_a_row_is_switched_off_and_stays() -> None:
    app = Rows(A, B)
    async with app.run_test() as pilot:
        await enter(pilot, app)
        await pilot.press("up", "f6", "up", "f6")
        assert app.rows.fields == (Field("A", "1", on=False), Field("B", "2", on=True))
        assert app.changes == 2


async def test_a_removed_row_can_be_put_back() -> None:
    app = Rows(A, B, C)
    async with app.run_test() as pilot:
        await enter(pilot, app)
        await pilot.press("up", "up", "f7")
        assert names(app) == ["A", "C"]
        await pilot.press("f7")
        assert names(app) == ["A"]
        await pilot.press("f9", "f9", "f9")
        assert names(app) == ["A", "B", "C"]
        await pilot.press("x")
        assert app.rows.fields[1].name == "Bx"


async def test_removing_in_the_empty_row_does_nothing() -> None:
    app = Rows(A)
    async with app.run_test() as pilot:
        await enter(pilot, app)
        await pilot.press("f7", "b")
        assert app.rows.fields == (A, Field("b", ""))


async def test_an_emptied_row_is_gone_once_it_is_left() -> None:
    app = Rows(A, B, C)
    async with app.run_test() as pilot:
        await enter(pilot, app)
        await pilot.press("up", "up", "ctrl+u", "tab", "ctrl+u")
        assert app.rows.fields == (A, C)
        await pilot.press("down", "x")
        assert app.rows.fields == (A, Field("C", "3x"))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
async def test_pasting_pairs_splits_them(end: str) -> None:
    app = Rows(A)
    async with app.run_test() as pilot:
        await enter(pilot, app)
        assert app.focused is not None
        app.post_message(events.Paste(f"X-One: 1{end}X-Two: 2{end}"))
        await pilot.pause()
        assert app.rows.fields == (A, Field("X-One", "1"), Field("X-Two", "2"))
        assert app.where == "row-value"
        await pilot.press("enter", "z")
        assert app.rows.fields[-1] == Field("z", "")


async def test_pasting_a_word_writes_it() -> None:
    app = Rows()
    async with app.run_test() as pilot:
        await enter(pilot, app)
        app.post_message(events.Paste("X-Name"))
        await pilot.pause()
        await pilot.press("tab")
        app.post_message(events.Paste("a: b"))
        await pilot.pause()
        assert app.rows.fields == (Field("X-Name", "a: b"),)


async def test_secrets_are_stars_where_nobody_writes() -> None:
    token = Field("Authorization", "Bearer abcdef")
    app = Rows(token, A)
    async with app.run_test() as pilot:
        await enter(pilot, app)
        assert "abcdef" not in drawn(app)
        assert "Bearer ***" in drawn(app)
        await pilot.press("up", "up")
        assert "abcdef" not in drawn(app)
        await pilot.press("tab")
        assert "abcdef" in drawn(app)
        await pilot.press("tab")
        assert "abcdef" not in drawn(app)
        app.rows.reveal(True)
        await pilot.pause()
        assert "Bearer abcdef" in drawn(app)
        assert app.rows.fields == (token, A)


async def test_hostile_text_is_drawn_harmless_and_kept_as_it_is() -> None:
    row = Field("X-\x1b[31m", "a\x9b\u202e[/]")
    app = Rows(row)
    async with app.run_test() as pilot:
        await pilot.pause()
        text = drawn(app)
        assert "X-␛[31m" in text
        assert not {"\x1b", "\x9b", "\u202e"} & set(text)
        assert app.rows.fields == (row,)


async def test_a_click_writes_in_the_row_and_on_its_mark_switches_it() -> None:
    app = Rows(A, B, C)
    async with app.run_test() as pilot:
        await pilot.pause()
        top = app.rows.region.y
        await pilot.click(offset=(1, top + 1))
        assert app.rows.fields == (A, Field("B", "2"), C)
        await pilot.click(offset=(app.rows.region.width - 5, top + 2))
        assert app.where == "row-value"
        await pilot.press("end", "x")
        assert app.rows.fields[2] == Field("C", "3x")


async def test_other_fields_take_the_place_of_the_old_ones() -> None:
    app = Rows(A, B, C)
    async with app.run_test() as pilot:
        await enter(pilot, app)
        await pilot.press("up", "up", "up", "f7")
        app.rows.fill([B])
        await pilot.press("f9", "x")
        assert app.rows.fields == (B, Field("x", ""))


def many(count: int) -> Iterable[Field]:
    return (Field(f"name-{number}", str(number)) for number in range(count))


async def test_ten_thousand_rows_make_no_more_widgets_than_three() -> None:
    app, small = Rows(*many(10_000)), Rows(*many(3))
    async with small.run_test():
        widgets = len(small.screen.query("*"))
    async with app.run_test() as pilot:
        await enter(pilot, app)
        assert len(app.screen.query("*")) == widgets
        assert "name-9999" in drawn(app)
        began = time.process_time()
        await pilot.press("up", "up", "x", "down", "y")
        spent = time.process_time() - began
        assert app.rows.fields[9998].name == "name-9998x"
        assert app.rows.fields[9999].name == "name-9999y"
        assert spent < 2  # seconds of CPU; a widget for each row would take a minute


async def test_the_row_that_is_written_in_stays_in_view() -> None:
    app = Rows(*many(200))
    async with app.run_test(size=(60, 12)) as pilot:
        await enter(pilot, app)
        await pilot.press(*["pageup"] * 3)
        await pilot.pause()
        row = app.query_one("#row-name", Input)
        assert row.value not in ("", "name-0")
        assert row.value in drawn(app)
        assert app.rows.region.contains_region(row.region)
