from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from sonde_tui.app import SondeApp
from sonde_tui.widgets.few_colours import FewColours, filters
from sonde_tui.widgets.rows.row_view import RowView
from tests.tui.driving import driving

BLACK = Color(0, 0, 0)
TOKENS = ("key", "string", "number", "error")


def seen(style: str) -> tuple[int | None, int | None]:
    """Return the numbers of the colours in front and behind."""
    [segment] = FewColours().apply([Segment("x", Style.parse(style))], BLACK)
    style_now = segment.style or Style()
    front, behind = style_now.color, style_now.bgcolor
    return front and front.number, behind and behind.number


@pytest.mark.parametrize(
    ("style", "front", "behind"),
    [
        ("#57a5e2", 12, None),  # soft blue, which is nearest to grey
        ("#8ad4a1", 10, None),
        ("#ffc473", 11, None),
        ("#d17e92", 9, None),
        ("#800000", 1, None),
        ("#000080", 4, None),
        ("#e0e0e0", 15, None),
        ("#a0a0a0", 7, None),
        ("#404040", 8, None),
        ("#202028", 0, None),
        ("#8ad4a1 on #121212", 10, 0),
        ("#e0e0e0 on #1e2a40", 15, 0),
        ("#ffffff on #0178d4", 15, 4),
    ],
)
def test_a_colour_keeps_its_hue(style: str, front: int, behind: int | None) -> None:
    assert seen(style) == (front, behind)


@pytest.mark.parametrize(
    "style", ["#101010 on #000000", "#fefefe on #ffffff", "#0000ff on #0000f0"]
)
def test_text_is_never_of_the_colour_behind_it(style: str) -> None:
    front, behind = seen(style)
    assert front != behind


def test_what_the_terminal_knows_stays() -> None:
    style = Style.parse("bold red on default")
    [segment] = FewColours().apply([Segment("x", style)], BLACK)
    assert segment.style == style
    [bare, control] = FewColours().apply([Segment("x"), Segment("", style, [])], BLACK)
    assert bare == Segment("x")
    assert control.style == style


@pytest.mark.parametrize("system", [None, "256", "truecolor"])
def test_other_terminals_choose_themselves(system: str | None) -> None:
    assert not any(isinstance(each, FewColours) for each in filters(system))
    assert len(filters(system)) == 1


async def test_the_parts_of_a_line_differ_in_soft_themes_too(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        app = driver.app
        for theme in ("textual-dark", "textual-light", "nord", "catppuccin-mocha"):
            app.theme = theme
            await driver.pilot.pause()
            assert len(tokens(app)) >= len(TOKENS) - 1, (theme, tokens(app))


def tokens(app: SondeApp) -> set[RichColor | None]:
    view = app.screen.query(RowView).first()
    styles = [view.get_component_rich_style(f"line-view--{token}") for token in TOKENS]
    drawn = FewColours().apply([Segment("x", style) for style in styles], BLACK)
    return {segment.style.color for segment in drawn if segment.style is not None}
