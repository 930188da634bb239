"""Ask how many entries are performed again: how many at a time, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.widget import Widget

from sonde_core import quantity, words
from sonde_core.errors import RequestError
from sonde_core.history.summary import Summary
from sonde_core.replaying.rerun import MOST_JOBS, Manner
from sonde_core.safetext import SafeText, line

from ..widgets.request.request_pane import LabelledRow, text_field
from . import elsewhere
from .form import FormScreen

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ReplayPlanScreen(FormScreen[Manner]):
    """Returns how they are performed; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "start", "Start", id="replay-plan.start"),
    ]

    DEFAULT_CSS = """
    ReplayPlanScreen > .box { max-width: 76; }
    """

    def __init__(
        self, entries: Sequence[Summary], manner: Manner, *, left_out: int = 0, clients: int = 0
    ) -> None:
        super().__init__(
            f"Replay {words.entries(len(entries))}", planned(entries, left_out, clients)
        )
        self._manner = manner

    def rows(self) -> Iterable[Widget]:
        manner = self._manner
        yield LabelledRow("at a time", text_field("jobs", str(manner.jobs), suggested=True))
        yield from elsewhere.rows(manner.changes, hint="base URL; empty for where they went")

    def read(self) -> Manner:
        jobs = quantity.count(self.text("jobs"), "How many at a time", most=MOST_JOBS)
        if jobs == 0:
            raise RequestError("None at a time is not at all.", hint="Write 1 or more.")
        return replace(self._manner, jobs=jobs, changes=elsewhere.read(self))


def planned(entries: Sequence[Summary], left_out: int = 0, clients: int = 0) -> SafeText:
    """Say what is going to be performed, and what of it may change something."""
    methods = Counter(each.method for each in entries)
    told = ", ".join(_named(many, name) for name, many in methods.most_common(6))
    changing = sum(many for name, many in methods.items() if name.upper() not in _READING)
    parts = [f"{told}; the oldest first. Several at a time do not keep their order."]
    if changing:
        parts.append(f"{changing:,} of them may change something at the server.")
    if left_out:
        parts.append(f"Left out: {words.count(left_out, 'replay')} of these.")
    if clients:
        parts.append(f"Left out: {words.count(clients, 'session')} that only clients can repeat.")
    return line(" ".join(parts))


def _named(many: int, method: str) -> str:
    return f"{many:,} {method}" if method else words.count(many, "session")
