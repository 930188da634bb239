"""How a request is sent: time-outs, redirects, TLS and limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from sonde_core import quantity
from sonde_core.errors import RequestError
from sonde_core.http_request import HttpOptions, HttpRequest
from sonde_core.safetext import line

from ..cycle import Cycle
from ..line_input import LineInput
from .request_pane import LabelledRow, RequestPane, text_field

YES, NO = "yes", "no"
MOST_REDIRECTS: Final = 100

# Field id, what it is, and what stands behind it.
_TEXTS: Final = (
    ("connect-timeout", "connect within", "seconds"),
    ("idle-timeout", "idle at most", "seconds between two reads"),
    ("total-timeout", "total at most", "seconds; empty for no limit"),
    ("max-bytes", "take at most", "bytes, like 10 MB"),
    ("max-redirects", "redirects at most", "a number"),
    ("ca-file", "CA file", "PEM file to trust; empty for the system's"),
)
_SWITCHES: Final = (
    ("follow", "follow redirects"),
    ("resend", "resend body on 307"),
    ("verify", "verify TLS"),
    ("proxy", "proxy of environment"),
)


class OptionsPane(RequestPane):
    """One row for each option; a bad number is told under the rows."""

    DEFAULT_CSS = """
    OptionsPane #option-note { color: $text-error; height: auto; padding: 0 1; }
    OptionsPane Cycle { width: auto; }
    """

    def compose(self) -> ComposeResult:
        options = self._shown.options
        values = _values(options)
        yield Static("", id="option-note", markup=False)
        for name, label, hint in _TEXTS:
            yield LabelledRow(label, text_field(name, values[name], placeholder=hint))
        switches = _switches(options)
        for name, label in _SWITCHES:
            yield LabelledRow(label, Cycle("", (YES, NO), value=switches[name], id=name))

    def on_mount(self) -> None:
        self._check()

    def enter(self) -> None:
        self.query_one("#connect-timeout", Input).focus()

    def fill(self, request: HttpRequest) -> None:
        for name, value in _values(request.options).items():
            self.query_one(f"#{name}", LineInput).put(value)
        for name, value in _switches(request.options).items():
            self.query_one(f"#{name}", Cycle).value = value

    def apply(self, request: HttpRequest) -> HttpRequest:
        total = self._text("total-timeout")
        options = replace(
            request.options,
            connect_timeout=quantity.seconds(self._text("connect-timeout"), "The connect time-out"),
            idle_timeout=quantity.seconds(self._text("idle-timeout"), "The idle time-out"),
            total_timeout=quantity.seconds(total, "The total time-out") if total else None,
            max_bytes=quantity.size(self._text("max-bytes"), "The most to take"),
            max_redirects=quantity.count(
                self._text("max-redirects"), "The most redirects", most=MOST_REDIRECTS
            ),
            ca_file=self._text("ca-file"),
            follow_redirects=self._is_on("follow"),
            resend_body=self._is_on("resend"),
            verify=self._is_on("verify"),
            use_proxy=self._is_on("proxy"),
        )
        return replace(request, options=options)

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _is_on(self, name: str) -> bool:
        return self.query_one(f"#{name}", Cycle).value == YES

    @on(Cycle.Changed)
    @on(Input.Changed)
    def _field_changed(self, event: Cycle.Changed | Input.Changed) -> None:
        event.stop()
        self._check()
        self.changed()

    def _check(self) -> None:
        """Tell a number that is none while it is typed."""
        note = self.query_one("#option-note", Static)
        try:
            self.apply(HttpRequest())
        except RequestError as error:
            note.update(line(f"{error.message} {error.advice}"))
            note.display = True
        else:
            note.display = False


def _values(options: HttpOptions) -> dict[str, str]:
    total = options.total_timeout
    return {
        "connect-timeout": f"{options.connect_timeout:.12g}",
        "idle-timeout": f"{options.idle_timeout:.12g}",
        "total-timeout": "" if total is None else f"{total:.12g}",
        "max-bytes": quantity.size_text(options.max_bytes),
        "max-redirects": str(options.max_redirects),
        "ca-file": options.ca_file,
    }


def _switches(options: HttpOptions) -> dict[str, str]:
    on = {
        "follow": options.follow_redirects,
        "resend": options.resend_body,
        "verify": options.verify,
        "proxy": options.use_proxy,
    }
    return {name: YES if value else NO for name, value in on.items()}
