"""What is known of a connection: addresses, options, TLS, and the chain of certificates."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sonde_core.model import Exchange

from ..messages import CopyAsked
from ..widgets.answer.answer_lines import Rows
from ..widgets.fact_lines import fact_rows
from ..widgets.key_bar import KeyBar
from ..widgets.rows.line_view import LineView
from .dialog import Dialog
from .veiling import REVEAL, Veiling


class FactsScreen(Dialog[None], Veiling):
    """The facts of one exchange, as they are at this moment, row by row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s,q", "leave", "Close", id="facts.close", show=False),
        Binding("y", "copy", "Copy", id="facts.copy"),
        REVEAL,
    ]

    DEFAULT_CSS = """
    FactsScreen > .box { height: 90%; }
    FactsScreen LineView { height: 1fr; }
    """

    def __init__(self, exchange: Exchange, *, reveal: bool) -> None:
        super().__init__()
        self._exchange = exchange
        self._rows = Rows(fact_rows(exchange, reveal=reveal))

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Facts of the connection", classes="title")
            yield LineView(cursor=True, id="facts")
        yield KeyBar()

    def on_mount(self) -> None:
        view = self.query_one(LineView)
        view.show(self._rows)
        view.focus()

    def reveal_changed(self, *, reveal: bool) -> None:
        self._rows = Rows(fact_rows(self._exchange, reveal=reveal))
        for view in self.query(LineView):
            view.show(self._rows, row=view.cursor_row)

    @on(LineView.CopyRequested)
    def _copy_requested(self, message: LineView.CopyRequested) -> None:
        message.stop()
        self._copy(message.selected or self._rows.rows[message.row].copied)

    def action_copy(self) -> None:
        self._copy("\n".join(row.copied for row in self._rows.rows))

    def _copy(self, text: str) -> None:
        if text:
            self.app.post_message(CopyAsked(text.encode("utf-8", "replace"), "fact"))
