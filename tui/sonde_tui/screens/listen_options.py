"""What a listener does by itself: a row for each thing that means something for its manner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from sonde_core.errors import SondeError
from sonde_core.http_request import Field
from sonde_core.listen_fields import (
    BY_HAND,
    FIELDS,
    FORWARD,
    HTTP,
    MANNERS,
    RECORDING,
    RULES,
    ListenField,
)
from sonde_core.listen_plan import ListenPlan, fault_of, scheme_of
from sonde_core.option_texts import differing
from sonde_core.safetext import line
from sonde_core.secrets import mask_header
from sonde_core.session_request import SessionOptions

from ..key_order import held
from ..playing import choices, script_of, words_of
from ..services import Services
from ..widgets.block_area import BlockArea
from ..widgets.cycle import Cycle
from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from ..widgets.request.field_rows import FieldRows
from ..widgets.request.request_pane import LabelledRow, text_field
from ..widgets.rule_area import RuleArea
from .choose import ChooseScreen
from .dialog import Dialog
from .veiling import REVEAL, Veiling

if TYPE_CHECKING:
    from textual.widgets import TextArea

_LONGEST: Final = 200  # characters of what is wrong
_PAUSE: Final = 0.15  # seconds without a key until what is written is looked at
_HELP: Final = r"PATTERN=REPLY: ^prefix=  ^all$=  /regex/i=  0x00=  *=  @connect=  @end=" + (
    "  then {{1}} !delay:1; !echo !close !reset"
)


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the dialog when it is left.

    Attributes:
        taken: Whether it is to count from now on.
    """

    plan: ListenPlan
    taken: bool


class _Rows(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The options, scrolled by going from one to the next."""


class ListenOptionsScreen(Dialog[Written], Veiling):
    """Returns what is written, taken or not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "take", "Take these", id="options.take"),
        Binding("f9", "usual", "All as usual", id="options.usual"),
        REVEAL,
        Binding("down", "app.focus_next", "Next option", show=False),
        Binding("up", "app.focus_previous", "Option before", show=False),
    ]

    DEFAULT_CSS = """
    ListenOptionsScreen > .box { max-width: 100; }
    ListenOptionsScreen VerticalScroll { height: auto; max-height: 100%; }
    ListenOptionsScreen #options-note { color: $text-error; height: auto; max-height: 6; }
    ListenOptionsScreen #options-note.-missing { color: $text-muted; }
    ListenOptionsScreen FieldRows { max-height: 6; }
    ListenOptionsScreen LabelledRow > Static { width: 26; }
    ListenOptionsScreen .of-manner { height: auto; }
    ListenOptionsScreen .hint { height: auto; color: $text-muted; padding: 0 1; }
    ListenOptionsScreen .-wrong { color: $text-error; text-style: bold; }
    """

    def __init__(self, services: Services, plan: ListenPlan, scheme: str) -> None:
        super().__init__()
        self._services = services
        self._plan = plan
        self._scheme = scheme
        self._rows = [each for each in FIELDS if scheme in each.schemes]
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            title = f"What the {self._scheme} listener does by itself"
            yield Static(title, classes="title", markup=False)
            yield Static("", id="options-note", markup=False)
            with _Rows():
                manner = Cycle("", MANNERS, value=self._plan.manner, enters=True, id="manner")
                yield LabelledRow("answer clients", manner)
                yield from self._compose_manners()
                yield from self._compose_rows("")
        yield KeyBar()

    def _compose_manners(self) -> ComposeResult:
        with Vertical(classes="of-manner", id="of-rules"):
            yield Static(_HELP, classes="hint", markup=False)
            yield RuleArea(self._plan.text("rules"), id="rules")
            yield from self._compose_rows(RULES)
        with Vertical(classes="of-manner", id="of-http"):
            yield from self._compose_rows(HTTP)
            yield Static("headers of the answer", classes="hint")
            fields = [Field(name, value) for name, value in self._plan.headers]
            reveal = self._services.reveal
            yield FieldRows(fields, mask=mask_header, reveal=reveal, id="headers")
        with Vertical(classes="of-manner", id="of-recording"):
            chosen = Cycle("", [self._script_words], enters=True, id="script")
            yield LabelledRow("recording", chosen)
            yield from self._compose_rows(RECORDING)
        with Vertical(classes="of-manner", id="of-forward"):
            yield from self._compose_rows(FORWARD)
            yield LabelledRow("the far side", Cycle("", [""], enters=True, id="far"))

    def _compose_rows(self, manner: str) -> ComposeResult:
        for each in self._rows:
            if each.manner == manner and each.name != "rules":
                yield LabelledRow(each.label, self._field(each))

    def _field(self, field: ListenField) -> LineInput | Cycle:
        text = self._plan.text(field.name)
        if field.choices:
            return Cycle("", field.choices, value=text, id=field.name)
        return text_field(field.name, text, placeholder=field.hint)

    def on_mount(self) -> None:
        self._arrange()
        self._show_far()
        (self._first or self.query_one("#manner")).focus()

    def reveal_changed(self, *, reveal: bool) -> None:
        for rows in self.query("#headers").results(FieldRows):
            rows.reveal(reveal)

    # reading

    @property
    def plan(self) -> ListenPlan:
        """What is written, right or not."""
        texts = {**self._plan.texts, **{each.name: self._text(each.name) for each in self._rows}}
        rows = self.query_one("#headers", FieldRows)
        headers = tuple((row.name, row.value) for row in rows.fields if row.on)
        manner = self.query_one("#manner", Cycle).value
        return replace(self._plan, manner=manner, texts=texts, headers=headers)

    def _text(self, name: str) -> str:
        field = self.query_one(f"#{name}")
        if isinstance(field, RuleArea):
            return field.text
        return field.value if isinstance(field, Cycle | Input) else ""

    def _arrange(self) -> None:
        manner = self.query_one("#manner", Cycle).value
        for part in self.query(".of-manner"):
            part.display = part.id == f"of-{manner.lower()}"

    @on(Cycle.Changed, "#manner")
    def _manner_changed(self, event: Cycle.Changed) -> None:
        event.stop()
        self._arrange()
        self._look()

    @property
    def _first(self) -> Widget | None:
        """The first field of the manner that is chosen, if it has any."""
        shown = (part for part in self.query(".of-manner") if part.display)
        fields = (each for part in shown for each in part.query() if each.focusable)
        return next(fields, None)

    @on(Cycle.Entered, "#manner")
    def _manner_entered(self, event: Cycle.Entered) -> None:
        """Go on to what belongs to it, else to the option below."""
        event.stop()
        if (first := self._first) is not None:
            first.focus()
        else:
            self.focus_next()

    @on(Input.Changed)
    @on(Cycle.Changed)
    @on(FieldRows.Changed)
    def _changed(self) -> None:
        self._look_soon()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._look_soon()

    def _look_soon(self) -> None:
        self._look_no_more()
        self._pause = self.set_timer(_PAUSE, self._look)

    def _look_no_more(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        self._pause = None

    def _look(self, *, taking: bool = False) -> Widget | None:
        """Tell what is wrong, at its field; return that.

        Nothing is wrong about what is only not there yet, until it is to be taken.
        """
        self._look_no_more()
        fault = fault_of(self.plan, self._scheme, self._services.environments.current)
        for widget in self.query(".-wrong"):
            widget.remove_class("-wrong")
        if fault is None:
            self._tell("")
            return None
        field = self.query_one(f"#{fault[0]}")
        label = next((each.label for each in self._rows if each.name == fault[0]), fault[0])
        if not taking and self._is_missing(field):
            self._tell(f"{label}: {fault[1].advice} enter goes there.", missing=True)
            return field
        field.add_class("-wrong")
        told = fault[1].message
        told = f"{told[:_LONGEST]}…" if len(told) > _LONGEST else told  # the advice has room too
        self._tell(f"{label}: {told} {fault[1].advice}")
        return field

    def _is_missing(self, field: Widget) -> bool:
        """Whether nothing is written yet in a field that has a fault."""
        match field:
            case RuleArea():
                return not field.text.strip()
            case Input():
                return not field.value.strip()
        return isinstance(field, Cycle)  # of words that are all right, so none was chosen

    def _tell(self, fault: str, *, missing: bool = False) -> None:
        note = self.query_one("#options-note", Static)
        note.set_class(missing, "-missing")
        note.update(line(fault))
        note.display = bool(fault)

    def _tell_first(self, fault: str) -> None:
        """Tell what is no fault of a field; a look that is still to come would wipe it away."""
        self._look()
        self._tell(fault)

    # rules

    def on_block_area_left_at(self, event: BlockArea.LeftAt) -> None:
        event.stop()
        if event.by < 0:
            self.focus_previous()
        else:
            self.focus_next()

    # a recording

    @property
    def _script_words(self) -> str:
        return f"{self._plan.script_of} · enter changes" if self._plan.script else "enter chooses"

    @on(Cycle.Entered, "#script")
    def _script_asked(self, event: Cycle.Entered) -> None:
        event.stop()
        self._choose()

    @work(group="script", exclusive=True)
    async def _choose(self) -> None:
        with held(self):
            offered = await choices(self._services)
        if not offered:
            self._tell_first("There is no session in the history in which a server says anything.")
            return
        title = "Play the server's side of"
        chosen = await self.app.push_screen_wait(ChooseScreen(title, offered))
        if chosen is None:
            return
        try:
            with held(self):
                entry = await self._services.history.get(chosen)
                script = await script_of(entry)
        except SondeError as error:
            self._tell_first(f"{error.message} {error.advice}")
            return
        words = words_of(entry, script, reveal=self._services.reveal)
        self._plan = self._plan.playing(script, words)
        self.query_one("#script", Cycle).offer([self._script_words], self._script_words)
        self._look()

    # the far side

    @on(Cycle.Entered, "#far")
    def _far_asked(self, event: Cycle.Entered) -> None:
        event.stop()
        from .session_options import SessionOptionsScreen

        def taken(options: SessionOptions | None) -> None:
            if options is not None:
                self._plan = replace(self._plan, far=options)
                self._show_far()

        scheme = scheme_of(self._text("forward"))
        reveal = self._services.reveal
        self.app.push_screen(SessionOptionsScreen(self._plan.far, scheme, reveal=reveal), taken)

    def _show_far(self) -> None:
        differs = differing(self._plan.far, scheme_of(self._text("forward")))
        words = line(f"{differs or 'as usual'} · enter changes")
        self.query_one("#far", Cycle).offer([words], words)

    # keys

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Take what is written, or go where it is wrong."""
        wrong = self._look(taking=True)
        if wrong is None:
            self.dismiss(Written(self.plan, taken=True))
        elif isinstance(wrong, FieldRows):
            wrong.enter()
        else:
            wrong.focus()

    def action_leave(self) -> None:
        self.dismiss(Written(self.plan, taken=False))

    def action_usual(self) -> None:
        """Write what is usual into each row; rules stay, for they are long to write.

        They only count again when they are chosen again.
        """
        self.query_one("#manner", Cycle).value = BY_HAND
        for each in self._rows:
            field = self.query_one(f"#{each.name}")
            if isinstance(field, Cycle | Input):
                field.value = each.usual
        self.query_one("#headers", FieldRows).fill(())
        self._plan = replace(self._plan, far=SessionOptions())
        self._show_far()
        self._look()
