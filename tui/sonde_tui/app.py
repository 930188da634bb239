"""The app: glue between the tabs, global keys, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from sonde_core.safetext import line

from . import commands, copying, leaving, settling, tabs, theming
from .compositor import FrontScreen
from .key_order import KeyOrder
from .messages import CompareAsked, CopyAsked, EditAsked, EntryAsked, EntryRecorded, ReplayAsked
from .notices import NoticeApp
from .practice import Practice
from .screens.tab import Tab
from .screens.veiling import Veiling
from .services import Services
from .stylesheet import RememberingStylesheet
from .widgets.few_colours import filters
from .widgets.key_bar import KeyBar
from .widgets.mounting import made_once
from .widgets.tab_strip import TabStrip


class SondeApp(NoticeApp[int]):
    """Sonde on the screen."""

    TITLE = "Sonde"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's word

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,1", "show_tab('http')", "HTTP", id="tab.http", show=False),
        Binding("f3,2", "show_tab('socket')", "Socket", id="tab.socket", show=False),
        Binding("f4,3", "show_tab('listen')", "Listen", id="tab.listen", show=False),
        Binding("f5,4", "show_tab('history')", "History", id="tab.history", show=False),
        Binding("ctrl+t", "next_tab", "Next tab", id="tab.next", show=False),
        Binding("f1,question_mark", "help", "Help", id="help", key_display="F1"),
        Binding("ctrl+g", "reveal", "Show secrets", id="reveal", show=False),
        Binding("ctrl+q", "quit", "Quit", id="quit", priority=True),
    ]

    def __init__(self, services: Services, *, endpoint: str = "", demo: bool = False) -> None:
        super().__init__()
        self.stylesheet = RememberingStylesheet(variables=self.stylesheet._variables)
        self.services = services
        self._endpoint = endpoint
        self._demo = demo
        self.practice = Practice(self)
        self._last_filters = filters(self.console.color_system)
        self.key_order = KeyOrder(self)
        self._told: set[str] = set()

    def get_driver_class(self) -> type[Driver]:
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        from .driver import PatientDriver

        return PatientDriver

    def get_default_screen(self) -> Screen[None]:
        return FrontScreen(id="_default")

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *self._last_filters]

    async def on_event(self, event: events.Event) -> None:
        await self.key_order.take(event, super().on_event)

    def compose(self) -> ComposeResult:
        yield TabStrip(tabs.TITLES)
        first = tabs.for_endpoint(self._endpoint)
        with ContentSwitcher(id="tabs", initial=first):
            yield tabs.build(first, self.services)
        yield KeyBar()

    async def on_mount(self) -> None:
        theming.take(self)
        self.set_keymap(self.services.config.keys)
        leaving.obey_signals(self)
        tab = await self.show(tabs.for_endpoint(self._endpoint))
        if self._endpoint:
            tab.load(self._endpoint)
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        theming.keep(self)
        settling.settle(self)
        if self._demo:
            self.action_practice()

    def warn_of_settings(self) -> None:
        """Tell each trouble of the history and the settings once, and badge what lasts."""
        warnings = [*self.services.history.warnings, self.services.config.warning]
        for warning in filter(None, [*warnings, *commands.doubts(self)]):
            self.warn(warning)
        strip = self.screen_stack[0].query_one(TabStrip)
        strip.state = "" if self.services.history.saving else "NOT SAVING"

    def warn(self, text: str) -> None:
        """Tell something that lasts, once."""
        if text not in self._told:
            self._told.add(text)
            self.notify(line(text), severity="warning", timeout=12, markup=False)

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        names = " and ".join(sorted(binding.id or binding.action for binding in clashed_bindings))
        self.warn(f"The settings give one key to {names}; only one of them can have it.")

    @property
    def tab(self) -> Tab:
        """The tab that is shown."""
        switcher = self.screen_stack[0].query_one("#tabs", ContentSwitcher)
        return switcher.query_one(f"#{switcher.current}", Tab)

    async def show(self, name: str) -> Tab:
        """Show a tab and build it the first time."""
        switcher = self.screen_stack[0].query_one("#tabs", ContentSwitcher)
        with self.batch_update():
            tab = await made_once(switcher, Tab, name, lambda: tabs.build(name, self.services))
            switcher.current = name
        self.screen_stack[0].query_one(TabStrip).active = name
        tab.arrive()
        return tab

    @on(TabStrip.Chosen)
    async def _tab_clicked(self, message: TabStrip.Chosen) -> None:
        await self.show(message.name)

    async def action_show_tab(self, name: str) -> None:
        if len(self.screen_stack) == 1:
            await self.show(name)

    async def action_next_tab(self) -> None:
        names = list(tabs.TITLES)
        await self.action_show_tab(names[(names.index(self.tab.id or "") + 1) % len(names)])

    def action_help(self) -> None:
        from .screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(commands.helped(self)))

    def action_reveal(self) -> None:
        self.services.reveal = not self.services.reveal
        self.tab.tell("Secrets are shown." if self.services.reveal else "Secrets are masked.")
        for tab in self.query(Tab):
            tab.reveal_changed()
        for screen in self.screen_stack:
            if isinstance(screen, Veiling):
                screen.reveal_changed(reveal=self.services.reveal)

    def action_practice(self) -> None:
        self.run_worker(self.practice.show(), group="practice", exclusive=True)

    async def action_copy_as(self) -> None:
        from .screens.copy_as import CopyAsScreen

        await self.tab.settled()
        entry = self.tab.entry
        if entry is None:
            self._nothing("copy")
        else:
            self.push_screen(CopyAsScreen(entry, self.services))

    def action_promote(self) -> None:
        from . import promoting

        self.run_worker(promoting.promote(self), group="promote", exclusive=True)

    def action_steps(self) -> None:
        from . import stepping

        self.run_worker(stepping.open_steps(self), group="steps", exclusive=True)

    async def action_replay(self) -> None:
        await self.tab.settled()
        entry_id = self.tab.entry_id
        if entry_id:
            self._replay(ReplayAsked(entry_id))
        else:
            self._nothing("replay")

    def _nothing(self, what: str) -> None:
        why = "it is still under way" if self.tab.busy else "send something first"
        self.tab.tell(f"Nothing to {what} yet: {why}.", warning=True)

    @on(ReplayAsked)
    def _replay(self, message: ReplayAsked) -> None:
        from .screens.difference import DifferenceScreen

        self.push_screen(DifferenceScreen.of_replay(self.services, message.entry_id))

    @on(CompareAsked)
    def _compare(self, message: CompareAsked) -> None:
        from .screens.difference import DifferenceScreen

        self.push_screen(DifferenceScreen.of_entries(self.services, message.before, message.after))

    @on(EditAsked)
    async def _edit(self, message: EditAsked) -> None:
        tab = await self.show(tabs.for_entry(message.entry))
        tab.edit(message.entry)

    @on(EntryAsked)
    async def _show_entry(self, message: EntryAsked) -> None:
        from .screens.history import HistoryTab

        tab = await self.show("history")
        assert isinstance(tab, HistoryTab)  # noqa: S101 - of that name
        tab.go_to(message.entry_id)

    @on(EntryRecorded)
    def _recorded(self) -> None:
        self.warn_of_settings()

    @on(CopyAsked)
    def _copy_asked(self, message: CopyAsked) -> None:
        self.run_worker(copying.copy(self, message), group="copy", exclusive=True)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield from commands.of(self, screen)
        yield from (
            command for command in super().get_system_commands(screen) if command.title == "Theme"
        )

    async def action_quit(self) -> None:
        leaving.ask(self)

    def _handle_exception(self, error: Exception) -> None:
        """Leave out what fails because what it is for is being taken apart."""
        if not (self._exit or leaving.is_of_what_is_gone(error)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Leave after a bug with a short message; the report holds no values of variables."""
        self.bell()
        self._exit_renderables.append(leaving.report(self._exception))
        self._close_messages_no_wait()
