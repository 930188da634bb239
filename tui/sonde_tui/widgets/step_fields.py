"""Where and how steps are performed, in three rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from sonde_core import quantity
from sonde_core.endpoint import parse
from sonde_core.errors import RequestError
from sonde_core.option_texts import NO, YES
from sonde_core.repeat import Pace
from sonde_core.safetext import SafeText, line
from sonde_core.script.draft import variables_in
from sonde_core.secrets import mask_url

from .cycle import Cycle
from .line_input import LineInput

MOST: Final = 100_000  # times
FROM_CURSOR: Final = "the cursor"
_FROM_FIRST: Final = "the first"
_NEW, _OPEN = "a new session", "the open one"
_NEVER, _DIFFERENT = "end", "difference"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the fields say.

    Attributes:
        into: In the session that is open, and not in a new one.
        from_cursor: Begin with the step under the cursor.
    """

    address: str
    pace: Pace
    times: int
    strict: bool
    verify: bool
    into: bool
    from_cursor: bool
    variables: dict[str, bytes]


class StepFields(Vertical):
    """The endpoint, pace, number of times, where it stops, whether TLS is verified, and so on."""

    DEFAULT_CSS = """
    StepFields { height: auto; }
    StepFields Horizontal { height: 1; }
    StepFields Static { width: auto; padding: 0 1; color: $text-muted; }
    StepFields #to, StepFields #variables { width: 1fr; }
    StepFields #times { width: 8; }
    StepFields Cycle { margin-right: 1; }
    """

    @dataclass
    class IntoOpen(Message):
        """The open session was chosen to perform in."""

    @dataclass
    class Typed(Message):
        """Something in the fields is different."""

    def __init__(
        self, address: str, variables: str, *, verify: bool, open_address: str, reveal: bool
    ) -> None:
        """Make the fields.

        Args:
            address: Where to.
            variables: As they are typed.
            verify: Whether the certificate of a new session is verified.
            open_address: Of the session that is open; empty for none.
            reveal: Show secrets in that.
        """
        super().__init__()
        self._address = address
        self._variables = variables
        self._verify = verify
        self._open_address = open_address
        self._reveal = reveal

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("to")
            yield LineInput(self._address, placeholder="as recorded", compact=True, id="to")
            if self._open_address:
                yield Cycle("in", [_NEW, _OPEN], id="into")
                yield Static(self._open, markup=False, classes="open")
        with Horizontal():
            yield Cycle("pace", ["fast", "recorded"], id="pace")
            yield Cycle("until", [_NEVER, _DIFFERENT], id="strict")
            yield Cycle("from", [_FROM_FIRST, FROM_CURSOR], id="from")
            yield Static("times")
            yield LineInput("1", compact=True, max_length=7, id="times")
        with Horizontal():
            yield Static("variables")
            yield LineInput(
                self._variables,
                placeholder='user=ann greeting="good morning"',
                compact=True,
                id="variables",
            )
            yield Cycle("verify TLS", [YES, NO], value=YES if self._verify else NO, id="verify")

    @property
    def _open(self) -> SafeText:
        shown = self._open_address if self._reveal else mask_url(self._open_address)
        return line(f"({line(shown, limit=30)} is open)")

    def reveal(self, reveal: bool) -> None:
        """Show secrets in the address of the open session, or mask them again."""
        self._reveal = reveal
        for named in self.query(".open").results(Static):
            named.update(self._open)

    @property
    def address(self) -> str:
        """Where to, as it is typed."""
        return self.query_one("#to", Input).value.strip()

    @address.setter
    def address(self, address: str) -> None:
        self.query_one("#to", Input).value = address

    @property
    def verify(self) -> bool:
        """Whether the certificate of a new session is verified."""
        return self._value("verify") == YES

    @verify.setter
    def verify(self, verify: bool) -> None:
        self.query_one("#verify", Cycle).value = YES if verify else NO

    @property
    def variables(self) -> str:
        """The variables as they are typed."""
        return self.query_one("#variables", Input).value.strip()

    @property
    def is_into(self) -> bool:
        """Whether it is performed in the open session."""
        return any(each.value == _OPEN for each in self.query("#into").results(Cycle))

    def begin_at_cursor(self) -> None:
        """Choose to begin with the step under the cursor."""
        self.query_one("#from", Cycle).value = FROM_CURSOR

    def read(self) -> Chosen:
        """Return what is chosen.

        Raises:
            SondeError: Something in a field is wrong.
        """
        if self.address and not self.is_into:
            parse(self.address)
        text = self.query_one("#times", Input).value.strip() or "1"
        times = quantity.count(text, "How many times", most=MOST)
        if times == 0:
            raise RequestError("No times is not at all.", hint="Write 1 or more.")
        if times > 1 and self.is_into:
            told = "Steps are performed once in a session that is open."
            raise RequestError(told, hint="Choose a new session, or write 1.")
        pace: Pace = "recorded" if self._value("pace") == "recorded" else "fast"
        return Chosen(
            self.address,
            pace,
            times,
            self._value("strict") == _DIFFERENT,
            self.verify,
            self.is_into,
            self._value("from") == FROM_CURSOR,
            variables_in(self.variables),
        )

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Cycle).value

    @on(Cycle.Changed)
    def _cycle_changed(self, event: Cycle.Changed) -> None:
        event.stop()
        if event.cycle.id == "into":
            for name in ("#to", "#verify"):
                self.query_one(name).disabled = self.is_into
            if self.is_into:
                self.post_message(self.IntoOpen())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed())
