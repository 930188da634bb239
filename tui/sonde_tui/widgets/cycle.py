"""A word to choose among few: one row, changed by space, left and right."""

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

from sonde_core.safetext import line


class Cycle(Widget, can_focus=True):
    """Shows `label: value`; a key or a click takes the next value.

    Where the choice has something to go into, `enter` asks for that instead.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,right,enter", "next", "Next choice", id="cycle.next"),
        Binding("left", "previous", "Previous choice", id="cycle.previous", show=False),
    ]

    DEFAULT_CSS = """
    Cycle { width: auto; height: 1; padding: 0 1; background: $boost; color: $foreground; }
    Cycle:focus { background: $primary; color: $text; text-style: bold; }
    """

    value: reactive[str] = reactive("", layout=True, init=False)

    @dataclass
    class Changed(Message):
        """Another value was chosen."""

        cycle: Cycle
        value: str

        @property
        def control(self) -> Cycle:
            return self.cycle

    @dataclass
    class Entered(Message):
        """What belongs to the value is to be gone into."""

        cycle: Cycle

        @property
        def control(self) -> Cycle:
            return self.cycle

    def __init__(
        self,
        label: str,
        values: Sequence[str],
        *,
        value: str = "",
        enters: bool = False,
        id: str | None = None,
    ) -> None:
        """Choose among values, at first the first one; `enters` has `enter` post `Entered`."""
        super().__init__(id=id)
        self._enters = enters
        self._label = label
        self._values = list(values)
        self.set_reactive(Cycle.value, value or self._values[0])

    def offer(self, values: Sequence[str], value: str) -> None:
        """Have other values to choose among, and one of them chosen."""
        self._values = list(values)
        self.value = value

    def render(self) -> Content:
        value = line(self.value)  # a method may come out of a recording
        return Content(f"{self._label}: {value}" if self._label else value)

    def watch_value(self, value: str) -> None:
        self.post_message(self.Changed(self, value))

    def on_click(self) -> None:
        self.action_next()

    def on_key(self, event: events.Key) -> None:
        if self._enters and event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Entered(self))

    def action_next(self) -> None:
        self._step(1)

    def action_previous(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        index = self._values.index(self.value) if self.value in self._values else 0
        self.value = self._values[(index + by) % len(self._values)]
