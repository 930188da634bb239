"""What to send after the headers: nothing, JSON, a form, text, a file, or a form with files."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from sonde_core.http_request import BodyKind, Field, HttpRequest, RequestBody, Upload
from sonde_core.safetext import line
from sonde_core.text.json_check import check
from sonde_core.words import size

from ..cycle import Cycle
from ..line_input import LineInput
from .field_rows import FieldRows, mask_param
from .request_pane import LabelledRow, RequestPane, text_field

if TYPE_CHECKING:
    from textual.widgets import TextArea

KINDS: Final = ("none", "json", "form", "text", "file", "multipart")
# JSON is checked when nothing was typed for so long, in seconds, and up to this many characters.
_PAUSE: Final = 0.3
_CHECKED: Final = 2_000_000


class BodyPane(RequestPane):
    """A kind, and the editor that belongs to it; each editor is made when it is first needed."""

    DEFAULT_CSS = """
    BodyPane { overflow-y: hidden; }
    BodyPane #kind-row { height: auto; max-height: 3; }
    BodyPane #body-note { width: 1fr; height: auto; max-height: 3; padding: 0 1; }
    BodyPane #body-note.-warning { color: $text-warning; }
    BodyPane TextArea { height: 1fr; min-height: 3; }
    BodyPane FieldRows { height: 1fr; }
    BodyPane .files-title { height: 1; color: $text-muted; padding: 0 1; }
    """

    def __init__(self, request: HttpRequest, *, reveal: bool, id: str) -> None:
        super().__init__(request, id=id)
        self._reveal = reveal
        self._body = request.body
        self._pause: Timer | None = None
        self._written = ""  # its text as it stands in the editor, where all lines end alike

    def compose(self) -> ComposeResult:
        with Horizontal(id="kind-row"):
            kind = self._body.kind
            yield Cycle("body", KINDS, value=kind, enters=True, id="body-kind")
            yield Static("", id="body-note", markup=False)

    async def on_mount(self) -> None:
        await self._arrange()

    @property
    def kind(self) -> BodyKind:
        """The kind that is chosen."""
        return cast(BodyKind, self.query_one("#body-kind", Cycle).value)

    @property
    def suffix(self) -> str:
        return ".json" if self.kind == "json" else ".txt"

    @property
    def text_area(self) -> TextArea | None:
        """The editor for JSON and text; None until it is needed."""
        found = self.query("#body-text")
        return cast("TextArea", found.first()) if found else None

    def enter(self) -> None:
        editor = next((widget for widget in self._editors() if widget.display), None)
        if editor is None:
            self.query_one("#body-kind", Cycle).focus()
        elif isinstance(editor, FieldRows):
            editor.enter()
        elif isinstance(editor, LabelledRow):
            editor.query_one(Input).focus()
        else:
            editor.focus()

    def _editors(self) -> list[Widget]:
        return list(self.query(".editor"))

    def reveal(self, reveal: bool) -> None:
        self._reveal = reveal
        for rows in self.query("#body-fields").results(FieldRows):
            rows.reveal(reveal)

    # reading and writing

    def fill(self, request: HttpRequest) -> None:
        self._body = body = request.body
        if self.text_area is not None:
            self.text_area.text = body.text
            self._written = self.text_area.text
        for rows in self.query("#body-fields").results(FieldRows):
            rows.fill(body.fields)
        for rows in self.query("#body-files").results(FieldRows):
            rows.fill(_rows_of(body.uploads))
        for field in self.query("#body-path").results(LineInput):
            field.put(body.path)
        self.query_one("#body-kind", Cycle).value = body.kind
        self.call_later(self._arrange)

    def apply(self, request: HttpRequest) -> HttpRequest:
        kind = self.kind
        body = RequestBody(kind=kind)
        if kind in ("json", "text"):
            body = replace(body, text=self._text())
        elif kind == "file":
            body = replace(body, path=self._path(), media_type=self._body.media_type)
        elif kind in ("form", "multipart"):
            body = replace(body, fields=self._fields())
        elif kind == "bytes":
            body = replace(self._body, kind="bytes")
        if kind == "multipart":
            body = replace(body, uploads=self._uploads())
        return replace(request, body=body)

    def _text(self) -> str:
        """Return what is typed; what was only looked at is what it was, to the byte."""
        typed = self._written if self.text_area is None else self.text_area.text
        return self._body.text if typed == self._written else typed

    def _path(self) -> str:
        found = self.query("#body-path").results(Input)
        return next((field.value for field in found), self._body.path)

    def _fields(self) -> tuple[Field, ...]:
        found = self.query("#body-fields").results(FieldRows)
        return next((rows.fields for rows in found), self._body.fields)

    def _uploads(self) -> tuple[Upload, ...]:
        found = self.query("#body-files").results(FieldRows)
        rows = next((rows.fields for rows in found), _rows_of(self._body.uploads))
        return tuple(Upload(row.name, row.value) for row in rows if row.on)

    # the editors

    @on(Cycle.Changed, "#body-kind")
    async def _kind_changed(self, event: Cycle.Changed) -> None:
        event.stop()
        await self._arrange()
        self.changed()

    @on(Cycle.Entered, "#body-kind")
    def _kind_entered(self, event: Cycle.Entered) -> None:
        event.stop()
        self.enter()

    async def _arrange(self) -> None:
        """Show the editors of the kind, and make those that are needed for the first time."""
        kind = self.kind
        wanted = {
            "json": ["body-text"],
            "text": ["body-text"],
            "form": ["body-fields"],
            "file": ["path-row"],
            "multipart": ["body-fields", "files-title", "body-files"],
        }.get(kind, [])
        missing = [name for name in wanted if not self.query(f"#{name}")]
        await self.mount_all(self._make(name) for name in missing)
        for widget in self._editors():
            widget.display = widget.id in wanted
        self._check_soon()

    def _make(self, name: str) -> Widget:
        if name == "body-text":
            from textual.widgets import TextArea  # slow to import, and most requests have no body

            area = TextArea(
                self._body.text, id=name, compact=True, soft_wrap=True, placeholder="type the body"
            )
            self._written = area.text
            widget: Widget = area
        elif name == "path-row":
            path = text_field("body-path", self._body.path, placeholder="a file to send")
            widget = LabelledRow("file", path, id=name)
        elif name == "body-fields":
            widget = FieldRows(self._body.fields, mask=mask_param, reveal=self._reveal, id=name)
        elif name == "body-files":
            widget = FieldRows(_rows_of(self._body.uploads), id=name)
        else:
            widget = Static("files: name and path", id=name, classes="files-title")
        widget.add_class("editor")
        return widget

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._check_soon()
        self.changed()

    @on(FieldRows.Changed)
    @on(Input.Changed)
    def _field_changed(self, event: FieldRows.Changed | Input.Changed) -> None:
        event.stop()
        self.changed()

    # telling JSON that is none

    def _check_soon(self) -> None:
        """Tell what is to be known of the kind; of JSON, once nobody is typing."""
        if self._pause is not None:
            self._pause.stop()
        self.workers.cancel_group(self, "check")
        if self.kind == "json":
            self._pause = self.set_timer(_PAUSE, self._check)
        elif self.kind == "bytes":
            self._note(f"{size(self._body.data.size)}, sent as they were recorded")
        else:
            self._note("space: another kind" if self.kind == "none" else "")

    @work(group="check", exclusive=True)
    async def _check(self) -> None:
        text = self._text()
        fault = ""
        if text.strip() and len(text) <= _CHECKED:
            fault = await asyncio.to_thread(_fault, text)
        self._note(f"{fault} It is sent as typed." if fault else "", warning=bool(fault))

    def _note(self, text: str, *, warning: bool = False) -> None:
        note = self.query_one("#body-note", Static)
        note.update(line(text))
        note.set_class(warning, "-warning")


def _fault(text: str) -> str:
    """Tell why a text is no JSON; empty when it is."""
    data = text.encode("utf-8", "surrogatepass")
    fault = check(data)
    return "" if fault is None else f"{fault.sentence(data)} {fault.hint}".strip()


def _rows_of(uploads: tuple[Upload, ...]) -> tuple[Field, ...]:
    return tuple(Field(upload.name, upload.path) for upload in uploads)
