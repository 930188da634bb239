"""Ask how often something is done again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.widget import Widget

from sonde_core import quantity
from sonde_core.errors import RequestError
from sonde_core.safetext import line

from ..widgets.repeating import Plan
from ..widgets.request.request_pane import LabelledRow, text_field
from .form import FormScreen

MOST: Final = 1_000_000
_SHOWN: Final = 200


class RepeatScreen(FormScreen[Plan]):
    """Returns a plan; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "start", "Start", id="repeat.start"),
    ]

    DEFAULT_CSS = """
    RepeatScreen > .box { max-width: 72; }
    RepeatScreen #about { max-height: 3; }
    """

    def __init__(
        self, what: str, plan: Plan, *, title: str = "Send repeatedly", gapless: bool = False
    ) -> None:
        """Ask how often something is done; where the plan has changes, also at which server.

        Args:
            what: What is done.
            plan: What the rows say at first.
            title: Stands above them.
            gapless: It may be done again at once when the last is over.
        """
        super().__init__(title, line(what, limit=_SHOWN))
        self._plan = plan
        self._gapless = gapless

    def rows(self) -> Iterable[Widget]:
        plan = self._plan
        times = "" if plan.times is None else str(plan.times)
        yield _row("how many times", "times", times, "a number; empty until it is stopped")
        pause = f"{plan.seconds:g}" if plan.seconds else ""
        hint = "seconds; empty for at once" if self._gapless else "seconds"
        yield _row("every … seconds", "every", pause, hint)
        if plan.changes is not None:
            from . import elsewhere

            yield from elsewhere.rows(plan.changes)

    def read(self) -> Plan:
        pause = self.text("every")
        at_once = self._gapless and pause in ("", "0")
        seconds = 0.0 if at_once else quantity.seconds(pause, "The time between two")
        text = self.text("times")
        times = quantity.count(text, "How many times", most=MOST) if text else None
        if times == 0:
            raise RequestError("No times is not at all.", hint="Write 1 or more, or nothing.")
        if self._plan.changes is None:
            return Plan(seconds, times)
        from . import elsewhere

        return Plan(seconds, times, elsewhere.read(self))


def _row(label: str, id: str, text: str, hint: str) -> LabelledRow:
    return LabelledRow(label, text_field(id, text, placeholder=hint, suggested=True))
