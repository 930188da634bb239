"""The steps of a session as a script performs them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ..errors import BodyError, SondeError
from ..model import Exchange
from ..script.derive import is_written, steps_of_recording, steps_to_replay
from ..session_request import SessionRequest
from ..steps import ExpectStep, MessageKind, SendStep, Step
from ..templates import Values, fill

_OPCODES: Final = {MessageKind.BINARY: 2, MessageKind.PING: 9, MessageKind.PONG: 10}


def steps_of(exchange: Exchange) -> tuple[tuple[Step, ...], bool]:
    """Return the steps, and whether a person wrote them: then expectations have to be met.

    Of a recording, what was really sent stands in place of templates. Raises BodyError, and
    RequestError where part of what was sent is not kept.
    """
    steps, request = steps_to_replay(exchange), exchange.request
    written = isinstance(request, SessionRequest) and steps is request.steps
    if not any(isinstance(step, SendStep) and step.template for step in steps):
        return steps, written and is_written(steps)
    if exchange.sent:
        return steps_of_recording(exchange), False
    return tuple(_filled(steps)), True


def _filled(steps: Iterable[Step]) -> Iterator[Step]:
    values = Values({})
    for step in steps:
        if not isinstance(step, SendStep) or not step.template:
            yield step
            continue
        try:
            yield SendStep(fill(step.data, values), kind=step.kind)
        except SondeError as error:
            raise BodyError(
                f"A script cannot fill in this template: {error.message}",
                hint="Replay the entry with the variables first, and copy what came of it.",
            ) from error


def pattern(step: ExpectStep) -> bytes:
    """Return a regular expression that finds, whole, what the step expects."""
    match step.how:
        case "any":
            return b"(?s).+"
        case "equal":
            return b"\\A" + re.escape(step.data) + b"\\Z"
        case "prefix":
            return b"\\A" + re.escape(step.data)
    return step.data


def opcode(step: SendStep) -> int:
    """Return what a WebSocket message is sent as: bytes without a kind as text if they are some."""
    if step.kind in _OPCODES:
        return _OPCODES[step.kind]
    if step.kind is MessageKind.TEXT:
        return 1
    try:
        step.data.decode()
    except UnicodeDecodeError:
        return 2
    return 1
