"""Rules for what comparisons leave out: which one to make of a change, and those that there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sonde_core.comparing.ignore_file import IgnoreFile
from sonde_core.comparing.ignoring import IgnoreRule, address_of, server_of
from sonde_core.errors import SondeError
from sonde_core.safetext import line

from ..key_order import held
from ..widgets.key_bar import KeyBar
from ..widgets.offers import Offers
from .choose import Choice, ChooseScreen
from .dialog import Dialog

_EMPTY: Final = "No rule yet: on a change, i makes one. The Date header is left out always."


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be left out.

    Attributes:
        rule: Kept in the file, unless it is for now only.
    """

    rule: IgnoreRule
    kept: bool


class IgnoreScreen(ChooseScreen):
    """Asks for which of some places a rule is made, and where it holds; returns a wish's number."""

    def __init__(self, places: tuple[str, ...], target: str) -> None:
        """Offer places, the likeliest first.

        Args:
            places: As rules name them.
            target: The URL or address that was asked.
        """
        here, server = address_of(target), server_of(target)
        self.wishes: list[Wish] = []
        choices = []
        for place in places:
            scopes = {here: f"from now on, for {here}", server: f"from now on, for {server}"}
            wishes = [
                (Wish(IgnoreRule(place, at), kept=True), words) for at, words in scopes.items()
            ]
            wishes.append((Wish(IgnoreRule(place), kept=True), "from now on, everywhere"))
            wishes.append((Wish(IgnoreRule(place), kept=False), "only now"))
            for wish, words in wishes:
                choices.append(Choice(str(len(self.wishes)), f"{place} · {words}"))
                self.wishes.append(wish)
        super().__init__("Leave out of comparisons", choices)


class IgnoreRulesScreen(Dialog[bool], Offers):
    """Lists the rules, deletes and puts back; returns whether any changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "down", "Down", show=False),
        Binding("k", "up", "Up", show=False),
        Binding("delete,D", "delete", "Delete", id="rules.delete"),
        Binding("u", "restore", "Put back", id="rules.restore"),
    ]

    DEFAULT_CSS = """
    IgnoreRulesScreen OptionList {
        height: auto; max-height: 16; padding: 0;
        &, &:focus { border: none; }
    }
    IgnoreRulesScreen #rules-note { height: auto; color: $text-muted; }
    """

    def __init__(self, config: Path) -> None:
        """Show those in the file beside a `config.toml`."""
        super().__init__()
        self._file = IgnoreFile.beside(config)
        self._rules: tuple[IgnoreRule, ...] = ()
        self._undo: list[IgnoreRule] = []
        self._changed = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("What comparisons leave out", classes="title")
            yield OptionList(markup=False)
            yield Static("", id="rules-note", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self._load()

    def offers(self, action: str) -> bool:
        return bool({"delete": self._rules, "restore": self._undo}.get(action, True))

    @property
    def _options(self) -> OptionList:
        return self.query_one(OptionList)

    @work(group="rules", exclusive=True)
    async def _load(self, *, row: int = 0) -> None:
        with held(self):
            rules = await asyncio.to_thread(self._file.read)
        self._rules = rules.rules
        self._options.clear_options()
        self._options.add_options(Option(line(_title(rule))) for rule in self._rules)
        if self._rules:
            self._options.highlighted = min(row, len(self._rules) - 1)
        note = rules.warning or (f"In {self._file.path}" if self._rules else _EMPTY)
        self.query_one("#rules-note", Static).update(line(note))
        self._options.focus()
        self.keys_changed()

    def action_down(self) -> None:
        self._options.action_cursor_down()

    def action_up(self) -> None:
        self._options.action_cursor_up()

    def action_delete(self) -> None:
        row = self._options.highlighted
        if row is not None and row < len(self._rules):
            self._delete(self._rules[row], row)

    def action_restore(self) -> None:
        if self._undo:
            self._restore(self._undo[-1])

    @work(group="rule")
    async def _delete(self, rule: IgnoreRule, row: int) -> None:
        if await self._written(self._file.remove, rule):
            self._undo.append(rule)
            self._load(row=row)

    @work(group="rule")
    async def _restore(self, rule: IgnoreRule) -> None:
        if await self._written(self._file.add, rule):
            self._undo.remove(rule)
            self._load(row=len(self._rules))

    async def _written(self, write: Callable[[IgnoreRule], None], rule: IgnoreRule) -> bool:
        """Write a rule, or cut it out; tells whether that went well, or else why not."""
        try:
            with held(self):
                await asyncio.to_thread(write, rule)
        except SondeError as error:
            self.notify(line(f"{error.message} {error.advice}"), severity="error", markup=False)
            return False
        self._changed = True
        return True

    def action_leave(self) -> None:
        self.dismiss(self._changed)


def _title(rule: IgnoreRule) -> str:
    return f"{rule.place} · {f'for {rule.endpoint}' if rule.endpoint else 'everywhere'}"
