"""The row that says what becomes of `{{…}}` in what is typed."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from sonde_core.environments import Environments
from sonde_core.errors import PayloadSyntaxError
from sonde_core.payload import escape
from sonde_core.safetext import line
from sonde_core.secrets import MASK
from sonde_core.templates import Values, fill
from sonde_core.words import size

from .cycle import Cycle
from .typed import Typed

AUTO, YES, NO = "auto", "yes", "no"
PREVIEWED: Final = 20_000  # characters that are typed; more is filled in only when it is sent
_WIDEST: Final = 300
_FILLS: Final = {AUTO: None, YES: True, NO: False}


class FillNote(Horizontal):
    """A switch, and what is sent: with the fields filled in, or as it stands, or why not at all."""

    DEFAULT_CSS = """
    FillNote { height: auto; max-height: 3; display: none; }
    FillNote.-shown { display: block; }
    FillNote Vertical { width: 1fr; height: auto; max-height: 3; }
    FillNote Static { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
    FillNote Static.-failed { color: $text-error; }
    FillNote #fill-warning {
        height: 1; color: $text-warning; text-wrap: nowrap; text-overflow: ellipsis; display: none;
    }
    FillNote #fill-warning.-shown { display: block; }
    """

    def compose(self) -> ComposeResult:
        yield Cycle("fill {{}}", [AUTO, YES, NO], id="fill")
        with Vertical():
            yield Static("", id="fill-warning", markup=False)
            yield Static("", id="filled", markup=False)

    @property
    def fill(self) -> bool | None:
        """What is chosen; None: when a name is known."""
        return _FILLS[self.query_one("#fill", Cycle).value]

    @fill.setter
    def fill(self, value: bool | None) -> None:
        name = next(name for name, each in _FILLS.items() if each is value)
        self.query_one("#fill", Cycle).value = name

    def show(self, typed: Typed, environments: Environments) -> None:
        """Tell what is sent for what is typed."""
        failed = False
        try:
            text = _words(typed, environments)
        except PayloadSyntaxError as error:
            text, failed = f"{error.message} {error.advice}", True
        # The name of the file is enough: there is one row for it.
        told = environments.warning.replace(str(environments.path), environments.path.name)
        warning = self.query_one("#fill-warning", Static)
        warning.set_class(bool(told) and not failed, "-shown")
        warning.update(line(told, limit=_WIDEST))
        static = self.query_one("#filled", Static)
        static.update(line(text, limit=_WIDEST))
        static.set_class(failed, "-failed")


def _words(typed: Typed, environments: Environments) -> str:
    if len(typed.text) > PREVIEWED:
        return "too long to be shown before it is sent"
    values = environments.values
    if not typed.is_filled(values):
        return "sent as it stands" + ("" if typed.fill is False else ": it names nothing known")
    real = _tried(typed, values)
    secrets = {name: MASK.encode() for name, value in environments.current.items() if value.secret}
    shown = real
    if secrets:
        shown = _tried(typed, values.with_names(secrets))
    return f"{size(len(real))}: {escape(shown[:_WIDEST])}"


def _tried(typed: Typed, values: Values) -> bytes:
    """Fill it in, without counting."""
    from dataclasses import replace

    return fill(typed.data, replace(values, counters=dict(values.counters)))
