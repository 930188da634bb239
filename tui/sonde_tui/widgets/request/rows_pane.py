"""Params and headers: rows of name and value, each of which can be switched off."""

from __future__ import annotations

from dataclasses import replace

from textual import on
from textual.app import ComposeResult

from sonde_core.http_request import Field, HttpRequest
from sonde_core.secrets import mask_header

from .field_rows import FieldRows, mask_param
from .request_pane import RequestPane


class RowsPane(RequestPane):
    """The rows of a request's `params` or `headers`."""

    DEFAULT_CSS = """
    RowsPane { overflow-y: hidden; }
    RowsPane FieldRows { height: 1fr; }
    """

    def __init__(self, request: HttpRequest, *, reveal: bool, id: str) -> None:
        super().__init__(request, id=id)
        self._rows = FieldRows(self._of(request), mask=self._masked, reveal=reveal)

    def compose(self) -> ComposeResult:
        yield self._rows

    def _of(self, request: HttpRequest) -> tuple[Field, ...]:
        raise NotImplementedError

    def _masked(self, name: str, value: str) -> str:
        """Tell what is shown of a value where nobody writes in it."""
        raise NotImplementedError

    def reveal(self, reveal: bool) -> None:
        self._rows.reveal(reveal)

    def enter(self) -> None:
        self._rows.enter()

    def fill(self, request: HttpRequest) -> None:
        self._rows.fill(self._of(request))

    @on(FieldRows.Changed)
    def _rows_changed(self, event: FieldRows.Changed) -> None:
        event.stop()
        self.changed()


class ParamsPane(RowsPane):
    """What is added to the URL's query."""

    def _of(self, request: HttpRequest) -> tuple[Field, ...]:
        return request.params

    def _masked(self, name: str, value: str) -> str:
        return mask_param(name, value)

    def apply(self, request: HttpRequest) -> HttpRequest:
        return replace(request, params=self._rows.fields)


class HeadersPane(RowsPane):
    """Headers, which win over the ones that are sent by default."""

    def _of(self, request: HttpRequest) -> tuple[Field, ...]:
        return request.headers

    def _masked(self, name: str, value: str) -> str:
        return mask_header(name, value)

    def apply(self, request: HttpRequest) -> HttpRequest:
        return replace(request, headers=self._rows.fields)
