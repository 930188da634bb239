import json
import time

from textual.geometry import Offset, Region
from textual.selection import Selection

from sonde_core.text.line_index import LineIndex
from sonde_tui.widgets.body.text_rows import TextRows
from sonde_tui.widgets.rows.line_view import LineView
from tests.showing import Showing, drawn, until

SIZE = (40, 10)
VALUE = {"items": [{"id": n, "tags": ["x", "y"]} for n in range(50)], "last": {"a": 1}}


def text(data: bytes, kind: str = "text") -> TextRows:
    return TextRows(LineIndex(data), kind, raw=False)


def json_rows(value: object = VALUE) -> TextRows:
    return text(json.dumps(value, indent=2).encode(), "json")


def shown(app: Showing) -> list[str]:
    return drawn(app).split("\n")


async def test_long_lines_are_wrapped_at_the_edge_and_no_more() -> None:
    view = LineView(text(b"word " * 20 + b"\nend"), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        assert shown(app)[0].endswith("›")
        await pilot.press("W")
        assert "›" not in drawn(app)
        words = "word " * 20
        rows = [words[:39], words[39:78], words[78:]]  # one column is the scroll bar's
        assert shown(app)[:4] == [*(row.rstrip() for row in rows), "end"]
        await pilot.press("W")
        assert shown(app)[1] == "end"


async def test_wrapping_keeps_the_place_the_line_of_the_screen_and_the_selection() -> None:
    data = b"".join(b"%04d %s\n" % (n, b"long " * (n % 30)) for n in range(2000))
    view = LineView(text(data), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        view.go_to(1003)
        await pilot.press("k", "k", "space", "right", "right", "j")
        assert view.selected_bytes() is not None
        before, line = view.selected_text(), view.cursor_row - view.top
        for key in ("W", "W"):
            await pilot.press(key)
            await pilot.pause()
            assert view.selected_text() == before
            assert view.selecting
            assert view.cursor_row - view.top == line
        await pilot.press("right")
        assert len(view.selected_text()) == len(before) + 1


async def test_another_width_wraps_anew_and_the_next_text_is_wrapped_too() -> None:
    view = LineView(text(b"x" * 100), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("W")
        assert view.source.count == 3
        await pilot.resize_terminal(22, 10)
        await until(pilot, lambda: view.source.count == 5)
        view.show(text(b"y" * 45))
        assert view.source.count == 3


async def test_a_place_far_down_is_wrapped_without_a_stop() -> None:
    data = (
        "wörter und mehr Wörter in einer Zeile, die länger ist als der Schirm\n".encode() * 200_000
    )
    view = LineView(text(data), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: view.source.count == 200_000)
        view.focus()
        view.go_to(190_000)
        begun = time.process_time()
        view.action_wrap()
        view.render_lines(Region(0, 0, *SIZE))
        assert time.process_time() - begun < 0.1
        await until(pilot, lambda: view.source.count > 350_000)
        assert view.source.row_at(view.source.offset(view.cursor_row)) == view.cursor_row
        assert view.source.offset(view.cursor_row) == 190_000 * (len(data) // 200_000)


async def test_a_node_is_folded_and_unfolded_where_it_begins_or_ends_or_inside() -> None:
    view = LineView(json_rows(), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("j", "z")
        await until(pilot, lambda: "…" in drawn(app))
        folded = ["{", '  "items": [ … 350 rows ],', '  "last": {', '    "a": 1', "  }", "}"]
        assert shown(app)[:6] == folded
        assert view.cursor_row == 1
        await pilot.press("z")
        await until(pilot, lambda: "…" not in drawn(app))
        await pilot.press("j", "j", "z")
        await until(pilot, lambda: "…" in drawn(app))
        assert shown(app)[2] == "    { … 5 rows },"
        assert view.cursor_row == 2
        await pilot.press("j", "z", "G", "k", "z")
        await until(pilot, lambda: drawn(app).count("…") >= 1 and "last" in drawn(app))
        assert view.source.count == 357 - 6 - 6 - 2


async def test_all_siblings_fold_and_unfold_together() -> None:
    view = LineView(json_rows(), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("j", "j", "j", "Z")
        await until(pilot, lambda: "…" in drawn(app))
        assert shown(app)[2:9] == ["    { … 5 rows },"] * 7
        assert view.source.count == 1 + 1 + 50 + 1 + 3 + 1
        await pilot.press("Z")
        await until(pilot, lambda: "…" not in drawn(app))


async def test_a_hit_in_a_folded_node_unfolds_it() -> None:
    view = LineView(json_rows(), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("j", "z")
        await until(pilot, lambda: "…" in drawn(app))
        view.find('"id": 31')
        await until(pilot, lambda: " rows ]" not in drawn(app))
        assert '"id": 31' in drawn(app)


async def test_a_folded_node_that_is_selected_is_copied_whole() -> None:
    view = LineView(json_rows({"a": [1, 2], "b": 3}), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("j", "z")
        await until(pilot, lambda: "…" in drawn(app))
        await pilot.press("space", "j")
        assert view.selected_text() == '  "a": [\n    1,\n    2\n  ],\n'


async def test_what_is_folded_stays_while_rows_are_wrapped_and_while_more_comes() -> None:
    data = json.dumps({"a": [1] * 3, "b": "word " * 20, "c": [2] * 3}, indent=2).encode()
    index = LineIndex(data[:-20])
    view = LineView(TextRows(index, "json", raw=False), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("j", "z")
        await until(pilot, lambda: "…" in drawn(app))
        await pilot.press("W")
        assert shown(app)[1:3] == [
            '  "a": [ … 3 rows ],',
            '  "b": "word word word word word word w',
        ]
        index.grow(data)
        view.grown()
        await until(pilot, lambda: view.source.text(view.source.count - 1) == "}")
        assert shown(app)[1] == '  "a": [ … 3 rows ],'


async def test_a_million_siblings_fold_without_a_stop() -> None:
    row = b'  {\n    "a": [\n      1\n    ]\n  }'
    data = b"[\n" + b",\n".join([row] * 200_000) + b"\n]"
    view = LineView(text(data, "json"), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("j", "Z")
        await until(pilot, lambda: view.source.count == 200_002)
        await pilot.press("G")
        assert shown(app)[-3:-1] == ["  { … 3 rows },", "  { … 3 rows }"]


async def test_nothing_folds_where_there_is_no_json() -> None:
    view = LineView(text(b"a [\n  b\n]"), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("z", "Z")
        assert shown(app)[:3] == ["a [", "  b", "]"]


async def test_a_selection_by_mouse_stays_too() -> None:
    view = LineView(text(b"some words that are long enough to be wrapped here\nend"), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        app.screen.selections = {view: Selection(Offset(45, 0), Offset(2, 1))}
        await pilot.pause()
        before = view.selected_text()
        await pilot.press("W")
        assert view.selected_text() == before == " here\nen"
        assert not view.selecting
