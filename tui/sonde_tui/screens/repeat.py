"""Ask how often something is done again."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from sonde_core import quantity
from sonde_core.errors import RequestError
from sonde_core.safetext import line

from ..widgets.key_bar import KeyBar
from ..widgets.repeating import Plan
from ..widgets.request.request_pane import LabelledRow, text_field
from .dialog import Dialog

MOST: Final = 1_000_000
_SHOWN: Final = 200


class RepeatScreen(Dialog[Plan]):
    """Returns a plan; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "start", "Start", id="repeat.start"),
    ]

    DEFAULT_CSS = """
    RepeatScreen > .box { max-width: 72; }
    RepeatScreen #repeat-note { color: $text-error; height: auto; }
    RepeatScreen #repeated { color: $text-muted; height: auto; max-height: 3; }
    """

    def __init__(
        self, what: str, plan: Plan, *, title: str = "Send repeatedly", gapless: bool = False
    ) -> None:
        """Ask how often something is done; `gapless`: also at once when the last is over."""
        super().__init__()
        self._what = what
        self._plan = plan
        self._title = title
        self._gapless = gapless

    def compose(self) -> ComposeResult:
        plan = self._plan
        with Vertical(classes="box"):
            yield Static(self._title, classes="title", markup=False)
            yield Static(line(self._what, limit=_SHOWN), id="repeated", markup=False)
            pause = f"{plan.seconds:g}" if plan.seconds else ""
            hint = "seconds; empty for at once" if self._gapless else "seconds"
            seconds = text_field("every", pause, placeholder=hint)
            yield LabelledRow("every … seconds", seconds)
            times = text_field(
                "times",
                "" if plan.times is None else str(plan.times),
                placeholder="a number; empty until it is stopped",
            )
            yield LabelledRow("how many times", times)
            yield Static("", id="repeat-note", markup=False)
        yield KeyBar()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_start()

    def action_start(self) -> None:
        try:
            self.dismiss(self._read())
        except RequestError as error:
            self.query_one("#repeat-note", Static).update(line(f"{error.message} {error.advice}"))

    def _read(self) -> Plan:
        pause = self._text("every")
        at_once = self._gapless and pause in ("", "0")
        seconds = 0.0 if at_once else quantity.seconds(pause, "The time between two")
        text = self._text("times")
        times = quantity.count(text, "How many times", most=MOST) if text else None
        if times == 0:
            raise RequestError("No times is not at all.", hint="Write 1 or more, or nothing.")
        return Plan(seconds, times)

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()
