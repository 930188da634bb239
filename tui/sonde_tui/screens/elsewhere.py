"""The rows of a form that ask whether a replay goes to another server, and with what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.widget import Widget

from sonde_core.replay import Changes
from sonde_core.replaying.elsewhere import read_base

from ..widgets.cycle import Cycle
from ..widgets.request.request_pane import LabelledRow, text_field
from .dialog import Result
from .form import FormScreen

_STAY: Final = "stay at home"
_GO: Final = "are sent there, too"
_NOWHERE: Final = "base URL; empty for where it went"


def rows(changes: Changes, *, hint: str = _NOWHERE) -> Iterable[Widget]:
    """Return the rows, with what was chosen before in them."""
    where = text_field("against", changes.address, placeholder=hint)
    yield LabelledRow("at another server", where)
    chosen = _GO if changes.credentials else _STAY
    yield LabelledRow("credentials", Cycle("", (_STAY, _GO), value=chosen, id="credentials"))


def read(form: FormScreen[Result]) -> Changes:
    """Return what the rows of a form say; raises SondeError."""
    address = form.text("against")
    if address:
        read_base(address)
    return Changes(address=address, credentials=form.query_one("#credentials", Cycle).value == _GO)
