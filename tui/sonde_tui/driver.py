"""The terminal as Textual drives it, but for one thing: it may go away."""

from __future__ import annotations

import contextlib
from typing import IO, TYPE_CHECKING, cast

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from io import TextIOWrapper

    from textual.app import App


class PatientDriver(LinuxDriver):
    """Goes on when nothing can be drawn any more, so that all is recorded before the end.

    Textual draws in a thread that ends with the first failed write; after that, whoever draws
    waits for it for ever, and no signal is heard.
    """

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if self._file is not None:
            self._file = cast("TextIOWrapper", _Patient(self._file))

    def obey(self, typed: bytes) -> None:
        """Take bytes as if the terminal had just sent them."""
        parser = XTermParser()
        with contextlib.suppress(EOFError, ParseError):  # as at the end of Textual's own reading
            for text in (typed.decode("utf-8", "replace"), ""):
                for event in parser.feed(text):
                    self.process_message(event)


class _Patient:
    """A file that takes what it is given, also when nobody reads it any more."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()
