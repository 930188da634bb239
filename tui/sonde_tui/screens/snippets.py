"""Choose a payload with a name, or one that was sent; keep, rename and delete those with a name."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from sonde_core.errors import PayloadSyntaxError
from sonde_core.payload import LineEnding
from sonde_core.safetext import line
from sonde_core.snippets import Snippet
from sonde_core.templates import names_in

from ..services import Services
from ..widgets.cycle import Cycle
from ..widgets.key_bar import KeyBar
from ..widgets.typed import Typed
from .named_texts import NamedTextsScreen, NarrowInput, Restore, keys
from .veiling import REVEAL, Veiling

NONE: Final = "none"
SENT: Final = 200  # messages that were sent and are offered
_NAME: Final = 24  # columns
_SHOWN: Final = 400  # characters of a preview
_EMPTY: Final = "No snippet yet: type something to send, press F7, and keep it with ctrl+s."


@dataclass(frozen=True, slots=True)
class Offer:
    """A row: a snippet by its name, or a message that was sent.

    Attributes:
        name: Of a snippet.
        typed: What is taken.
        shown: The same as it may be shown.
        state: What became of a message; empty for a snippet.
    """

    name: str
    typed: Typed
    shown: Typed
    state: str = ""

    @property
    def title(self) -> str:
        return f"{line(self.name or self.state):<{_NAME}} {line(self.shown.text, limit=_SHOWN)}"

    def fits(self, words: str) -> bool:
        """Whether each word stands in the name or the text."""
        text = f"{self.name or self.state} {self.shown.text}".lower()
        return all(word in text for word in words.lower().split())


class SnippetScreen(NamedTextsScreen[Typed], Veiling):
    """Returns what is to be put into the line; None when it was left."""

    KEEP = "Keep the line as"

    BINDINGS: ClassVar[list[BindingType]] = [*keys("snippets", KEEP), REVEAL]

    DEFAULT_CSS = """
    SnippetScreen OptionList { max-height: 30vh; }
    SnippetScreen #preview { height: auto; max-height: 5; border-top: solid $panel; }
    """

    def __init__(
        self,
        services: Services,
        typed: Typed,
        sent: Sequence[Typed],
        unsent: Collection[Typed] = (),
    ) -> None:
        """Offer the snippets, then what was sent.

        Args:
            services: Where they are kept.
            typed: What can be kept.
            sent: Messages, the newest first.
            unsent: Those of them of which nothing has left.
        """
        super().__init__()
        self._services = services
        self._kept = typed
        self._sent = [
            Offer("", each, self._shown_as(each), "not sent" if each in unsent else "sent")
            for each in sent[:SENT]
        ]
        self._snippets: list[Snippet] = []
        self._shown: list[Offer] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Snippets, and what was sent", classes="title")
            yield NarrowInput(placeholder="type to narrow the list", id="narrow", compact=True)
            yield self.made_list()
            yield Static("", id="preview", markup=False)
            yield self.made_note()
            yield Cycle("environment", [NONE], id="environment")
        yield KeyBar()

    def _shown_as(self, typed: Typed) -> Typed:
        return typed if self._services.reveal else typed.veiled()

    def reveal_changed(self, *, reveal: bool) -> None:
        del reveal  # it is asked for anew
        self._sent = [replace(each, shown=self._shown_as(each.typed)) for each in self._sent]
        for options in self.query(OptionList):
            place = options.highlighted
            self.list_names("")
            options.highlighted = place

    async def read(self) -> str:
        snippets, environments = self._services.snippets, self._services.environments
        self._snippets = await asyncio.to_thread(snippets.read)
        await asyncio.to_thread(environments.refresh)
        cycle = self.query_one("#environment", Cycle)
        cycle.offer([NONE, *environments.names], environments.chosen or NONE)
        return " ".join(filter(None, [snippets.warning, environments.warning]))

    # the list

    def list_names(self, name: str) -> None:
        typed = [Typed.of_snippet(each) for each in self._snippets]
        offers = [
            Offer(each.name, kept, self._shown_as(kept))
            for each, kept in zip(self._snippets, typed, strict=True)
        ]
        self._shown = [offer for offer in [*offers, *self._sent] if offer.fits(self.typed)]
        names = [offer.name for offer in self._shown]
        place = names.index(name) if name and name in names else 0
        self.offer((line(offer.title) for offer in self._shown), place)
        self._preview()

    @property
    def _marked(self) -> Offer | None:
        return self._shown[self.place] if 0 <= self.place < len(self._shown) else None

    @on(OptionList.OptionHighlighted)
    def _preview(self) -> None:
        offer = self._marked
        text = _EMPTY if not (self._snippets or self._sent) else "Nothing like that."
        if offer is not None:
            text = "\n".join(line(row) for row in self._about(offer.shown))
        self.query_one("#preview", Static).update(text)

    def _about(self, typed: Typed) -> list[str]:
        """Say how it is meant, what it is, and what its names stand for."""
        ending = f", ending {typed.ending}" if typed.ending is not LineEnding.NONE else ""
        rows = [f"as {typed.mode}{ending}", line(typed.text, limit=_SHOWN)]
        if typed.has_braces and typed.fill is not False:
            values = self._services.environments.current
            try:
                names = names_in(typed.data)
            except PayloadSyntaxError as error:
                return [*rows, error.message]
            told = [
                f"{name} = {values[name].shown(reveal=self._services.reveal)}"
                if name in values
                else f"{name} is not known"
                for name in names
            ]
            rows.append(line(", ".join(told), limit=_SHOWN))
        return rows

    def choose(self) -> None:
        if (offer := self._marked) is not None:
            self.dismiss(offer.typed)

    @on(Cycle.Changed, "#environment")
    def _environment_chosen(self, event: Cycle.Changed) -> None:
        event.stop()
        environments = self._services.environments
        environments.chosen = "" if event.value == NONE else event.value
        self._preview()

    # keeping

    def nothing_to_keep(self) -> str:
        return "" if self._kept.text else "There is nothing in the line to keep: type it first."

    def marked_name(self) -> str:
        offer = self._marked
        if offer is None or not offer.name:
            self.note("That has no name: only snippets can be renamed and deleted.")
            return ""
        return offer.name

    def write_kept(self, name: str) -> Restore | None:
        old = [(place, each) for place, each in enumerate(self._snippets) if each.name == name]
        self._services.snippets.keep(self._kept.as_snippet(name))
        return self._restored(*old[0]) if old else None

    def write_renamed(self, old: str, new: str) -> None:
        self._services.snippets.rename(old, new)

    def write_deleted(self, name: str) -> Restore:
        snippet, place = self._services.snippets.delete(name)
        return self._restored(place, snippet)

    def _restored(self, place: int, snippet: Snippet) -> Restore:
        return lambda: self._services.snippets.keep(snippet, place)
