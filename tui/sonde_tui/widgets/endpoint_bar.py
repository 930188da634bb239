"""The first row of a request: its method and its URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from .cycle import Cycle
from .request.url_input import UrlInput

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

# `POST http://…` as people paste it; a method of one's own is known by its capitals.
_METHOD_FIRST: Final = re.compile(
    rf"\s*((?i:{'|'.join((*METHODS, 'TRACE', 'CONNECT'))})|[A-Z][A-Z0-9-]{{2,30}})[ \t]+(.*)",
    re.DOTALL,
)


def split_method(text: str) -> tuple[str, str]:
    """Cut a method off the front of a URL; empty when there is none.

    >>> split_method("post http://example.org")
    ('POST', 'http://example.org')
    """
    found = _METHOD_FIRST.fullmatch(text)
    if not found:
        return "", text
    return found[1].upper(), found[2].strip()


class EndpointBar(Horizontal):
    """A method to choose or to type, and the URL; its secrets are masked by `UrlInput`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "method(1)", "Next method", id="method.next", show=False),
        Binding("up", "method(-1)", "Previous method", id="method.previous", show=False),
    ]

    DEFAULT_CSS = """
    EndpointBar { height: 1; }
    EndpointBar Cycle { min-width: 9; text-style: bold; }
    EndpointBar Cycle.-reads { color: $text-success; }
    EndpointBar Cycle.-writes { color: $text-warning; }
    EndpointBar Cycle.-deletes { color: $text-error; }
    EndpointBar Input { width: 1fr; }
    """

    @dataclass
    class Submitted(Message):
        """Enter was pressed in the URL field."""

    @dataclass
    class Typed(Message):
        """The URL changed."""

        empty: bool

    def __init__(self, *, reveal: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._reveal = reveal

    def compose(self) -> ComposeResult:
        yield Cycle("", METHODS, id="method")
        yield UrlInput(placeholder="https://example.org/path", compact=True, id="url")

    def on_mount(self) -> None:
        self._colour(self.method)
        self.reveal(self._reveal)

    def reveal(self, reveal: bool) -> None:
        """Show secrets in the URL, or stars while it is not written in."""
        self._field.reveal = reveal

    @property
    def url(self) -> str:
        """What stands in the URL field."""
        return self._field.value

    @property
    def method(self) -> str:
        """The method that is chosen."""
        return self._cycle.value

    @property
    def address(self) -> Input:
        """The URL field, to put the focus there."""
        return self._field

    def enter(self) -> None:
        """Go on writing the URL, at its end."""
        self._field.focus()
        self._field.to_end()

    @property
    def _field(self) -> UrlInput:
        return self.query_one("#url", UrlInput)

    @property
    def _cycle(self) -> Cycle:
        return self.query_one("#method", Cycle)

    def fill(self, method: str, url: str) -> None:
        """Put a method and a URL into the fields."""
        self._cycle.value = method or METHODS[0]
        self._field.put(url)

    def settle(self) -> None:
        """Take a method that was typed before the URL out of it; what is frozen is what is seen."""
        method, url = split_method(self._field.value)
        if method:
            self.fill(method, url)

    @on(Input.Changed, "#url")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.settle()
        self.post_message(self.Typed(not self.url))

    @on(Input.Submitted, "#url")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted())

    @on(Cycle.Changed, "#method")
    def _method_changed(self, event: Cycle.Changed) -> None:
        event.stop()
        self._colour(event.value)

    def _colour(self, method: str) -> None:
        self._cycle.set_class(method in ("GET", "HEAD", "OPTIONS"), "-reads")
        self._cycle.set_class(method in ("POST", "PUT", "PATCH"), "-writes")
        self._cycle.set_class(method == "DELETE", "-deletes")

    def action_method(self, by: int) -> None:
        if by > 0:
            self._cycle.action_next()
        else:
            self._cycle.action_previous()
