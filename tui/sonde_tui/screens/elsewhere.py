"""The rows of a form that ask whether a replay goes to another server, and how."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.widget import Widget

from sonde_core.option_texts import NO, YES
from sonde_core.replay import Changes
from sonde_core.replaying.elsewhere import read_base
from sonde_core.secrets import mask_url

from ..widgets.cycle import Cycle
from ..widgets.request.request_pane import LabelledRow, text_field
from .dialog import Result
from .form import FormScreen

_STAY: Final = "stay at home"
_GO: Final = "are sent there, too"
_AS_RECORDED: Final = "as recorded"
_NOWHERE: Final = "base URL; empty for where it went"


def rows(changes: Changes, *, hint: str = _NOWHERE) -> Iterable[Widget]:
    """Return the rows, with what was chosen before in them."""
    where = text_field("against", changes.address, placeholder=hint)
    yield LabelledRow("at another server", where)
    chosen = _GO if changes.credentials else _STAY
    yield LabelledRow("credentials", Cycle("", (_STAY, _GO), value=chosen, id="credentials"))
    verify = Cycle("", (_AS_RECORDED, YES, NO), value=_verify(changes), id="verify")
    yield LabelledRow("verify TLS", verify)


def read(form: FormScreen[Result]) -> Changes:
    """Return what the rows of a form say; raises SondeError."""
    address = form.text("against")
    if address:
        read_base(address)
    verify = form.query_one("#verify", Cycle).value
    return Changes(
        address=address,
        credentials=form.query_one("#credentials", Cycle).value == _GO,
        given={} if verify == _AS_RECORDED else {"verify": verify == YES},
    )


def told(changes: Changes, *, reveal: bool) -> list[str]:
    """Say where it goes, and whether TLS is verified otherwise than it was; nothing for neither."""
    parts = []
    if changes.address:
        parts.append(f"at {changes.address if reveal else mask_url(changes.address)}")
    if (verify := _verify(changes)) != _AS_RECORDED:
        parts.append(f"verify TLS {verify}")
    return parts


def _verify(changes: Changes) -> str:
    if "verify" not in changes.given:
        return _AS_RECORDED
    return YES if changes.given["verify"] else NO
