"""Ask how many entries are performed again: how many at a time, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from sonde_core import quantity
from sonde_core.errors import RequestError, SondeError
from sonde_core.history.entry import Summary
from sonde_core.replay import Changes
from sonde_core.replaying.elsewhere import read_base
from sonde_core.replaying.rerun import MOST_JOBS, Manner
from sonde_core.safetext import SafeText, line
from sonde_core.words import count

from ..widgets.cycle import Cycle
from ..widgets.key_bar import KeyBar
from ..widgets.request.request_pane import LabelledRow, text_field
from .dialog import Dialog

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_STAY, _GO = "stay at home", "are sent there, too"


class ReplayPlanScreen(Dialog[Manner]):
    """Returns how they are performed; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "start", "Start", id="replay-plan.start"),
    ]

    DEFAULT_CSS = """
    ReplayPlanScreen > .box { max-width: 76; }
    ReplayPlanScreen #plan-note { color: $text-error; height: auto; }
    ReplayPlanScreen #planned { color: $text-muted; height: auto; }
    """

    def __init__(self, entries: Sequence[Summary], manner: Manner, *, left_out: int = 0) -> None:
        super().__init__()
        self._entries = entries
        self._manner = manner
        self._left_out = left_out

    def compose(self) -> ComposeResult:
        manner = self._manner
        with Vertical(classes="box"):
            many = len(self._entries)
            title = f"Replay {many:,} {'entry' if many == 1 else 'entries'}"
            yield Static(title, classes="title", markup=False)
            yield Static(planned(self._entries, self._left_out), id="planned", markup=False)
            yield LabelledRow("at a time", text_field("jobs", str(manner.jobs)))
            where = text_field(
                "against", manner.changes.address, placeholder="base URL; empty for where they went"
            )
            yield LabelledRow("at another server", where)
            chosen = _GO if manner.changes.credentials else _STAY
            yield LabelledRow(
                "credentials", Cycle("", (_STAY, _GO), value=chosen, id="credentials")
            )
            yield Static("", id="plan-note", markup=False)
        yield KeyBar()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_start()

    def action_start(self) -> None:
        try:
            self.dismiss(self._read())
        except SondeError as error:
            self.query_one("#plan-note", Static).update(line(f"{error.message} {error.advice}"))

    def _read(self) -> Manner:
        jobs = quantity.count(self._text("jobs"), "How many at a time", most=MOST_JOBS)
        if jobs == 0:
            raise RequestError("None at a time is not at all.", hint="Write 1 or more.")
        address = self._text("against")
        if address:
            read_base(address)
        credentials = self.query_one("#credentials", Cycle).value == _GO
        changes = Changes(address=address, credentials=credentials)
        return replace(self._manner, jobs=jobs, changes=changes)

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()


def planned(entries: Sequence[Summary], left_out: int = 0) -> SafeText:
    """Say what is going to be performed, and what of it may change something."""
    methods = Counter(each.method or "sessions" for each in entries)
    told = ", ".join(f"{many:,} {name}" for name, many in methods.most_common(6))
    changing = sum(many for name, many in methods.items() if name.upper() not in _READING)
    parts = [f"{told}; the oldest first. Several at a time do not keep their order."]
    if changing:
        parts.append(f"{changing:,} of them may change something at the server.")
    if left_out:
        parts.append(f"Left out: {count(left_out, 'replay')} of these.")
    return line(" ".join(parts))
