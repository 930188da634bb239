"""What the tests of the tabs share: the real app with a history of its own, and ways to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.css.query import NoMatches
from textual.events import Key, Paste
from textual.notifications import Notification, Notifications
from textual.pilot import Pilot

from sonde_core.config import Config
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.outlets.clipboard import Copied
from sonde_core.settings import Limits
from sonde_tui import leaving
from sonde_tui.app import SondeApp
from sonde_tui.services import Services
from sonde_tui.widgets.rows.line_view import LineView
from sonde_tui.widgets.status_line import ProblemPanel, StatusLine
from tests.patience import PATIENCE


class Clipboard:
    """Stands in for the clipboard and keeps what it was given."""

    def __init__(self) -> None:
        self.copies: list[bytes] = []

    async def __call__(self, data: bytes, *, terminal: Callable[[str], None] | None) -> Copied:
        self.copies.append(data)
        return Copied("clipboard", len(data))


class Driver:
    """Presses keys, waits, and reads the screen.

    Attributes:
        copies: What was copied.
        noted: The messages that passed by.
    """

    def __init__(self, app: SondeApp, pilot: Pilot[int], clipboard: Clipboard) -> None:
        self.app = app
        self.pilot = pilot
        self.copies = clipboard.copies
        self.noted: list[str] = []
        self._screen = app.screen

    @property
    def history(self) -> History:
        return self.app.services.history

    def hit(self, *keys: str) -> None:
        """Press keys without waiting for what each does, as a fast typist does."""
        for key in keys:
            char = " " if key == "space" else key if len(key) == 1 else None
            self.app.post_message(Key(key, char))

    async def press(self, *keys: str) -> None:
        """Press keys, and let the app go on until all are obeyed."""
        await self.pilot.press(*keys)
        await self._obeyed()

    async def type(self, text: str) -> None:
        """Put text into the field that has the focus: short text as keys, longer text pasted."""
        if len(text) <= 3:
            await self.press(*text)
        else:
            self.app.post_message(Paste(text))
            await self.pilot.pause()
            await self._obeyed()

    async def _obeyed(self) -> None:
        await self.until(lambda: self.app.key_order.idle or self.app._exit)

    async def until(self, holds: Callable[[], object]) -> None:
        """Let the app go on until something is true."""
        async with asyncio.timeout(PATIENCE):
            while not self._holds(holds):
                await self.pilot.pause()
            await self._arrived()

    async def _arrived(self) -> None:
        """Let a dialog that has just come have its parts and its focus."""
        while not self.app._exit and self._screen is not self.app.screen:
            self._screen = self.app.screen
            await self.pilot.pause()

    def _holds(self, holds: Callable[[], object]) -> bool:
        try:
            return bool(holds())
        except NoMatches:  # it is being built
            return False

    def rows(self, view: LineView) -> list[str]:
        """Return the rows of a view, as they are drawn."""
        return [view.whole(row).text.rstrip() for row in range(view.source.count)]

    def drawn(self) -> str:
        """Return all that is on the screen."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in lines)

    def problem(self, where: str = "ProblemPanel") -> str:
        """Return the sentence and the hint that are shown, or nothing."""
        panels = self.app.tab.query(where).results(ProblemPanel)
        told = [str(panel.problem) for panel in panels if panel.problem and panel.display]
        return " ".join(told)

    def notes(self) -> str:
        """Return the messages that passed by, as one text."""
        return " ".join(self.noted)

    def status(self, where: str = "StatusLine") -> str:
        return self.app.tab.query(where).first(StatusLine).text


def _kept_notes(app: SondeApp) -> list[str]:
    """Keep the messages that pass by: on a busy machine one is gone before it is looked for."""
    noted: list[str] = []
    add = app._notifications.add

    def keep(note: Notification) -> Notifications:
        noted.append(note.message)
        return add(note)

    app._notifications.add = keep  # type: ignore[assignment, method-assign]
    return noted


@asynccontextmanager
async def driving(
    folder: Path,
    *,
    endpoint: str = "",
    tab: str = "",
    size: tuple[int, int] = (120, 40),
    limits: Limits | None = None,
    toasts: bool = False,
) -> AsyncIterator[Driver]:
    """Run the app over a history in a folder, and leave it as a person would.

    What passes by is drawn only with `toasts`; `Driver.notes` tells it in any case.
    """
    limits = limits or Limits()
    history = History(folder / "history.json", limits=limits)
    clipboard = Clipboard()
    services = Services(
        Exchanger(history, limits=limits), history, Config(folder / "config.toml"), clipboard
    )
    app = SondeApp(services, endpoint=endpoint)
    noted = _kept_notes(app)
    async with app.run_test(size=size, notifications=toasts) as pilot:
        if tab:
            await app.show(tab)
        await pilot.pause()
        driver = Driver(app, pilot, clipboard)
        driver.noted = noted
        yield driver
        await leaving.leave(app)
