"""Choose a lens: what is typed narrows the list, and behind a colon is what the lens takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sonde_core.errors import LensError, SondeError
from sonde_core.lenses.catalogue import Found, all_lenses, lens_of
from sonde_core.lenses.contained import Contained
from sonde_core.lenses.suggest import ENOUGH, suggest
from sonde_core.model import Chunk, Direction, Moment
from sonde_core.recording.timeline import moments_of
from sonde_core.safetext import line

from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from ..widgets.rows.line_view import LineView, TextLines
from ..widgets.transcript.about import About
from ..widgets.transcript.arranging import arranged
from ..widgets.transcript.lens_rows import LensRows
from .dialog import Dialog

_MOMENTS: Final = 300
_BYTES: Final = 1 << 16
_SECONDS: Final = 0.03  # of a preview
_NAME: Final = 11
_NONE: Final = "none"


class LensScreen(Dialog[str]):
    """Returns a lens as it is typed, empty for none; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
    ]

    DEFAULT_CSS = """
    LensScreen > .box { max-width: 100; }
    LensScreen OptionList { height: auto; max-height: 7; border: none; padding: 0; }
    LensScreen #takes { height: auto; max-height: 2; color: $text-muted; }
    LensScreen #takes.-failed { color: $text-error; }
    LensScreen LineView { height: 8; border-top: solid $primary; }
    """

    def __init__(
        self, sample: Sequence[Moment], about: About, lenses: Sequence[Found], *, chosen: str
    ) -> None:
        """Offer lenses.

        Args:
            sample: Some of the conversation, to show what a lens makes of it.
            about: What the conversation is.
            lenses: Those that there are.
            chosen: The lens that is used; empty for none.
        """
        super().__init__()
        self._sample = sample
        self._about = about
        self._lenses = lenses
        self._chosen = chosen
        self._fits = suggest(about.address, *heads_of(sample))
        self._shown: list[Found | None] = []

    @classmethod
    async def prepared(
        cls, sample: Sequence[Moment], about: About, *, chosen: str = ""
    ) -> LensScreen:
        """Make one once the person's own lenses are loaded, in a thread."""
        return cls(sample, about, await asyncio.to_thread(all_lenses), chosen=chosen)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Look at the bytes through a lens", classes="title", markup=False)
            typed = self._chosen if ":" in self._chosen else ""
            yield LineInput(typed, placeholder="type a name, such as length:2be", compact=True)
            options = OptionList(markup=False)
            options.can_focus = False  # all keys are typed in the field
            yield options
            yield Static("", id="takes", markup=False)
            preview = LineView()
            preview.can_focus = False
            yield preview
        yield KeyBar()

    def on_mount(self) -> None:
        self._list(self._chosen.partition(":")[0] or self._fits)

    @property
    def _options(self) -> OptionList:
        return self.query_one(OptionList)

    @property
    def _typed(self) -> str:
        return self.query_one(LineInput).value.strip()

    def _list(self, marked: str) -> None:
        name, colon, _ = self._typed.partition(":")
        every = [None, *self._lenses]
        if colon:
            self._shown = [each for each in every if each and each.name == name]
        else:
            self._shown = [each for each in every if _is_meant(each, name)]
        options = self._options
        options.clear_options()
        options.add_options(Option(self._titled(each)) for each in self._shown)
        names = [each.name if each else _NONE for each in self._shown]
        if names:
            options.highlighted = names.index(marked) if marked in names else 0
        self._look()

    def _titled(self, found: Found | None) -> str:
        if found is None:
            return line(f"{_NONE:<{_NAME}}the chunks as they came")
        fits = "  ← fits what is here" if found.name == self._fits else ""
        origin = f"  ({found.origin})" if found.origin else ""
        return line(f"{found.name:<{_NAME}}{found.about}{fits}{origin}")

    @property
    def _marked(self) -> Found | None:
        index = self._options.highlighted
        return self._shown[index] if index is not None and index < len(self._shown) else None

    def _text(self) -> str:
        """Return what is chosen, as it is typed; empty for no lens."""
        typed, marked = self._typed, self._marked
        if marked is None:
            return "" if self._shown else typed
        if typed.partition(":")[0] == marked.name or not marked.argument:
            return typed if ":" in typed else marked.name
        kept = self._chosen.partition(":")
        return self._chosen if kept[0] == marked.name else marked.name

    # what it makes of the bytes

    def _look(self) -> None:
        view, marked = self.query_one(LineView), self._marked
        argument = marked.argument if marked else ""
        try:
            text = self._text()
            lens = lens_of(text) if text else None
        except LensError as error:
            self._say(f"{error.message} {argument}".rstrip(), failed=True)
            view.show(TextLines([]))
            return
        self._say(f"behind a colon: {argument}" if argument else "", failed=False)
        view.show(TextLines([]) if lens is None else self._rows(lens))

    def _rows(self, lens: Contained) -> LensRows:
        timeline, units = arranged(self._sample, self._about, joined=False, lens=lens)
        assert units is not None  # noqa: S101 - there is a lens
        rows = LensRows(timeline, units, lens, datagrams=self._about.is_message)
        rows.build(_SECONDS)
        return rows

    def _say(self, text: str, *, failed: bool) -> None:
        told = self.query_one("#takes", Static)
        told.update(line(text))
        told.set_class(failed, "-failed")

    # keys

    @on(Input.Changed)
    def _narrowed(self, event: Input.Changed) -> None:
        event.stop()
        marked = self._marked
        self._list(marked.name if marked else "")

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._look()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._choose()

    def _choose(self) -> None:
        """Take what is marked, unless it lacks something: that is said already."""
        text = self._text()
        try:
            if text:
                lens_of(text)
        except LensError:
            marked = self._marked
            field = self.query_one(LineInput)
            if marked is not None and marked.argument and ":" not in field.value:
                field.value = f"{marked.name}:"
                field.cursor_position = len(field.value)
            return
        self.dismiss(text)

    def action_move(self, by: int) -> None:
        options = self._options
        if options.highlighted is not None:
            options.highlighted = max(0, min(options.highlighted + by, options.option_count - 1))

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(self._options.size.height - 1, 1))


def _is_meant(found: Found | None, typed: str) -> bool:
    words = f"{found.name} {found.about}" if found else _NONE
    return all(word in words.lower() for word in typed.lower().split())


def sample_of(timeline: Sequence[Moment]) -> list[Moment]:
    """Return the start of a conversation; nothing where it cannot be read."""
    if not timeline:
        return []
    try:
        return moments_of(timeline, 0, _MOMENTS, _BYTES)
    except (SondeError, OSError):
        return []


def heads_of(sample: Sequence[Moment]) -> list[bytes]:
    """Return the first bytes of each direction."""
    heads = list[bytes]()
    for direction in Direction:
        head = b""
        for moment in sample:
            if isinstance(moment, Chunk) and moment.direction is direction:
                head += moment.data[:ENOUGH]
                if len(head) >= ENOUGH:
                    break
        heads.append(head)
    return heads
