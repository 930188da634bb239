from __future__ import annotations

import gc
from pathlib import Path
from random import Random

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual._context import visible_screen_stack
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from sonde_tui.compositor import FrontCompositor, FrontScreen, without
from sonde_tui.screens.dialog import Dialog
from sonde_tui.widgets.rows.line_source import TextLines
from sonde_tui.widgets.rows.line_view import LineView
from tests.showing import until
from tests.tui.driving import Driver, driving

SIZE = (60, 20)
TERMINAL = (100, 30)
regions = st.builds(
    Region, st.integers(0, 12), st.integers(0, 12), st.integers(0, 8), st.integers(0, 8)
)


class Tall(Static):
    """Knows how many rows of it were asked for."""

    def __init__(self) -> None:
        super().__init__("tall\n" * 40)
        self.asked: list[int] = []

    def render_lines(self, crop: Region) -> list[Strip]:
        self.asked.append(crop.height)
        return super().render_lines(crop)


class Crowded(App[None]):
    """Panes beside, within and over each other, some of them clipped."""

    CSS = """
    #left { width: 20; border: round white; }
    Tall { height: 40; }
    #over { layer: top; offset: 5 3; width: 30; height: 4; background: red; }
    Screen { layers: below top; }
    """

    def get_default_screen(self) -> Screen[None]:
        return FrontScreen(id="_default")

    def compose(self) -> ComposeResult:
        yield Static("head")
        with Horizontal():
            with VerticalScroll(id="left"):
                yield Tall()
            with Vertical():
                yield LineView(TextLines([f"row {number}" for number in range(100)]), cursor=True)
        yield Static("over", id="over")
        yield Static("foot")

    @property
    def compositor(self) -> FrontCompositor:
        compositor = self.screen._compositor
        assert isinstance(compositor, FrontCompositor)
        return compositor


def shown(app: App[None]) -> str:
    """Return the picture as text, as Textual puts it together for its own use."""
    visible_screen_stack.set(app._background_screens)
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def cells(region: Region) -> set[tuple[int, int]]:
    return {(x, y) for y in region.line_range for x in region.column_range}


async def test_the_picture_is_textuals_own() -> None:
    app, chance = Crowded(), Random(1)  # noqa: S311 - nothing depends on it
    async with app.run_test(size=SIZE):
        for _ in range(200):
            left, right = sorted(chance.sample(range(SIZE[0] + 1), 2))
            top, bottom = sorted(chance.sample(range(SIZE[1] + 1), 2))
            crop = Region.from_corners(left, top, right, bottom)
            wanted = {y for y in crop.line_range if chance.random() < 0.6}
            ours = app.compositor._render_chops(crop, wanted.__contains__)
            theirs = Compositor._render_chops(app.compositor, crop, wanted.__contains__)
            for y in wanted:
                assert list(ours[y]) == list(theirs[y])
                ends = app.compositor.cuts[y][1:]
                for (column, ours_piece), end in zip(ours[y].items(), ends, strict=True):
                    if column < crop.right and end > crop.x:
                        assert ours_piece == theirs[y][column], (crop, y, column)


async def test_hidden_rows_are_not_asked_for() -> None:
    app = Crowded()
    async with app.run_test(size=SIZE):
        asked = app.query_one(Tall).asked
        row = app.query_one(LineView).region.y + 8
        asked.clear()
        app.compositor._render_chops(Region(0, row, SIZE[0], 1), lambda _: True)
        assert asked == [1]
        asked.clear()
        app.compositor._render_chops(Region(20, row, SIZE[0] - 20, 1), lambda _: True)
        assert asked == []


class Box(Dialog[None]):
    """A box over the screen."""

    def compose(self) -> ComposeResult:
        yield Static("boxed", classes="box")


async def test_a_dialog_lies_over_what_was_there() -> None:
    app = Crowded()
    async with app.run_test(size=SIZE) as pilot:
        app.push_screen(Box())
        await pilot.pause()
        await until(pilot, lambda: "boxed" in shown(app))
        assert isinstance(app.screen._compositor, FrontCompositor)
        assert "head" in shown(app)


async def test_what_was_drawn_leaves_no_garbage_behind() -> None:
    app = Crowded()
    async with app.run_test(size=SIZE) as pilot:
        view = app.query_one(LineView)
        view.focus()
        await pilot.press("pagedown")
        gc.collect()
        gc.disable()
        try:
            gc.set_debug(gc.DEBUG_SAVEALL)
            for _ in range(10):
                await pilot.press("pagedown")
            assert view.cursor_row > 0
            gc.collect()
            assert not [each for each in gc.garbage if isinstance(each, Strip)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()


@given(regions, regions)
def test_what_is_left_beside_a_hole_covers_the_rest_once(region: Region, hole: Region) -> None:
    parts = list(without(region, hole))
    covered = [cell for part in parts for cell in cells(part)]
    assert set(covered) == cells(region) - cells(hole)
    assert len(covered) == len(set(covered))


class Narrowed(Static):
    """Draws rows that leave room for a scroll bar that isn't there yet."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return [strip.crop(0, crop.width - 1) for strip in super().render_lines(crop)]


class OneNarrowed(Crowded):
    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Narrowed("narrow\n" * 5)
            yield Static("beside")


async def test_rows_that_are_narrower_than_their_place_are_drawn() -> None:
    app = OneNarrowed()
    async with app.run_test(size=SIZE):
        strips = app.screen._compositor.render_strips()
        assert "narrow" in strips[0].text
        assert {strip.cell_length for strip in strips} == {SIZE[0]}


class Slow(Static):
    """Goes only once the screen was drawn without the view beside it, which has gone already."""

    async def on_unmount(self) -> None:
        app = self.app
        assert isinstance(app, Removing)
        if (going := app.view._task) is not None:
            await going
        app.seen.append(shown(app))
        assert not app.screen.get_style_at(0, 0)  # the mouse lies there


class Removing(App[None]):
    """Takes away a view with a search in it."""

    def __init__(self) -> None:
        super().__init__()
        self.view = LineView(TextLines(["row"]), cursor=True)
        self.seen: list[str] = []

    def get_default_screen(self) -> Screen[None]:
        return FrontScreen(id="_default")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self.view
            yield Slow("slow")
        yield Static("foot")


async def test_what_is_going_is_not_drawn_any_more() -> None:
    """What it knew of its looks is gone."""
    app = Removing()
    async with app.run_test(size=SIZE) as pilot:
        app.view.focus()
        await pilot.press("slash", "z", "enter")
        await until(pilot, lambda: "/z" in shown(app))
        await app.query_one(Vertical).remove_children()
        (picture,) = app.seen
        assert "/z" not in picture
        assert "foot" in picture
        assert {len(row) for row in picture.split("\n")} == {SIZE[0]}


class Watched:
    """Stands in for the terminal, and keeps what is written.

    Attributes:
        whole: How often all of it was drawn anew.
        classes: Of the screen that was drawn, each time.
    """

    def __init__(self, driver: Driver) -> None:
        self.whole = 0
        self.classes: list[frozenset[str]] = []
        self._app = driver.app
        self._screen = pyte.Screen(*TERMINAL)
        self._stream = pyte.Stream(self._screen)
        self._display = driver.app._display
        driver.app._display = self.show  # type: ignore[method-assign]
        driver.app.refresh()

    def show(self, screen: Screen[object], renderable: object) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            self.classes.append(frozenset(screen._classes))
            self.whole += isinstance(renderable, LayoutUpdate)
            self._stream.feed(renderable.render_segments(self._app.console))

    @property
    def text(self) -> str:
        return "\n".join(row.rstrip() for row in self._screen.display)


async def test_a_key_that_moves_the_focus_draws_no_more_than_shows_it(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen", size=TERMINAL) as driver:
        await driver.press("escape")
        watched = Watched(driver)
        await driver.until(lambda: watched.text == driver.drawn())
        await driver.press("O")
        await driver.until(lambda: driver.app.screen.focused and watched.text == driver.drawn())
        before, watched.whole = driver.drawn(), 0
        for key in ["tab"] * 8 + ["shift+tab"] * 3:
            await driver.press(key)
            await driver.until(lambda: watched.text == driver.drawn())
        assert driver.drawn() != before
        assert watched.whole == 0


async def test_the_terminal_shows_what_is_there_after_each_key(tmp_path: Path) -> None:
    async with driving(tmp_path, size=TERMINAL) as driver:
        watched = Watched(driver)
        keys = "tab tab right f3 tab O down escape f5 slash escape tab f4 escape question_mark down"
        for key in [*keys.split(), "escape", "f2", "ctrl+l", "a", "b"]:
            await driver.press(key)
            await driver.until(lambda: watched.text == driver.drawn())


@pytest.mark.parametrize(("width", "name"), [(80, "-narrow"), (120, "-wide")])
async def test_a_dialog_knows_how_wide_it_is_when_it_is_drawn_first(
    tmp_path: Path, width: int, name: str
) -> None:
    async with driving(tmp_path, tab="listen", size=(width, 24)) as driver:
        await driver.press("escape")
        watched = Watched(driver)
        await driver.press("O")
        await driver.until(lambda: driver.app.screen.is_modal)
        assert all(name in classes for classes in watched.classes)
        await driver.pilot.resize_terminal(200 - width, 24)
        await driver.until(lambda: not driver.app.screen.has_class(name))
