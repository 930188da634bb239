"""How a session is opened and held: a row for each option that means something for its scheme."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from sonde_core.errors import RequestError
from sonde_core.http_request import Field
from sonde_core.option_texts import OptionText, options_of, read_headers, read_options, text_of
from sonde_core.safetext import line
from sonde_core.secrets import mask_header
from sonde_core.session_request import SessionOptions

from ..widgets.cycle import Cycle
from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from ..widgets.request.field_rows import FieldRows
from ..widgets.request.request_pane import LabelledRow, text_field
from .dialog import Dialog
from .veiling import REVEAL, Veiling

HEADED: Final = frozenset({"ws", "wss"})


class OptionRows(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The rows, scrolled by going from one to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next option", show=False),
        Binding("up", "app.focus_previous", "Option before", show=False),
    ]

    DEFAULT_CSS = """
    OptionRows { height: auto; max-height: 62vh; }
    """


class SessionOptionsScreen(Dialog[SessionOptions], Veiling):
    """Returns the options as they are written; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "take", "Take these", id="options.take"),
        Binding("f9", "usual", "All as usual", id="options.usual"),
        REVEAL,
    ]

    DEFAULT_CSS = """
    SessionOptionsScreen > .box { max-width: 84; }
    SessionOptionsScreen #options-note { color: $text-error; height: auto; max-height: 3; }
    SessionOptionsScreen FieldRows { max-height: 6; }
    SessionOptionsScreen .headers-title { height: 1; color: $text-muted; padding: 0 1; }
    """

    def __init__(self, options: SessionOptions, scheme: str, *, reveal: bool) -> None:
        super().__init__()
        self._options = options
        self._scheme = scheme
        self._reveal = reveal
        self._rows = options_of(scheme)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(f"Options of {self._scheme} sessions", classes="title", markup=False)
            yield Static("", id="options-note", markup=False)
            with OptionRows():
                for option in self._rows:
                    yield LabelledRow(option.label, self._field(option))
                if self._scheme in HEADED:
                    yield Static("headers of the handshake", classes="headers-title")
                    fields = [Field(name, value) for name, value in self._options.headers]
                    yield FieldRows(fields, mask=mask_header, reveal=self._reveal, id="headers")
        yield KeyBar()

    def _field(self, option: OptionText) -> LineInput | Cycle:
        text = text_of(self._options, option.name)
        if option.choices:
            return Cycle("", option.choices, value=text, id=option.name)
        return text_field(
            option.name, text, placeholder=option.hint, password=self._hides(option.name, text)
        )

    def _hides(self, name: str, text: str) -> bool:
        """Whether stars are shown: an address of a proxy may hold a password."""
        return name == "proxy" and "@" in text and not self._reveal

    def reveal_changed(self, *, reveal: bool) -> None:
        self._reveal = reveal
        for field in self.query("#proxy").results(Input):
            field.password = self._hides("proxy", field.value)
        for rows in self.query("#headers").results(FieldRows):
            rows.reveal(reveal)

    # reading

    def _read(self) -> SessionOptions:
        texts = {option.name: self._text(option) for option in self._rows}
        options = read_options(texts, self._options)
        for rows in self.query("#headers").results(FieldRows):
            pairs = [(row.name, row.value) for row in rows.fields if row.on]
            options = replace(options, headers=read_headers(pairs))
        return options

    def _text(self, option: OptionText) -> str:
        field = self.query_one(f"#{option.name}")
        return field.value if isinstance(field, Cycle | Input) else ""

    @on(Input.Changed)
    @on(Cycle.Changed)
    @on(FieldRows.Changed)
    def _changed(self) -> None:
        self._tell(self._fault())

    def _fault(self) -> str:
        try:
            self._read()
        except RequestError as error:
            return f"{error.message} {error.advice}"
        return ""

    def _tell(self, fault: str) -> None:
        note = self.query_one("#options-note", Static)
        note.update(line(fault))
        note.display = bool(fault)

    # keys

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        fault = self._fault()
        self._tell(fault)
        if not fault:
            self.dismiss(self._read())

    def action_usual(self) -> None:
        """Write what is usual into each row."""
        usual = SessionOptions()
        for option in self._rows:
            field = self.query_one(f"#{option.name}")
            if isinstance(field, Cycle | Input):
                field.value = text_of(usual, option.name)
        for rows in self.query("#headers").results(FieldRows):
            rows.fill(())
