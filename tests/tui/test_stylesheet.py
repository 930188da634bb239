from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widgets import Static

from sonde_tui.stylesheet import RememberingStylesheet
from sonde_tui.widgets.line_input import LineInput
from tests.tui.driving import Driver, driving


def rules_of(node: DOMNode) -> dict[str, object]:
    parts = {name: styles.base for name, styles in node._component_styles.items()}
    rules = {name: dict(styles.get_rules()) for name, styles in parts.items()}
    return {**rules, "": dict(node._css_styles.get_rules())}


def strayed(driver: Driver) -> Iterator[tuple[DOMNode, str]]:
    """Yield the parts whose styles are not those that Textual finds, after giving them these."""
    plain = Stylesheet(variables=driver.app.stylesheet._variables)
    plain.source = driver.app.stylesheet.source.copy()
    plain.parse()
    for screen in driver.app.screen_stack:
        for node in screen.walk_children(with_self=True):
            before = rules_of(node)
            plain.apply(node)
            after = rules_of(node)
            for name in before.keys() | after.keys():
                if before.get(name) != after.get(name):
                    yield node, name


async def test_styles_are_those_that_textual_finds(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        assert isinstance(driver.app.stylesheet, RememberingStylesheet)
        assert list(strayed(driver)) == []
        for key in ("ctrl+t", "ctrl+t", "tab", "O", *["tab"] * 6, "f1", "escape", "escape"):
            await driver.press(key)
            assert list(strayed(driver)) == []
        await driver.press("f5", "slash")
        await driver.type("status:200 (")
        assert list(strayed(driver)) == []
        driver.app.theme = "textual-light"
        await driver.pilot.pause()
        await driver.pilot.resize_terminal(80, 24)
        await driver.press("f2", "f4")
        assert list(strayed(driver)) == []


async def test_rules_that_come_later_hold_for_what_is_there_already(tmp_path: Path) -> None:
    class Later(Static):
        DEFAULT_CSS = (
            "Later { height: 3; } Later.-high { height: 5; } UrlInput { text-opacity: 50%; }"
        )
        SCOPED_CSS = False

    async with driving(tmp_path) as driver:
        field, later = driver.app.tab.query_one("#url"), Later()
        await driver.app.tab.mount(later)
        assert later.styles.height is not None
        assert later.styles.height.value == 3
        later.add_class("-high")
        assert later.styles.height.value == 5
        field.update_node_styles()
        assert field.styles.text_opacity == 0.5
        assert list(strayed(driver)) == []


async def test_what_has_no_place_yet_is_styled_when_it_gets_one(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        field = LineInput(compact=True)
        field.add_class("-invalid")
        assert not field._css_styles.get_rules()
        await driver.app.tab.mount(field)
        assert field._css_styles.get_rules()
        assert list(strayed(driver)) == []


async def test_what_is_known_of_rules_is_not_looked_for_again(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        sheet = driver.app.stylesheet
        assert isinstance(sheet, RememberingStylesheet)
        driver.app.update_styles(driver.app.screen)
        known = dict(sheet._held)
        driver.app.update_styles(driver.app.screen)
        assert known
        assert all(sheet._held[place] is held for place, held in known.items())
        assert len(sheet._held) == len(known)
