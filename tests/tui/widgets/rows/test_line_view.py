import re

import pytest
from textual.widgets import Input

from sonde_core.safetext import SafeText
from sonde_core.search import Query
from sonde_tui.widgets.rows.line_source import Line, TextLines
from sonde_tui.widgets.rows.line_view import LineView
from tests.holding import lets_go_on
from tests.showing import Showing, drawn, until

SIZE = (40, 10)


def numbered(count: int) -> TextLines:
    return TextLines([f"row {number}" for number in range(count)])


async def test_what_is_typed_after_the_slash_is_found_while_it_is_typed() -> None:
    view = LineView(numbered(100))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("slash", "7")
        await until(pilot, lambda: "1 of 20" in drawn(app))
        assert "row 7" in drawn(app)
        await pilot.press("5")
        await until(pilot, lambda: "1 of 1" in drawn(app))
        assert "row 75" in drawn(app)
        assert "/75" in drawn(app).splitlines()[-1]


async def test_what_is_typed_never_lies_over_the_hit() -> None:
    view = LineView(numbered(100))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("slash", "9", "9")
        await until(pilot, lambda: "1 of 1" in drawn(app))
        first, *_, last = drawn(app).splitlines()
        assert first.startswith("/99")
        assert last == "row 99"


async def test_next_and_previous_go_round_both_ends() -> None:
    view = LineView(TextLines(["x", "-", "x x", *["-"] * 50, "x"]), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("slash", "x", "enter")
        await until(pilot, lambda: app.searches and app.searches[-1] == ("x", 4, True))
        places = []
        for _ in range(5):
            places += re.findall(r"(\d) of 4", drawn(app))
            await pilot.press("n")
        assert places == ["1", "2", "3", "4", "1"]
        await pilot.press("N", "N")
        assert view.cursor_row == 53
        await pilot.press("N")
        assert view.cursor_row == 2


async def test_a_search_begins_at_what_is_seen() -> None:
    view = LineView(numbered(100))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.go_to(99)
        view.find("row 1")
        await until(pilot, lambda: app.searches and app.searches[-1][2])
        assert view.top < 20  # nothing below: it goes on from the first row
        view.scroll_to(y=5, animate=False)
        view.find("row 2")
        await until(pilot, lambda: app.searches[-1] == ("row 2", 11, True))
        await until(pilot, lambda: "row 20" in drawn(app))


async def test_keys_typed_quickly_after_the_slash_all_belong_to_it() -> None:
    view = LineView(TextLines(["jj kk", "yn"]), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("slash", "y", "n")
        await until(pilot, lambda: app.searches and app.searches[-1] == ("yn", 1, True))
        assert app.requests == []
        assert view.cursor_row == 1


async def test_escape_brings_back_the_place_and_enter_keeps_it() -> None:
    view = LineView(numbered(100))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("j", "slash", "9", "9")
        await until(pilot, lambda: "row 99" in drawn(app))
        await pilot.press("escape")
        assert view.top == 1
        assert view.needle == ""
        await pilot.press("slash", "9", "9", "enter")
        await until(pilot, lambda: "row 99" in drawn(app))
        await pilot.press("k")
        assert view.needle == "99"
        assert "1 of 1" in drawn(app)


async def test_backspace_and_ctrl_u_change_what_is_looked_for() -> None:
    view = LineView(numbered(100))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("slash", "9", "x")
        await until(pilot, lambda: "no hit" in drawn(app))
        await pilot.press("backspace")
        await until(pilot, lambda: "of 20" in drawn(app))
        await pilot.press("ctrl+u")
        assert view.needle == ""


async def test_a_paste_is_looked_for_up_to_its_first_line_end() -> None:
    view = LineView(TextLines(["a\x1bb"]))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        from textual.events import Paste

        view.focus()
        await pilot.press("slash")
        view.post_message(Paste("a\x1bb\r\nmore"))
        await until(pilot, lambda: app.searches and app.searches[-1] == ("a␛b", 1, True))


async def test_another_key_ends_the_typing() -> None:
    view = LineView(numbered(100))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("slash", "9", "pagedown")
        assert not view.check_consume_key("j", "j")
        await pilot.press("slash")
        assert view.check_consume_key("j", "j")


async def test_leaving_the_view_ends_the_typing() -> None:
    class Two(Showing):
        def compose(self):  # type: ignore[no-untyped-def]  # as the class above
            yield from super().compose()
            yield Input(id="other", compact=True)

    view = LineView(numbered(3))
    view.styles.height = 5
    app = Two(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("slash", "r")
        app.query_one("#other").focus()
        await pilot.pause()
        assert not view.check_consume_key("j", "j")


async def test_a_hit_far_to_the_right_is_brought_into_view() -> None:
    view = LineView(TextLines(["-" * 200 + "needle" + "-" * 200]))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.find("needle")
        await until(pilot, lambda: "needle" in drawn(app).splitlines()[0])
        assert view.scroll_offset.x > 0


async def test_hits_are_marked_without_the_gutter() -> None:
    class Timed(TextLines):
        gutter = 4

        def line(self, row: int) -> Line:
            return [(SafeText("0.1 "), "time"), (SafeText(self._lines[row]), "")]

    view = LineView(Timed(["0.1", "x"]))
    async with Showing(view).run_test(size=SIZE) as pilot:
        view.find("0.1")
        await until(pilot, lambda: view.marks(0, "0.1 0.1", 0, 80))
        assert [span[:2] for span in view.marks(0, "0.1 0.1", 0, 80)] == [(4, 7)]


async def test_rows_that_come_later_are_searched_too() -> None:
    lines = ["needle", "-"]
    view = LineView(TextLines(lines))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.find("needle")
        await until(pilot, lambda: app.searches and app.searches[-1] == ("needle", 1, True))
        lines[1] = "a needle"
        lines.append("needle")
        view.refresh_lines()
        await until(pilot, lambda: app.searches[-1] == ("needle", 3, True))


async def test_other_contents_are_searched_for_the_same() -> None:
    view = LineView(TextLines(["needle"] * 5))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        view.find("needle")
        await until(pilot, lambda: app.searches and app.searches[-1] == ("needle", 5, True))
        await pilot.press("n", "n")
        view.show(TextLines(["-", "needle"]))
        await until(pilot, lambda: app.searches[-1] == ("needle", 1, True))
        await pilot.press("n")
        await until(pilot, lambda: "1 of 1" in drawn(app))


async def test_the_end_of_a_search_is_told() -> None:
    view = LineView(numbered(3))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.find("row")
        await until(pilot, lambda: app.searches and app.searches[-1] == ("row", 3, True))
        view.find("")
        await pilot.pause()
        assert app.searches[-1] == ("", 0, True)
        assert "/row" not in drawn(app)


async def test_a_search_through_very_many_rows_lets_the_loop_go_on() -> None:
    view = LineView(TextLines([SafeText("some words")] * 200_000))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        view.find("absent")
        assert await lets_go_on(
            lambda: app.searches and app.searches[-1] == ("absent", 0, True), pause=0
        )


async def test_tab_makes_a_regular_expression_of_what_is_typed_and_back() -> None:
    view = LineView(TextLines(["a.c", "abc", "ABC"]))
    app = Showing(view)
    async with app.run_test(size=(80, 10)) as pilot:
        view.focus()
        await pilot.press("slash", "a", ".", "c")
        await until(pilot, lambda: "1 of 1" in drawn(app))
        await pilot.press("tab")
        await until(pilot, lambda: "1 of 3" in drawn(app))
        await pilot.press("shift+tab")
        await until(pilot, lambda: "1 of 2" in drawn(app))
        assert "regex (tab) · exact case (shift+tab)" in drawn(app)
        await pilot.press("tab")
        await until(pilot, lambda: "1 of 1" in drawn(app))


async def test_a_wrong_pattern_is_told_and_the_last_good_result_stays() -> None:
    view = LineView(numbered(100))
    app = Showing(view)
    async with app.run_test(size=(80, 10)) as pilot:
        view.focus()
        await pilot.press("slash", "tab", "w", " ", "1")
        await until(pilot, lambda: "1 of 11" in drawn(app))
        await pilot.press("left_parenthesis")
        await until(pilot, lambda: "wrong at character 5: missing )" in drawn(app))
        assert len(list(view.marks(1, "row 1", 0, 40))) == 1
        await pilot.press("backspace", "enter", "n")
        await until(pilot, lambda: "2 of 11" in drawn(app))


async def test_a_pattern_that_takes_for_ever_lets_keys_through_and_is_told() -> None:
    view = LineView(TextLines(["-", "a" * 200_000 + "b"]), cursor=True)
    app = Showing(view)
    async with app.run_test(size=(120, 10)) as pilot:
        view.focus()
        view.find(Query("(a|aa)+$", regex=True))
        await pilot.press("j")
        assert view.cursor_row == 1
        assert not app.searches or not app.searches[-1][2]
        await until(pilot, lambda: "was stopped" in drawn(app))


async def test_keys_pressed_while_a_pattern_is_prepared_are_obeyed_after_it() -> None:
    view = LineView(numbered(100), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.find(Query("row [5-9]$", regex=True))
        view.action_find_next()
        view.action_find_next()
        await until(pilot, lambda: "3 of 5" in drawn(app))
        assert view.cursor_row == 7


async def test_enter_on_nothing_repeats_what_was_looked_for_last_in_any_view() -> None:
    view = LineView(numbered(100))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("slash", "9", "9", "enter", "slash", "ctrl+u", "x", "escape")
        view.find("")
        await pilot.press("slash", "enter")
        await until(pilot, lambda: "1 of 1" in drawn(app))
        await pilot.press("slash", "up")
        await until(pilot, lambda: "/99" in drawn(app))
        assert view.needle == "99"


async def test_rows_that_are_new_are_told_beside_what_is_found() -> None:
    lines = ["needle"] * 30
    view = LineView(TextLines(lines), follow=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.action_first_row()
        view.find("needle")
        await until(pilot, lambda: "  1 of 30" in drawn(app))
        lines.extend(["-"] * 5)
        view.refresh_lines()
        await until(pilot, lambda: "↓ 5 new rows" in drawn(app))
        await until(pilot, lambda: "  1 of 30" in drawn(app))


@pytest.mark.parametrize("hostile", ["\x1b[31m", "\x9b", "\u202e"])
async def test_a_hostile_needle_is_shown_safely(hostile: str) -> None:
    view = LineView(numbered(3))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.find(hostile)
        await until(pilot, lambda: "no hit" in drawn(app))
        assert not set(drawn(app)) & {"\x1b", "\x9b", "\u202e"}


async def test_rebound_keys_begin_a_search() -> None:
    view = LineView(numbered(30))
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        app.set_keymap({"view.find": "f"})
        view.focus()
        await pilot.press("f", "2")
        assert view.needle == "2"
