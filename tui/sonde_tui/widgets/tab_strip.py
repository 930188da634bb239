"""The one row that names the tabs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class TabStrip(Widget):
    """Names the tabs with their keys; a click chooses one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tab-strip--active", "tab-strip--key"}

    DEFAULT_CSS = """
    TabStrip { height: 1; background: $panel; color: $foreground; }
    TabStrip > .tab-strip--active { background: $primary; color: $text; text-style: bold; }
    TabStrip > .tab-strip--key { color: $text-muted; }
    """

    active: reactive[str] = reactive("")
    state: reactive[str] = reactive("")

    @dataclass
    class Chosen(Message):
        """A tab was clicked."""

        name: str

    def __init__(self, tabs: dict[str, str]) -> None:
        super().__init__()
        self._tabs = tabs

    def render(self) -> Content:
        active = self.get_component_rich_style("tab-strip--active")
        parts: list[Content] = []
        for number, (name, title) in enumerate(self._tabs.items(), 1):
            style = "reverse bold" if name == self.active and active.bgcolor is None else ""
            label = Content(self._label(number, title))
            if name == self.active:
                label = label.stylize(style or "bold $text on $primary")
            parts.append(label)
        parts.append(Content(f"  {self.state}"))
        return Content("").join(parts)

    @staticmethod
    def _label(number: int, title: str) -> str:
        return f" {number} {title} "

    def on_click(self, event: events.Click) -> None:
        left = 0
        for number, (name, title) in enumerate(self._tabs.items(), 1):
            left += len(self._label(number, title))
            if event.x < left:
                self.post_message(self.Chosen(name))
                return
