"""What every tab has in common: the key contract and what the app may ask of a tab."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from sonde_core.errors import SondeError
from sonde_core.safetext import line

from ..services import Services
from ..widgets.offers import Offers

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from sonde_core.history.entry import Entry
    from sonde_core.model import Exchange
    from sonde_core.outlets.saving import Content

    from ..external_editor import TextField
    from ..widgets.rows.row_view import RowView


# Seconds that a message which passes by is seen.
TOLD: Final = 4.0


class Tab(Vertical, Offers):
    """One tab of the app; built when it is first shown.

    The keys stand here once, so that each means the same on every tab; a tab overrides the
    actions it has.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "send", "Send", id="send"),
        Binding("ctrl+l", "address", "Address", id="address", show=False),
        Binding("escape", "cancel", "Cancel", id="cancel", show=False),
        Binding("ctrl+r", "app.replay", "Replay", id="replay"),
        Binding("E", "app.steps", "Steps…", id="steps", show=False),
        Binding("y", "copy", "Copy", id="copy"),
        Binding("Y", "app.copy_as", "Copy as…", id="copy-as"),
        Binding("V", "app.promote", "HTTP ⇄ raw", id="promote", show=False),
        Binding("S", "save", "Save…", id="save"),
        Binding("|", "pipe", "Pipe…", id="pipe", show=False),
        Binding("ctrl+o", "editor", "In $EDITOR", id="editor", show=False),
    ]

    DEFAULT_CSS = """
    Tab { height: 1fr; width: 1fr; }
    """

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(id=id)
        self.services = services
        self._told: dict[str, float] = {}  # until when a message is seen

    @property
    def entry(self) -> Entry | None:
        """The entry at hand: what replay and copy-as work on."""
        return None

    @property
    def entry_id(self) -> str:
        """Id of the entry at hand; empty for none."""
        return self.entry.id if self.entry else ""

    @property
    def busy(self) -> bool:
        """Whether something is under way that is not in the history yet."""
        return False

    @property
    def exchange(self) -> Exchange | None:
        """What is shown, under way or over; None for nothing."""
        return self.entry.exchange if self.entry else None

    @property
    def has_content(self) -> bool:
        """Whether there is anything to copy, to save, or to know more of."""
        return self.exchange is not None

    def offers(self, action: str) -> bool:
        if action == "app.replay":
            return bool(self.entry_id)
        if action == "app.copy_as":
            return self.entry is not None
        return action not in ("copy", "save", "facts") or self.has_content

    def tell(self, text: str, *, warning: bool = False) -> None:
        """Tell something in passing; while it is seen, it is not told once more."""
        now = monotonic()
        if self._told.get(text, 0.0) > now:
            return
        self._told = {said: until for said, until in self._told.items() if until > now}
        self._told[text] = now + TOLD
        severity: SeverityLevel = "warning" if warning else "information"
        self.app.notify(line(text), severity=severity, timeout=TOLD, markup=False)

    def load(self, endpoint: str) -> None:
        """Put an endpoint into the address field."""

    def edit(self, entry: Entry) -> None:
        """Fill the fields from an entry, to change and send again."""

    def arrive(self) -> None:
        """Take the focus: the tab has become visible."""

    async def prepare(self) -> None:
        """Make, while there is time, what the tab will need next."""

    async def settled(self) -> None:
        """Wait until what is over is in the history."""

    def cancel(self) -> bool:
        """Cancel what runs; False when nothing does."""
        return False

    def reveal_changed(self) -> None:
        """Draw again: secrets are to be shown, or masked again."""

    def leave_field(self) -> None:
        """Go from a text field to where letters are keys; a tab without focus hears no keys."""
        from ..widgets.rows.row_view import RowView  # not needed for the first screen

        focused = self.screen.focused
        if focused is None or _takes_text(focused):
            here = [widget for widget in self.screen.focus_chain if self in widget.ancestors]
            plain = [widget for widget in here if not _takes_text(widget)]
            rows = [widget for widget in plain if isinstance(widget, RowView)]
            self.screen.set_focus(next(iter(rows or plain), None))

    def on_row_view_copy_requested(self, message: RowView.CopyRequested) -> None:
        """Obey `y` in a view of rows that leaves to the tab what is at hand."""
        message.stop()
        self.action_copy()

    # giving away

    async def contents(self) -> Sequence[Content]:
        """Return what there is to save, to pipe and to open in an editor, the best first."""
        return ()

    def suffix_of(self, field: TextField) -> str:
        """Return the suffix of the file by which an editor knows what is written in a field."""
        return ".txt"

    def refuse(self, error: SondeError) -> None:
        """Tell why what was asked for was not done."""
        self.tell(f"{error.message} {error.advice}", warning=True)

    async def action_save(self) -> None:
        """Ask where what is at hand goes, and write it there."""
        from ..giving import ask_where

        if contents := await self._given("save"):
            await ask_where(self, contents)

    async def action_pipe(self) -> None:
        """Ask for a command, and give it the terminal and what is at hand."""
        from ..giving import ask_what

        if contents := await self._given("pipe"):
            await ask_what(self, contents)

    @work(group="giving", exclusive=True)
    async def action_editor(self) -> None:
        """Open the text that is written in at the moment, or else what is at hand."""
        from ..external_editor import edit_outside, look_outside, text_field_of

        field = text_field_of(self.screen.focused)
        try:
            if field is not None:
                await edit_outside(self.app, field, suffix=self.suffix_of(field))
            elif contents := await self._given("open in an editor"):
                await look_outside(self.app, preferred(contents))
        except SondeError as error:
            self.refuse(error)

    async def _given(self, what: str) -> Sequence[Content]:
        contents = await self.contents()
        if not contents:
            self.tell(f"There is nothing to {what} here yet.", warning=True)
        return contents

    # keys

    def action_cancel(self) -> None:
        if not self.cancel():
            self.leave_field()

    def action_send(self) -> None:
        """Send, open or bind; each tab has its own."""

    def action_address(self) -> None:
        """Go to the address field; each tab has its own."""

    def action_facts(self) -> None:
        """Show what is known of the connection at hand, with the chain of certificates."""
        exchange = self.exchange
        if exchange is None:
            self.tell("There is no connection here yet.", warning=True)
            return
        from .facts import FactsScreen

        self.app.push_screen(FactsScreen(exchange, reveal=self.services.reveal))

    def action_copy(self) -> None:
        """Copy what is at hand; each tab has its own."""


def preferred(contents: Sequence[Content]) -> Content:
    """Return what is to be read by a person: a selection, else the form that is shown."""
    first = contents[0]
    if first.title == "selection":
        return first
    return next((each for each in contents if each.title.endswith(", as shown")), first)


def _takes_text(widget: Widget) -> bool:
    return widget.check_consume_key("y", "y")
