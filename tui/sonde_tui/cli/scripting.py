"""What `sonde talk` is to do in order, as steps: sends, expectations, upgrades, files of steps."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sonde_core import payload
from sonde_core.endpoint import parse
from sonde_core.errors import SondeError
from sonde_core.outlets import files
from sonde_core.session_request import SessionOptions
from sonde_core.steps import (
    ExpectStep,
    HalfCloseStep,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
)
from sonde_core.templates import named_in

from . import steps

if TYPE_CHECKING:
    from sonde_core.script.perform import Performance
    from sonde_core.session import Session
    from sonde_core.templates import Values

_SCRIPTED: Final = frozenset({"--expect", "--upgrade", "--steps"})


@dataclass(frozen=True, slots=True)
class Script:
    """Steps, and what their templates are filled with."""

    steps: tuple[Step, ...]
    values: Values

    def performance(self, session: Session) -> Performance:
        """Prepare to perform it in a session, to the first thing that is not as expected."""
        from sonde_core.script.perform import Performance

        return Performance(session, self.steps, values=self.values, strict=True, leaves_open=True)


def script_of(args: Namespace) -> Script | None:
    """Return what was asked for, if it is more than to send as it is; a file of steps is read.

    Raises:
        SondeError: Something is no payload, no pattern or no step.
    """
    found = list(_written(args))
    filled = any(isinstance(step, SendStep) and step.template for step in found)
    if not (filled or any(option in _SCRIPTED for option, _ in args.steps)):
        return None
    if args.half_close:
        found.append(HalfCloseStep())
    return Script(tuple(found), steps.values(args))


def _written(args: Namespace) -> Iterator[Step]:
    """Yield the steps in order; `--send` fills in what has a name by then."""
    if not (args.variables or any(option in _SCRIPTED for option, _ in args.steps)):
        return
    seconds = args.timeout or SessionOptions().connect_timeout
    binary = MessageKind.BINARY if _is_web_socket(args.endpoint) else MessageKind.NONE
    known = {name for name, _ in args.variables}
    for option, text in args.steps:
        for step in _steps(option, text):
            if isinstance(step, ExpectStep) and step.how == "regex":
                known.update(_captured(step))
            if isinstance(step, ExpectStep) and step.seconds is None:
                yield replace(step, seconds=seconds)
            elif isinstance(step, SendStep) and option == "--send-hex":
                yield replace(step, kind=binary)
            elif isinstance(step, SendStep) and option == "--send":
                yield replace(step, template=bool(named_in(step.data, known)))
            else:
                yield step


def _is_web_socket(address: str) -> bool:
    with suppress(SondeError):  # the session tells
        return parse(address).is_web_socket
    return False


def _captured(step: ExpectStep) -> tuple[str, ...]:
    from sonde_core.script.pattern import groups_of

    return groups_of(step.data)


def check(script: Script) -> None:
    """Make sure that it can be performed, before anything is sent; say what seems odd.

    Raises:
        SondeError: It cannot.
    """
    from sonde_core.script.perform import check as check_steps

    check_steps(script.steps, script.values)
    steps.say_remarks(script.steps, script.values)


def _steps(option: str, text: str) -> Iterator[Step]:
    match option:
        case "--send":
            yield SendStep(payload.unescape(text))
        case "--send-hex":
            yield SendStep(payload.parse_hex(text))
        case "--send-file":
            yield SendStep(files.read_bounded(text))
        case "--expect":
            yield ExpectStep("regex", os.fsencode(text))
        case "--upgrade":
            yield UpgradeStep()
        case _:
            yield from steps.read(text)
