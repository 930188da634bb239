"""Putting secrets back into an entry that was recorded without them, before it is performed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ..errors import RequestError
from ..formats.messages import asking
from ..history.entry import Entry
from ..left_out import BEGINNING, STAND_IN, LeftOut
from ..model import Chunk, Exchange, Moment
from ..session_request import SessionRequest
from ..steps import ExpectStep, SendStep, Step
from . import forms
from .walk import Each, walked

_BEGINNING: Final = BEGINNING.encode("ascii")
# A number stands without the quotes that its stand-in has.
_QUOTED: Final = re.compile(rb'"(\*\*\*secret-[0-9]{1,6}-' + forms.NUMBER.encode() + rb'\*\*\*)"')


class MissingSecretsError(RequestError):
    """An entry was recorded without secrets that are needed now.

    Attributes:
        missing: Which.
    """

    kind = "secrets"

    def __init__(self, missing: Sequence[LeftOut]) -> None:
        names = ", ".join(f"{each.name} ({each.number})" for each in missing)
        super().__init__(
            f"This was recorded without its secrets, which are needed to send it: {names}.",
            hint="The app asks for them; on the command line give --secret NAME=VALUE, or NUMBER=.",
        )
        self.missing = tuple(missing)


def missing(entry: Entry) -> tuple[LeftOut, ...]:
    """Return the secrets without which an entry cannot be performed; raises BodyError."""
    if not entry.left_out:
        return ()
    seen: set[int] = set()
    _on_what_is_sent(entry.exchange, lambda data: _look(data, seen))
    return tuple(each for each in entry.left_out if each.number in seen)


def missing_in(steps: Sequence[Step], left_out: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
    """Return the secrets without which steps cannot be performed."""
    seen: set[int] = set()
    for step in steps:
        if isinstance(step, SendStep):
            _look(step.data, seen)
    return tuple(each for each in left_out if each.number in seen)


def filled(entry: Entry, secrets: Mapping[int, bytes]) -> Entry:
    """Return an entry with secrets, by number, in place of their stand-ins.

    Raises:
        BodyError: Its bytes cannot be read.
    """
    change = Each(lambda data: _filled(data, secrets))
    exchange = entry.exchange
    done = replace(
        exchange,
        request=walked(exchange.request, change, ""),
        response=walked(exchange.response, change, ""),
        timeline=tuple(_filled_moment(each, secrets) for each in exchange.timeline),
    )
    left = tuple(each for each in entry.left_out if each.number not in secrets)
    return replace(entry, exchange=done, left_out=left)


def by_number(wanted: Sequence[LeftOut], given: Mapping[str, bytes]) -> dict[int, bytes]:
    """Return values by number from values by name, in any case, or by number as text.

    Raises:
        RequestError: A name is that of several.
    """
    found: dict[int, bytes] = {}
    for key, value in sorted(given.items(), key=lambda item: item[0].isdigit()):
        named = [each for each in wanted if key.casefold() == each.name.casefold()]
        if len(named) > 1 and not all(str(each.number) in given for each in named):
            numbers = ", ".join(str(each.number) for each in named)
            raise RequestError(
                f"{len(named)} of the secrets are called {key}.",
                hint=f"Give each by its number: {numbers}.",
            )
        named += [each for each in wanted if key == str(each.number)]
        found |= {each.number: value for each in named}
    return found


def ready(
    entry: Entry, steps: Sequence[Step] | None, given: Mapping[str, bytes]
) -> tuple[Entry, tuple[Step, ...] | None]:
    """Return an entry, and steps in place of its own if any, with secrets given by name or number.

    Raises:
        MissingSecretsError: One is needed and not given.
        RequestError: A name is that of several.
        BodyError: The entry's bytes cannot be read.
    """
    secrets = by_number(entry.left_out, given)
    done = filled(entry, secrets)
    if steps is None:
        left, put = missing(done), None
    else:
        put = walked(tuple(steps), Each(lambda data: _filled(data, secrets)), "")
        left = missing_in(put, done.left_out)
    if left:
        raise MissingSecretsError(left)
    return done, put


def loosened(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Let what the peer is expected to say have anything where a secret of its own was left out."""
    return tuple(_loose(step) if isinstance(step, ExpectStep) else step for step in steps)


def _loose(step: ExpectStep) -> ExpectStep:
    if step.how != "equal" or not STAND_IN.search(step.data):
        return step
    parts, done = [rb"\A"], 0
    for found in STAND_IN.finditer(step.data):
        parts += re.escape(step.data[done : found.start()]), rb"[\s\S]*?"
        done = found.end()
    return replace(step, how="regex", data=b"".join((*parts, re.escape(step.data[done:]))))


def _on_what_is_sent(exchange: Exchange, look: Callable[[bytes], bytes]) -> None:
    request = exchange.request
    if isinstance(request, SessionRequest):
        for step in request.steps:
            if isinstance(step, SendStep):
                look(step.data)
        for moment in exchange.timeline:
            if isinstance(moment, Chunk) and moment.direction is asking(exchange):
                look(moment.data)
        request = replace(request, steps=(), listener=None)
    walked(request, Each(look), "")


def _look(data: bytes, seen: set[int]) -> bytes:
    if _BEGINNING in data:
        seen.update(int(found[1]) for found in STAND_IN.finditer(data))
    return data


def _filled(data: bytes, secrets: Mapping[int, bytes]) -> bytes:
    if _BEGINNING not in data:
        return data

    def put(found: re.Match[bytes]) -> bytes:
        value = secrets.get(int(found[1]))
        return found[0] if value is None else forms.write(value, (found[2] or b"").decode("ascii"))

    def bare(found: re.Match[bytes]) -> bytes:
        value = STAND_IN.sub(put, found[1])
        return found[0] if value == found[1] else value

    return STAND_IN.sub(put, _QUOTED.sub(bare, data))


def _filled_moment(moment: Moment, secrets: Mapping[int, bytes]) -> Moment:
    if not isinstance(moment, Chunk):
        return moment
    data = _filled(moment.data, secrets)
    return moment if data == moment.data else replace(moment, data=data)
