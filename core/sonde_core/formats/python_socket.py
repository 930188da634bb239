"""A socket session as a script of its own that performs its steps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from ..endpoint import SESSION_SCHEMES
from ..errors import BodyError
from ..history.entry import Entry
from ..model import Direction, Exchange
from ..recording.marks import WAYS_OF
from ..recording.reading import runs_now
from ..safetext import line
from ..session_request import SessionRequest
from ..steps import (
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)
from . import script_parts as parts
from .literals import literal
from .masking import masked_request, shown_steps
from .plan import LARGEST
from .script_opening import Opening
from .script_steps import facts_of, opcode, pattern, rest_of, steps_of

MOST: Final = 100_000  # sends of a script: each is a line of it
_PATIENCE: Final = 5.0  # seconds beyond what the recording took
_LONGEST: Final = 3600.0
_MASKED: Final = "# Secrets are masked: put them in place of the stars."
_RESET: Final = 'socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)'


def as_socket_script(entry: Entry, *, reveal: bool = False) -> str:
    """Write a script that performs the steps, those of a person or those of the recording.

    Of a recording it reads, before each send, as much as the peer had said by then, and prints it;
    of written steps it stops where an expectation is not met.

    Raises:
        BodyError: It is no session that we opened, or more than a script can hold.
        EndpointSyntaxError: The address is none.
        RequestError: Part of what was sent is not kept.
    """
    exchange = entry.exchange
    request = exchange.request
    if not isinstance(request, SessionRequest) or not can_repeat(exchange):
        raise BodyError(
            "Only a session that you opened can be written as a script.",
            hint="Copy the transcript, or the bytes as hex.",
        )
    _check_size(exchange)
    steps, strict = steps_of(exchange)
    asked, said = request, steps
    if not reveal:
        hidden = masked_request(replace(request, steps=()))
        assert isinstance(hidden, SessionRequest)  # noqa: S101 - a masked one is of the same kind
        asked = replace(hidden, steps=request.steps)
        said = shown_steps(steps, messages=exchange.is_message)
    script = _Script(asked, exchange, said, strict=strict)
    return "\n".join(script.lines(masked=asked != request or said != steps)) + "\n"


def can_repeat(exchange: Exchange) -> bool:
    """Whether we opened the session, so that a script can."""
    return exchange.role == "client" and exchange.kind in SESSION_SCHEMES


def _check_size(exchange: Exchange) -> None:
    """Refuse what makes too long a script, before any of it is read."""
    hint = f"Up to {LARGEST:,} are; replay the entry instead."
    if exchange.sent > LARGEST:
        raise BodyError(f"{exchange.sent:,} bytes were sent, too many for a script.", hint=hint)
    pieces = 0
    for run in runs_now(exchange.timeline, with_data=False):
        pieces += sum(map(run.ways.count, WAYS_OF[Direction.SENT]))
    if pieces > MOST:
        raise BodyError(
            f"{pieces:,} pieces were sent, too many for a script.",
            hint=f"Up to {MOST:,} are; replay the entry instead.",
        )


class _Script:
    """The lines of a script.

    Attributes:
        steps: What it performs.
    """

    def __init__(
        self, request: SessionRequest, exchange: Exchange, steps: Sequence[Step], *, strict: bool
    ) -> None:
        self._endpoint = request.endpoint
        self._limit = _limit(request, exchange)
        self._messages = exchange.is_message
        self.steps, self._strict = steps, strict
        upgrades = any(isinstance(step, UpgradeStep) for step in self.steps)
        self._opening = Opening(request, facts_of(exchange), upgrades=upgrades)
        self._socket = "connection" if self._endpoint.scheme in _BARE else "plain"
        self._opened = False  # what was expected last may go on for any length
        self._passed = False  # and what there is of it was passed over since
        self._parts = list(self._opening.parts)
        self._modules = set(self._opening.modules)
        self._calls = [*self._conversation(), *self._hear_on(exchange)] or [
            "pass  # nothing was said"
        ]

    def lines(self, *, masked: bool) -> Iterator[str]:
        """Yield the lines of the script."""
        found = _with_needs(self._parts)
        modules = self._modules.union(*(part.modules for part in found))
        yield f"# {line(str(self._endpoint))}: what was said there, to say it again."
        if masked:
            yield _MASKED
        yield ""
        yield from (f"import {name}" for name in sorted(modules))
        yield ""
        yield f"TIMEOUT = {self._limit}  # seconds, to connect and for each answer"
        for part in found:
            yield from ("", "", *part.source.split("\n"))
        yield from ("", "")
        yield from self._opening.lines
        yield from (f"    {call}" for call in self._calls)

    # what is performed

    def _conversation(self) -> Iterator[str]:
        heard = 0
        for counted, group in groupby(self.steps, key=self._is_counted):
            if counted:
                size = sum(self._size(step) for step in group if isinstance(step, ExpectStep))
                heard += size
                self._opened = False
                yield from self._receive(size)
                continue
            for step in group:
                if self._strict and not self._messages and step.after:
                    self._parts.append(parts.EXPECT_TOTAL)
                    yield f"receive_until({step.after})"
                else:
                    yield from self._receive(step.after - heard)
                heard = max(heard, step.after) + self._messages_of(step)
                yield from self._perform(step)

    def _is_counted(self, step: Step) -> bool:
        """Whether the step is done by reading so much, so that several are done at once."""
        if not isinstance(step, ExpectStep) or step.seconds is not None:
            return False
        return step.how == "count" or (step.how == "equal" and not self._strict)

    def _size(self, step: ExpectStep) -> int:
        if step.how == "count":
            return step.count
        return 1 if self._messages else len(step.data)

    def _messages_of(self, step: Step) -> int:
        """Return how many messages a step takes."""
        if not self._messages or not isinstance(step, ExpectStep) or step.how == "end":
            return 0
        return self._size(step)

    def _receive(self, size: int) -> Iterator[str]:
        if size <= 0:
            return
        if self._messages:
            self._parts.append(parts.RECEIVE_MESSAGES)
        else:
            self._parts.append(parts.EXPECT_COUNT if self._strict else parts.RECEIVE)
        yield f"receive({size})"

    def _perform(self, step: Step) -> Iterator[str]:
        acts = isinstance(step, SendStep | HalfCloseStep | UpgradeStep)
        if self._opened and acts and not self._passed:
            self._passed = True
            messages = self._messages
            self._parts.append(parts.PASS_OVER_MESSAGES if messages else parts.PASS_OVER)
            yield "pass_over()"
        match step:
            case SendStep():
                yield self._send(step)
            case HalfCloseStep():
                yield from self._half_close(step)
            case ExpectStep():
                yield from self._expect(step)
            case UpgradeStep():
                yield f"plain, connection = {self._socket}, {self._tls()}"
                self._socket = "plain"
            case WaitStep():
                self._modules.add("time")
                yield f"time.sleep({step.seconds:g})"  # a line of the script
            case CloseStep(reset=True) if not self._datagrams:
                self._modules.add("struct")
                yield f"{self._socket}.setsockopt({_RESET})"
                yield f"{self._socket}.close()  # with a reset"
            case CloseStep() if step is not self.steps[-1]:
                yield f"{self._socket}.close()"

    @property
    def _datagrams(self) -> bool:
        return self._endpoint.scheme in ("udp", "unix-dgram")

    def _tls(self) -> str:
        return f"Tls({self._socket}, context, {self._opening.name})  # STARTTLS"

    def _send(self, step: SendStep) -> str:
        data = literal(step.data, indent=4)
        if self._endpoint.is_web_socket:
            return f"connection.send({opcode(step)}, {data})"
        return f"connection.{'send' if self._datagrams else 'sendall'}({data})"

    def _half_close(self, step: HalfCloseStep) -> Iterator[str]:
        if self._endpoint.is_web_socket:
            data = step.code.to_bytes(2, "big") + step.reason.encode("utf-8", "surrogateescape")
            yield f"connection.send(8, {literal(data)})  # the close frame; we go on receiving"
            return
        self._modules.add("contextlib")
        yield "with contextlib.suppress(OSError):  # the peer may have left by now"
        yield "    connection.shutdown(socket.SHUT_WR)  # our end; we go on receiving"

    # what is waited for

    def _expect(self, step: ExpectStep) -> Iterator[str]:
        if step.seconds is not None:
            yield f"connection.settimeout({step.seconds:g})"
        yield from self._expected(step)
        if step.seconds is not None:
            yield "connection.settimeout(TIMEOUT)"

    def _expected(self, step: ExpectStep) -> Iterator[str]:
        if step.kind in (MessageKind.PING, MessageKind.PONG):
            yield f"# a {step.kind} is taken whenever it comes"
            return
        opened = self._opened
        if step.how != "end":
            self._opened = step.how in ("any", "prefix", "regex")
            self._passed = False
        match step.how:
            case "any" if self._messages:
                yield from self._receive(1)
            case "count":
                yield from self._receive(step.count)
            case "end":
                yield from self._receive_all()
            case "equal" | "prefix" if not self._messages and not opened:
                self._parts.append(parts.EXPECT)
                yield f"expect({literal(step.data, indent=4)})"
            case _ if self._messages:
                self._parts.append(parts.EXPECT_MESSAGE)
                passing = ", passing=True" if opened else ""
                yield f"expect_match({literal(pattern(step), indent=4)}{passing})"
            case _:
                self._parts.append(parts.EXPECT_MATCH)
                yield f"expect_match({literal(pattern(step, anywhere=opened), indent=4)})"

    def _receive_all(self) -> Iterator[str]:
        if self._datagrams:
            return  # they have no end
        if self._messages:
            self._parts.append(parts.RECEIVE_ALL_MESSAGES)
        else:
            self._parts.append(parts.EXPECT_ALL if self._strict else parts.RECEIVE_ALL)
        yield "receive_all()"

    def _hear_on(self, exchange: Exchange) -> Iterator[str]:
        """Yield what hears the answer to a last word, if there was one in the recording."""
        last = self.steps[-1] if self._strict and self.steps else None
        rest = rest_of(exchange) if isinstance(last, SendStep | HalfCloseStep) else None
        if rest is None:
            return
        if rest.half_closed and not isinstance(last, HalfCloseStep):
            yield from self._half_close(HalfCloseStep())
        self._parts.append(parts.HEAR_ON_MESSAGES if self._messages else parts.HEAR_ON)
        endless = rest.seconds >= int(self._limit)
        yield f"hear_on({'TIMEOUT' if endless else max(math.ceil(rest.seconds), 1)})"


# The schemes whose socket itself is the connection.
_BARE: Final = ("tcp", "udp", "unix", "unix-dgram")


def _limit(request: SessionRequest, exchange: Exchange) -> str:
    seconds = max(request.options.connect_timeout, exchange.timing.total + _PATIENCE)
    return str(math.ceil(min(seconds, _LONGEST)))


def _with_needs(wanted: Iterable[parts.Part]) -> list[parts.Part]:
    """Return the parts and those that they call, each once, in an order that runs."""
    found: dict[parts.Part, None] = {}

    def add(part: parts.Part) -> None:
        for need in part.needs:
            add(need)
        found.setdefault(part)

    for part in wanted:
        add(part)
    return list(found)
