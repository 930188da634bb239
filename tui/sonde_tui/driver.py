"""The terminal as Textual drives it, but it may send anything, and go away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import signal
from typing import IO, TYPE_CHECKING, Final, cast

from textual.drivers.linux_driver import LinuxDriver

from .terminal_input import TerminalInput

if TYPE_CHECKING:
    from io import TextIOWrapper

    from textual.app import App


_LOOK: Final = 0.1  # seconds between two looks at whether there is something else to do


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
        self._input = TerminalInput(debug=debug)
        # Textual obeys these wherever the signal finds it, be it with a lock in its hands that it
        # needs to draw: it would wait for itself for ever.
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)

    def obey(self, typed: bytes) -> None:
        """Take bytes as if the terminal had just sent them, while nobody reads from it."""
        for event in self._input.feed(typed):
            self.process_message(event)

    def start_application_mode(self) -> None:
        """Take the terminal; if it is taken already, as after a stop nobody told of, anew."""
        before = None
        if self._key_thread is not None and self._key_thread.is_alive():
            before = self.attrs_before
            self.disable_input()
            self.close()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.attrs_before = before or self.attrs_before

    def _sigcont_application(self, *_: object) -> None:
        if self._app._running:  # it comes with a hang-up too, when all may be over
            super()._sigcont_application()

    def _run_input_thread(self) -> None:
        # Textual tells of a fault and leaves with status 0; the hook for threads leaves in order.
        self.run_input_thread()

    def run_input_thread(self) -> None:
        """Read what the terminal sends until somebody else wants to read it."""
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                came = selector.select(_LOOK)
                for event in self._input.feed(self._read()) if came else self._input.tick():
                    self.process_message(event)
        self._input.forget()

    def _read(self) -> bytes:
        try:
            data = os.read(self.fileno, 4096)
        except OSError:
            data = b""
        if not data:  # the terminal is gone, which is seen elsewhere, or not ours for now
            self.exit_event.wait(_LOOK)
        return data


class _Patient:
    """A file that takes what it is given, also when nobody reads it any more."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()
