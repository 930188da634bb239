"""Choose a lens: what is typed narrows the list, and behind a colon is what the lens takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from sonde_core.errors import LensError, SondeError
from sonde_core.lenses.catalogue import Found, all_lenses, lens_of
from sonde_core.lenses.contained import Contained
from sonde_core.lenses.suggest import ENOUGH, suggest
from sonde_core.model import Chunk, Direction, Moment
from sonde_core.recording.timeline import moments_of
from sonde_core.safetext import SafeText, line

from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from ..widgets.rows.line_view import LineView, TextLines
from ..widgets.transcript.about import About
from ..widgets.transcript.arranging import arranged
from ..widgets.transcript.lens_rows import LensRows
from .narrowing import NarrowingScreen

_MOMENTS: Final = 300
_BYTES: Final = 1 << 16
_SECONDS: Final = 0.03  # of a preview
_NAME: Final = 11
_NONE: Final = "none"


class LensScreen(NarrowingScreen[str]):
    """Returns a lens as it is typed, empty for none; None when it was left."""

    DEFAULT_CSS = """
    LensScreen > .box { max-width: 100; }
    LensScreen OptionList { max-height: 7; }
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
            hint = "type a name, such as length:2be"
            yield LineInput(typed, placeholder=hint, id="narrow", compact=True)
            yield self.made_list()
            yield Static("", id="takes", markup=False)
            preview = LineView()
            preview.can_focus = False
            yield preview
        yield KeyBar()

    def on_mount(self) -> None:
        self._list(self._chosen.partition(":")[0] or self._fits)

    def _list(self, marked: str) -> None:
        name, colon, _ = self.typed.strip().partition(":")
        every = [None, *self._lenses]
        if colon:
            self._shown = [each for each in every if each and each.name == name]
        else:
            self._shown = [each for each in every if _is_meant(each, name)]
        names = [each.name if each else _NONE for each in self._shown]
        place = names.index(marked) if marked in names else 0
        self.offer(map(self._titled, self._shown), place)
        self._look()

    def _titled(self, found: Found | None) -> SafeText:
        if found is None:
            return line(f"{_NONE:<{_NAME}}the chunks as they came")
        fits = "  ← fits what is here" if found.name == self._fits else ""
        origin = f"  ({found.origin})" if found.origin else ""
        return line(f"{found.name:<{_NAME}}{found.about}{fits}{origin}")

    @property
    def _marked(self) -> Found | None:
        return self._shown[self.place] if 0 <= self.place < len(self._shown) else None

    def _text(self) -> str:
        """Return what is chosen, as it is typed; empty for no lens."""
        typed, marked = self.typed.strip(), self._marked
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

    def narrow(self) -> None:
        marked = self._marked
        self._list(marked.name if marked else "")

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._look()

    def choose(self) -> None:
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
