"""The steps of a session as a script performs them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from ..errors import BodyError, SondeError
from ..model import Direction, EventKind, Exchange
from ..recording.marks import WAYS_OF
from ..recording.timeline import events_of, runs
from ..script.derive import is_written, steps_of_recording, steps_to_replay
from ..session_request import SessionRequest
from ..steps import ExpectStep, MessageKind, SendStep, Step
from ..templates import Values, fill

# Classes by name and inexact matches: to `re` they are other characters, and no error.
_OURS: Final = re.compile(rb"\[:\^?[a-z]+:\]|(?<!\\)\{[0-9<=+ ]*[dise](?![A-Za-z\"'])[^{}]*\}")

_SENT: Final = WAYS_OF[Direction.SENT]
_RECEIVED: Final = WAYS_OF[Direction.RECEIVED]
_OPCODES: Final = {MessageKind.BINARY: 2, MessageKind.PING: 9, MessageKind.PONG: 10}


def steps_of(exchange: Exchange) -> tuple[tuple[Step, ...], bool]:
    """Return the steps, and whether a person wrote them: then expectations have to be met.

    Of a recording, what was really sent stands in place of templates, and what was received is
    only counted. Raises BodyError, and RequestError where part of what was sent is not kept.
    """
    steps, request = steps_to_replay(exchange, sizes=True), exchange.request
    written = isinstance(request, SessionRequest) and steps is request.steps
    if not any(isinstance(step, SendStep) and step.template for step in steps):
        return steps, written and is_written(steps)
    if exchange.sent:
        return steps_of_recording(exchange, sizes=True), False
    return tuple(_filled(steps)), True


class Rest(NamedTuple):
    """What a recording has after our last bytes.

    Attributes:
        seconds: How long it went on; endless where the peer ended.
        half_closed: Whether we sent our end.
    """

    seconds: float
    half_closed: bool


def rest_of(exchange: Exchange) -> Rest | None:
    """Return how it went on after our last bytes; None if nothing came. Raises BodyError."""
    heard, last = False, 0.0
    for run in runs(exchange.timeline, with_data=False):
        place = max(run.ways.rfind(way) for way in _SENT)
        if place >= 0:
            heard, last = False, run.ats[place]
        heard = heard or not _RECEIVED.isdisjoint(run.ways[place + 1 :])
    if not heard:
        return None
    kinds = {event.kind for event in events_of(exchange.timeline)}
    seconds = max(exchange.timing.total - last, 0.0)
    return Rest(
        math.inf if EventKind.PEER_END in kinds else seconds, EventKind.HALF_CLOSED in kinds
    )


def facts_of(exchange: Exchange) -> Mapping[str, str]:
    """Return what is known of the connection; nothing when there was none."""
    found = (each for each in events_of(exchange.timeline) if each.kind is EventKind.CONNECTED)
    return next((each.facts for each in found), {})


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


def pattern(step: ExpectStep, *, anywhere: bool = False) -> bytes:
    """Return a regular expression of Python that finds, whole, what the step expects.

    Args:
        step: What is expected.
        anywhere: Bytes that are named may stand behind others.

    Raises:
        BodyError: It is written in a way that only our own expressions understand.
    """
    match step.how:
        case "any":
            return b"(?s).+"
        case "equal" | "prefix" if anywhere:
            return re.escape(step.data)
        case "equal":
            return b"\\A" + re.escape(step.data) + b"\\Z"
        case "prefix":
            return b"\\A" + re.escape(step.data)
    _check(step.data)
    return step.data


def _check(wanted: bytes) -> None:
    try:
        fits = not _OURS.search(wanted) and bool(re.compile(wanted, re.MULTILINE))
    except (re.error, RecursionError, OverflowError):
        fits = False
    if not fits:
        raise BodyError(
            f"Python's re does not understand the pattern {wanted.decode('latin-1')!r}.",
            hint="Write it without what only Sonde's patterns have, or replay the entry.",
        )


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
