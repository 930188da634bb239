"""Steps while a person writes them: each with its line, and what is wrong with its place."""

from __future__ import annotations

import shlex
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..errors import PayloadSyntaxError, RequestError, SondeError
from ..model import Exchange
from ..replay import steps_to_perform
from ..steps import ExpectStep, SendStep, Step
from ..templates import Values
from .checking import check, remarks
from .text import read_steps, write_steps
from .tokens import StepsSyntaxError, steps_in

# Bytes of steps above which they are written as text only when somebody asks for it, and above
# which they are not written at all.
SMALL: Final = 1 << 20
WRITABLE: Final = 1 << 26
_STEP: Final = 64  # what a step counts without its data


@dataclass(frozen=True, slots=True)
class Draft:
    """Steps as they are written at a moment; all of them can be performed.

    Attributes:
        lines: Where each begins, from 1.
        remark: What likely is not as the person means it; empty for nothing.
    """

    steps: tuple[Step, ...] = ()
    lines: Sequence[int] = ()
    remark: str = ""

    def index_at(self, line: int) -> int:
        """Return which step begins at a line, or is the next one; their number if none does."""
        return bisect_left(self.lines, line)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The steps of a recording.

    Attributes:
        text: They as text; empty where that would be long.
    """

    steps: tuple[Step, ...] = ()
    text: str = ""


def read_recorded(exchange: Exchange) -> Recorded:
    """Read the steps out of a recording; raises what `replay.steps_to_perform` raises."""
    steps = steps_to_perform(exchange)
    return Recorded(steps, write_steps(steps) if _weight(steps) <= SMALL else "")


def write_large(steps: Sequence[Step]) -> str:
    """Write many steps, or large ones, as text.

    Raises:
        RequestError: It would be too long for any editor.
    """
    if _weight(steps) > WRITABLE:
        hint = "`sonde replay --show-steps` writes them into a file, --steps performs that."
        raise RequestError("These steps are too much for an editor.", hint=hint)
    return write_steps(steps)


def _weight(steps: Sequence[Step]) -> int:
    known = (len(step.data) for step in steps if isinstance(step, ExpectStep | SendStep))
    return sum(known) + _STEP * len(steps)


def read_draft(text: str, values: Values) -> Draft:
    """Read steps, and make sure that they can be performed with these values.

    Raises:
        StepsSyntaxError: Something is no step, has a wrong pattern, or needs what is not known.
    """
    lines = tuple(tokens[0].line for tokens in steps_in(text))
    steps = read_steps(text)
    try:
        check(steps, values)
    except SondeError as error:
        place = lines[_first_wrong(steps, values)]
        raise StepsSyntaxError(place, 1, error.message, hint=error.advice) from error
    told = [f"Line {lines[index]}: {text}" for index, text in remarks(steps, values)]
    return Draft(steps, lines, told[0] if told else "")


def _first_wrong(steps: Sequence[Step], values: Values) -> int:
    """Return the first step that the check refuses: it refuses all that have it, and only those."""
    fine, wrong = 0, len(steps)
    while wrong - fine > 1:
        middle = (fine + wrong) // 2
        try:
            check(steps[:middle], values)
        except SondeError:
            wrong = middle
        else:
            fine = middle
    return wrong - 1


def variables_in(text: str) -> dict[str, bytes]:
    """Read `name=value name="with blanks"`, as it is written in one line.

    Raises:
        PayloadSyntaxError: It is something else.
    """
    hint = 'Write them like user=ann greeting="good morning".'
    try:
        words = shlex.split(text)
    except ValueError as error:
        told = "A quotation mark that closes is missing in the variables."
        raise PayloadSyntaxError(told, hint=hint) from error
    found: dict[str, bytes] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            raise PayloadSyntaxError("A variable needs a name, = and a value.", hint=hint)
        found[name] = value.encode("utf-8", "surrogateescape")
    return found
