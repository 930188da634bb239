"""The one row at the bottom that names the keys which work now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from .offers import Offers

# These stand at the right end, and stay when there is no room for the others.
LAST: Final = ("help", "command_palette", "leave")


@dataclass(frozen=True, slots=True)
class _Key:
    """A key as it is drawn: `^j Send`."""

    key: str
    shown: str
    text: str
    action: str

    @property
    def width(self) -> int:
        return cell_len(self.shown) + cell_len(self.text) + 3


class KeyBar(Widget):
    """Names keys; a click presses one.

    Textual's Footer makes a widget of each key: a third of the first paint, and of each move of
    the focus. This draws one line.
    """

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom; height: 1;
        background: $footer-background; color: $footer-foreground;
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self._drawn: list[tuple[int, int, str]] = []  # first and last column of each key

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.refresh()

    def render(self) -> Content:
        keys, last = self._keys()
        room = self.size.width - sum(key.width for key in last)
        parts: list[Content] = []
        self._drawn = []
        column = 0
        for key in keys:
            if column + key.width > room:
                break
            parts.append(self._part(key, column))
            column += key.width
        start = max(self.size.width - sum(key.width for key in last), column)
        parts.append(Content(" " * (start - column)))
        for key in last:
            parts.append(self._part(key, start))
            start += key.width
        return Content("").join(parts)

    def _part(self, key: _Key, column: int) -> Content:
        self._drawn.append((column, column + key.width, key.key))
        return Content.assemble(
            " ", (key.shown, "$footer-key-foreground bold"), (f" {key.text} ", "")
        )

    def _keys(self) -> tuple[list[_Key], list[_Key]]:
        """Return the keys that are to be shown, and those for the right end."""
        found: dict[str, _Key] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            palette = binding.key == self.app.COMMAND_PALETTE_BINDING
            shows = binding.show and _does_something(active)
            if active.enabled and (shows or palette) and binding.action not in found:
                shown = self.app.get_key_display(binding)
                found[binding.action] = _Key(
                    binding.key, shown, binding.description, binding.action
                )
        last = [found.pop(action) for action in LAST if action in found]
        return list(found.values()), last

    async def on_click(self, event: events.Click) -> None:
        for first, end, key in self._drawn:
            if first <= event.x < end:
                self.app.simulate_key(key)
                return


def _does_something(active: ActiveBinding) -> bool:
    node = active.node
    return not isinstance(node, Offers) or node.offers(active.binding.action)
