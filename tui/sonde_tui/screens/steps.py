"""The steps of a recorded session: to be read, changed, and performed again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from sonde_core.endpoint import SESSION_SCHEMES
from sonde_core.errors import RequestError, SondeError
from sonde_core.history.entry import Entry
from sonde_core.replay import Changes
from sonde_core.safetext import SafeText, line
from sonde_core.script.derive import rest_of, without_end
from sonde_core.script.draft import Recorded, read_recorded, variables_in
from sonde_core.script.text import StepsSyntaxError, read_steps
from sonde_core.secrets import mask_url
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.speaking import TALKING
from sonde_core.templates import Values
from sonde_core.words import count, size

from ..compositor import FrontScreen
from ..drafts import Written
from ..key_order import held
from ..performing import Plan
from ..services import Services
from ..widgets.key_bar import KeyBar
from ..widgets.step_fields import StepFields
from ..widgets.steps_editor import EDITABLE, StepsEditor
from .performing import PerformingScreen
from .veiling import Veiling

_PAUSE: Final = 0.15  # seconds without a key after which what is typed is read
_TICK: Final = 0.5
_HELP: Final = (
    'send "text\\r\\n" or hex 00 ff or send! "{{name}}" · expect equal|prefix "…", regex /…/,'
    " count 12, any, end [within 2s] · wait 0.5s · half-close · upgrade · close · reset · # skips"
)


class StepsScreen(FrontScreen[None], Veiling):
    """An editor of steps, and where and how they are performed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "perform", "Perform", id="steps.perform"),
        Binding("ctrl+o", "editor", "In $EDITOR", id="editor"),
        Binding("f9", "recorded", "As recorded", id="steps.recorded"),
        Binding("O", "options", "Options", id="session.options", show=False),
        Binding("escape", "leave", "Back", id="steps.leave"),
    ]

    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]  # noqa: RUF012 - Textual's word

    DEFAULT_CSS = """
    StepsScreen.-low #syntax, StepsScreen.-low #title { display: none; }
    StepsScreen #title.-draft { display: block; color: $text-warning; }
    StepsScreen #title { height: 1; padding: 0 1; text-style: bold; text-wrap: nowrap; }
    StepsScreen #note { height: auto; max-height: 4; padding: 0 1; }
    StepsScreen #note.-wrong { color: $text-error; text-style: bold; }
    StepsScreen #syntax { height: auto; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, services: Services, entry: Entry, session: Session | None) -> None:
        """Offer the steps of an entry, and to perform them in a session that is open."""
        super().__init__()
        self._services = services
        self._entry = entry
        self._session = session
        request = entry.exchange.request
        self._options = request.options if isinstance(request, SessionRequest) else SessionOptions()
        self._recorded = Recorded()
        self._is_read = False

    def compose(self) -> ComposeResult:
        kept = self._services.drafts.get(self._entry)
        target = self._entry.exchange.target
        open_address = self._session.request.address if self._session else ""
        yield Static(self._title, id="title", markup=False)
        yield StepFields(
            kept.address or target,
            kept.variables,
            verify=self._options.verify,
            open_address=open_address,
            reveal=self._services.reveal,
        )
        yield StepsEditor()
        yield Static("", id="note", markup=False)
        yield Static(_HELP, id="syntax", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self._load()

    @property
    def _title(self) -> SafeText:
        """Whose steps they are: by name, or by where it went."""
        target = self._entry.exchange.target
        shown = target if self._services.reveal else mask_url(target)
        name = self._entry.name or shown
        return line(f"Draft of the steps of {name}" if self._is_draft else f"Steps of {name}")

    @property
    def _is_draft(self) -> bool:
        """Whether what is performed is not what was recorded."""
        if not self._is_read:
            return False
        elsewhere = self.fields.address != self._entry.exchange.target
        return elsewhere or self.editor.text != self._recorded.text

    def _draw_title(self) -> None:
        for title in self.query("#title").results(Static):
            title.set_class(self._is_draft, "-draft")
            title.update(self._title)

    def reveal_changed(self, *, reveal: bool) -> None:
        self._draw_title()
        for fields in self.query(StepFields):
            fields.reveal(reveal)

    @property
    def fields(self) -> StepFields:
        """Where and how."""
        return self.query_one(StepFields)

    @property
    def editor(self) -> StepsEditor:
        """The steps as they are written."""
        return self.query_one(StepsEditor)

    # what is written

    @work(group="load", exclusive=True)
    async def _load(self) -> None:
        """Read the steps out of the recording, off the event loop, and show them."""
        kept = self._services.drafts.get(self._entry).text
        with held(self):
            try:
                recorded = self._recorded = await self._read()
                steps = recorded.steps
                if len(kept) > EDITABLE:
                    steps = await asyncio.to_thread(read_steps, kept)
            except SondeError as error:
                self._refuse(error)
                self.query_one("#to", Input).focus()
                return
            await self.editor.show(kept or recorded.text, steps)
            self._is_read = True
        self._draw_title()
        self._check()

    async def _read(self) -> Recorded:
        """Read the recording in a thread, and tell how long that takes."""
        exchange = self._entry.exchange
        told = size(exchange.sent + exchange.received)
        reading = asyncio.ensure_future(asyncio.to_thread(read_recorded, exchange))
        began = monotonic()
        while not reading.done():
            self._say(f"Reading the recording of {told}… {monotonic() - began:.0f} s")
            await asyncio.wait({reading}, timeout=_TICK)
        return await reading

    @on(StepsEditor.Changed)
    @on(StepFields.Typed)
    def _typed(self) -> None:
        if self._is_read:
            self._draw_title()
            self._check()

    @work(group="check", exclusive=True)
    async def _check(self) -> None:
        """Read what is written once nobody has typed for a moment."""
        await asyncio.sleep(_PAUSE)
        self._keep()
        try:
            draft = await self.editor.draft(await self._values())
            self.fields.read()
        except SondeError as error:
            self._refuse(error)
            return
        number = count(len(draft.steps), "step")
        if self.editor.is_list:
            self._say(f"{number}, too much to be written in here; ctrl+o opens your editor.")
        elif not draft.steps:
            self._say("No steps yet: ctrl+j performs what is written here.")
        else:
            told = draft.remark or f"{number} ·"
            self._say(f"{told} ctrl+j performs them.")

    def _keep(self) -> None:
        """Keep what is written for when the steps are opened again."""
        if not self._is_read:
            return
        fields, text = self.fields, self.editor.text
        written = Written(
            text if text != self._recorded.text else "",
            fields.address if fields.address != self._entry.exchange.target else "",
            fields.variables,
        )
        self._services.drafts.keep(self._entry, written)

    async def _values(self) -> Values:
        """Return what templates are filled with: the chosen environment, and the variables."""
        environments = self._services.environments
        await asyncio.to_thread(environments.refresh)
        return environments.values.with_names(variables_in(self.fields.variables))

    def _say(self, text: str) -> None:
        self._tell(text, wrong=False)

    def _refuse(self, error: SondeError) -> None:
        self._tell(f"{error.message} {error.advice}", wrong=True)

    def _tell(self, text: str, *, wrong: bool) -> None:
        note = self.query_one("#note", Static)
        note.set_class(wrong, "-wrong")
        note.update(line(f"✗ {text}" if wrong else text))

    # performing

    def action_perform(self) -> None:
        self._perform()

    @work(group="perform", exclusive=True)
    async def _perform(self) -> None:
        self._keep()
        try:
            plan = await self._plan()
        except SondeError as error:
            self._refuse(error)
            if isinstance(error, StepsSyntaxError):
                self.editor.go_to_error(error)
            return
        self.app.push_screen(PerformingScreen(self._services, plan))

    async def _plan(self) -> Plan:
        chosen, values = self.fields.read(), await self._values()
        draft = await self.editor.draft(values)
        first = self.editor.index_at_cursor(draft) if chosen.from_cursor else 0
        steps = draft.steps[first:]
        session = self._talking() if chosen.into else None
        if session is not None:
            steps = without_end(steps)
        if not steps:
            hint = "Write one, or press f9." if self._recorded.steps else "Write one."
            raise RequestError("There is no step to perform.", hint=hint)
        as_recorded = session is None and steps == self._recorded.steps
        elsewhere = session is None and chosen.address != self._entry.exchange.target
        changes = Changes(
            steps=None if as_recorded else steps,
            address=chosen.address if elsewhere else "",
            options=replace(self._options, verify=chosen.verify),
            values=values,
            strict=chosen.strict,
        )
        return Plan(self._entry, changes, chosen.pace, chosen.times, session)

    def _talking(self) -> Session:
        session = self._session
        if session is None or session.state not in TALKING:
            raise RequestError("The session is not open any more.", hint="Choose a new one.")
        return session

    @on(StepFields.IntoOpen)
    def _into_open(self, event: StepFields.IntoOpen) -> None:
        event.stop()
        self._find_rest()

    @work(group="rest", exclusive=True)
    async def _find_rest(self) -> None:
        """Put the cursor on the first step that the open session has not done yet."""
        try:
            draft, session = await self.editor.draft(await self._values()), self._talking()
            rest = await asyncio.to_thread(rest_of, draft.steps, session.exchange())
        except SondeError as error:
            self._refuse(error)
            return
        index, every = len(draft.steps) - len(rest), len(draft.steps)
        self.editor.go_to_step(draft, index)
        self.fields.begin_at_cursor()
        self._say(f"The open session has done {index} of {every} steps; it stays open after all.")

    # keys

    def action_editor(self) -> None:
        if self._is_read:
            self._open_outside()

    @work(group="editor", exclusive=True)
    async def _open_outside(self) -> None:
        """Open the steps in the person's own editor."""
        try:
            await self.editor.open_outside(await self._values())
        except SondeError as error:
            self._refuse(error)

    def action_recorded(self) -> None:
        """Write the steps as they were recorded; in the editor that can be undone."""
        if self._is_read:
            self._write_recorded()

    @work(group="load", exclusive=True)
    async def _write_recorded(self) -> None:
        self.fields.address = self._entry.exchange.target
        await self.editor.put(self._recorded)
        self._check()

    def action_options(self) -> None:
        """Change how the session is opened."""
        from .session_options import SessionOptionsScreen

        def taken(options: SessionOptions | None) -> None:
            if options is not None:
                self._options, self.fields.verify = options, options.verify

        scheme = self.fields.address.partition(":")[0].lower()
        screen = SessionOptionsScreen(
            replace(self._options, verify=self.fields.verify),
            scheme if scheme in SESSION_SCHEMES else self._entry.exchange.kind,
            reveal=self._services.reveal,
        )
        self.app.push_screen(screen, taken)

    def action_leave(self) -> None:
        """Go back; what is written is kept until the app is left."""
        self._keep()
        self.dismiss(None)
