"""One row that names the panes of a part of the screen and says which one is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Pane:
    """One pane: its name, its title, and the letter in the title that shows it."""

    name: str
    title: str
    key: str


class PaneStrip(Widget, can_focus=True):
    """Names panes; left and right, a letter or a click choose one, enter goes into it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Pane before", id="pane.before", show=False),
        Binding("right", "step(1)", "Pane after", id="pane.after", show=False),
        Binding("enter,down", "enter", "Into the pane", id="pane.enter", show=False),
    ]

    DEFAULT_CSS = """
    PaneStrip { height: 1; background: $panel; color: $foreground; }
    PaneStrip:focus { background: $primary-muted; }
    """

    active: reactive[str] = reactive("")
    badges: reactive[dict[str, str]] = reactive(dict)

    @dataclass
    class Chosen(Message):
        """A pane was chosen; `enter` asks for the focus to go into it."""

        strip: PaneStrip
        name: str
        enter: bool = False

        @property
        def control(self) -> PaneStrip:
            return self.strip

    def __init__(self, panes: Sequence[Pane], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.panes = list(panes)
        self.set_reactive(PaneStrip.active, self.panes[0].name)

    def render(self) -> Content:
        return Content("").join(self._label(pane) for pane in self.panes)

    def _label(self, pane: Pane) -> Content:
        at = pane.title.lower().find(pane.key.lower()) + 1
        label = Content(f" {self._text(pane)} ").stylize("underline", at, at + 1)
        return label.stylize("bold reverse") if pane.name == self.active else label

    def _text(self, pane: Pane) -> str:
        badge = self.badges.get(pane.name, "")
        return f"{pane.title} {badge}" if badge else pane.title

    def badge(self, name: str, text: str) -> None:
        """Show a short text of ours beside a pane's title."""
        if self.badges.get(name, "") != text:
            self.badges = {**self.badges, name: text}

    def neighbour(self, by: int) -> str:
        """Return the name of the pane so many steps away from the active one."""
        names = [pane.name for pane in self.panes]
        return names[(names.index(self.active) + by) % len(names)]

    def on_click(self, event: events.Click) -> None:
        left = 0
        for pane in self.panes:
            left += len(self._text(pane)) + 2
            if event.x < left:
                self.post_message(self.Chosen(self, pane.name, enter=True))
                return

    def action_step(self, by: int) -> None:
        self.post_message(self.Chosen(self, self.neighbour(by)))

    def action_enter(self) -> None:
        self.post_message(self.Chosen(self, self.active, enter=True))
