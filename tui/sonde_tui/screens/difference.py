"""What differs: between a replay and what it repeats, or between two entries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Footer, Static

from sonde_core.difference import Difference, compare
from sonde_core.entry import Entry
from sonde_core.errors import SondeError
from sonde_core.live import Live
from sonde_core.replay import replay
from sonde_core.safetext import line
from sonde_core.words import status_line

from ..messages import CopyAsked, EntryRecorded
from ..services import Services
from ..widgets.line_view import LineView, TextLines
from .dialog import Dialog

Work = Callable[["DifferenceScreen"], Awaitable[tuple[Entry, Entry, Difference]]]


class DifferenceScreen(Dialog[None]):
    """Performs the work it is given, then shows both outcomes and what differs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", id="difference.copy"),
    ]

    DEFAULT_CSS = """
    DifferenceScreen > .box { height: 90%; }
    DifferenceScreen #summary { height: auto; text-style: bold; }
    DifferenceScreen #outcomes { height: auto; color: $text-muted; }
    DifferenceScreen LineView { height: 1fr; }
    """

    def __init__(self, title: str, job: Work) -> None:
        super().__init__()
        self._title = title
        self._job = job
        self._lines: list[str] = []
        self.live: Live | None = None

    @classmethod
    def of_replay(cls, services: Services, entry_id: str) -> DifferenceScreen:
        """Perform an entry again and compare."""

        async def job(screen: DifferenceScreen) -> tuple[Entry, Entry, Difference]:
            before = await services.history.get(entry_id)
            done = await replay(services.exchanger, before, on_live=screen.watch_live)
            screen.app.post_message(EntryRecorded(done.entry))
            return before, done.entry, done.difference

        return cls("Replay", job)

    @classmethod
    def of_entries(cls, services: Services, before_id: str, after_id: str) -> DifferenceScreen:
        """Compare two entries as they are."""

        async def job(_: DifferenceScreen) -> tuple[Entry, Entry, Difference]:
            before = await services.history.get(before_id)
            after = await services.history.get(after_id)
            difference = await asyncio.to_thread(compare, before.exchange, after.exchange)
            return before, after, difference

        return cls("Compare", job)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._title, classes="title")
            yield Static("under way…", id="summary", markup=False)
            yield Static("", id="outcomes", markup=False)
            yield LineView(id="lines")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(LineView).focus()
        self._perform()

    def watch_live(self, live: Live) -> None:
        """Follow the exchange under way, so that escape can cancel it."""
        self.live = live
        self._follow(live)

    @work(group="follow", exclusive=True)
    async def _follow(self, live: Live) -> None:
        seen = -1
        while not live.state.over:
            seen = await live.changed(seen)
            counts = f"{live.recorder.sent} B sent · {live.recorder.received} B received"
            self._say(f"{live.state} · {counts}")
            await asyncio.sleep(1 / 30)

    @work(group="job", exclusive=True)
    async def _perform(self) -> None:
        try:
            before, after, difference = await self._job(self)
        except SondeError as error:
            self._say(f"{error.message} {error.advice}")
            return
        self.workers.cancel_group(self, "follow")
        self._say(difference.summary)
        outcomes = f"before  {status_line(before.exchange)}\nafter   {status_line(after.exchange)}"
        self.query_one("#outcomes", Static).update(Content(outcomes))
        self._lines = [line(text) for text in difference.lines()]
        self.query_one(LineView).show(TextLines(self._lines, style_of=_style))

    def _say(self, text: str) -> None:
        self.query_one("#summary", Static).update(Content(line(text)))

    def action_leave(self) -> None:
        if self.live is not None and not self.live.state.over:
            cancel = getattr(self.live, "cancel", None)
            if cancel is not None:
                cancel()
        self.dismiss(None)

    def action_copy(self) -> None:
        text = "\n".join(self._lines) + "\n"
        self.app.post_message(CopyAsked(text.encode("utf-8", "replace"), "difference"))


def _style(text: str) -> str:
    """Colour by the sign that begins the line; the sign says the same without colour."""
    return {"+": "$text-success", "-": "$text-error", "~": "$text-warning"}.get(text[:1], "")
