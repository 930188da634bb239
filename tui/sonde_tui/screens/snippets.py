"""Choose a payload with a name, or one that was sent; keep, rename and delete those with a name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sonde_core.errors import PayloadSyntaxError, SondeError
from sonde_core.payload import LineEnding
from sonde_core.safetext import line
from sonde_core.snippets import Snippet
from sonde_core.templates import names_in

from ..services import Services
from ..widgets.cycle import Cycle
from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from ..widgets.typed import Typed
from .ask import AskScreen
from .dialog import Dialog

NONE: Final = "none"
SENT: Final = 200  # messages that were sent and are offered
_NAME: Final = 24  # columns
_SHOWN: Final = 400  # characters of a preview
_EMPTY: Final = "No snippet yet: type something to send, press F7, and keep it with ctrl+s."


class FilterInput(LineInput, inherit_bindings=False):
    """The field for words, which leaves `delete` to the list: the cursor stands at its end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        each
        for each in LineInput.BINDINGS
        if not (isinstance(each, Binding) and "delete" in each.key.split(","))
    ]


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


class SnippetScreen(Dialog[Typed]):
    """Returns what is to be put into the line; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep the line as…", id="snippets.keep"),
        Binding("ctrl+n", "rename", "Rename", id="snippets.rename"),
        Binding("delete", "delete", "Delete", id="snippets.delete"),
        Binding("f9", "restore", "Put back", id="snippets.restore"),
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
    ]

    DEFAULT_CSS = """
    SnippetScreen OptionList { height: auto; max-height: 30vh; border: none; padding: 0; }
    SnippetScreen #preview { height: auto; max-height: 5; border-top: solid $panel; }
    SnippetScreen #snippet-note { height: auto; max-height: 5; color: $text-error; }
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
        self._typed = typed
        self._sent = [
            Offer("", each, self._shown_as(each), "not sent" if each in unsent else "sent")
            for each in sent[:SENT]
        ]
        self._snippets: list[Snippet] = []
        self._shown: list[Offer] = []
        self._undo: list[tuple[Snippet, int]] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Snippets, and what was sent", classes="title")
            yield FilterInput(placeholder="type to narrow the list", id="narrow", compact=True)
            options = OptionList(markup=False)
            options.can_focus = False  # all keys are typed in the field
            yield options
            yield Static("", id="preview", markup=False)
            yield Static("", id="snippet-note", markup=False)
            yield Cycle("environment", [NONE], id="environment")
        yield KeyBar()

    def _shown_as(self, typed: Typed) -> Typed:
        return typed if self._services.reveal else typed.veiled()

    @work(group="snippets")
    async def on_mount(self) -> None:
        await self._load()

    async def _load(self, name: str = "") -> None:
        """Read the files, and show what is in them, with one of them marked."""
        snippets, environments = self._services.snippets, self._services.environments
        self._snippets = await asyncio.to_thread(snippets.read)
        await asyncio.to_thread(environments.refresh)
        cycle = self.query_one("#environment", Cycle)
        cycle.offer([NONE, *environments.names], environments.chosen or NONE)
        self._note(" ".join(filter(None, [snippets.warning, environments.warning])))
        self._list(name)

    # the list

    def _list(self, name: str = "") -> None:
        words = self.query_one("#narrow", Input).value
        typed = [Typed.of_snippet(each) for each in self._snippets]
        offers = [
            Offer(each.name, kept, self._shown_as(kept))
            for each, kept in zip(self._snippets, typed, strict=True)
        ]
        self._shown = [offer for offer in [*offers, *self._sent] if offer.fits(words)]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(line(offer.title)) for offer in self._shown)
        if self._shown:
            names = [offer.name for offer in self._shown]
            options.highlighted = names.index(name) if name in names else 0
        self._preview()

    @property
    def _marked(self) -> Offer | None:
        place = self.query_one(OptionList).highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else None

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

    @on(Input.Changed, "#narrow")
    def _narrowed(self, event: Input.Changed) -> None:
        event.stop()
        self._list()

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if (offer := self._marked) is not None:
            self.dismiss(offer.typed)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._shown[event.option_index].typed)

    def action_move(self, by: int) -> None:
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            options.highlighted = max(0, min(options.highlighted + by, options.option_count - 1))

    @on(Cycle.Changed, "#environment")
    def _environment_chosen(self, event: Cycle.Changed) -> None:
        event.stop()
        environments = self._services.environments
        environments.chosen = "" if event.value == NONE else event.value
        self._preview()

    # keeping

    def action_keep(self) -> None:
        typed = self._typed
        if not typed.text:
            self._note("There is nothing in the line to keep: type it first.")
            return

        def named(name: str | None) -> None:
            if name is not None:
                self._change(lambda: self._keep(typed.as_snippet(name)), name)

        self.app.push_screen(AskScreen("Keep the line as"), named)

    def _keep(self, snippet: Snippet) -> None:
        """Write it; one of the same name can be put back."""
        for place, old in enumerate(self._snippets):
            if old.name == snippet.name:
                self._undo.append((old, place))
        self._services.snippets.keep(snippet)

    def action_rename(self) -> None:
        offer = self._named_offer()
        if offer is None:
            return
        old = offer.name

        def named(name: str | None) -> None:
            if name is not None:
                self._change(lambda: self._services.snippets.rename(old, name), name)

        self.app.push_screen(AskScreen("New name", old), named)

    def action_delete(self) -> None:
        offer = self._named_offer()
        if offer is None:
            return

        def delete() -> None:
            self._undo.append(self._services.snippets.delete(offer.name))

        self._change(delete, told=f"{offer.name} is deleted; F9 puts it back.")

    def action_restore(self) -> None:
        if not self._undo:
            self._note("Nothing was deleted here.")
            return
        snippet, place = self._undo[-1]

        def restore() -> None:
            self._services.snippets.keep(snippet, place)
            self._undo.pop()

        self._change(restore, snippet.name)

    def _named_offer(self) -> Offer | None:
        offer = self._marked
        if offer is None or not offer.name:
            self._note("That has no name: only snippets can be renamed and deleted.")
            return None
        return offer

    @work(group="snippets")
    async def _change(self, change: Callable[[], None], name: str = "", told: str = "") -> None:
        try:
            await asyncio.to_thread(change)
        except SondeError as error:
            self._note(f"{error.message} {error.advice}")
            return
        await self._load(name)
        if told:
            self._note(told)

    def _note(self, text: str) -> None:
        note = self.query_one("#snippet-note", Static)
        note.update(line(text))
        note.display = bool(text)
