"""What stands in an entry for a secret that was left out of it.

A stand-in has a number, and a word where the secret has to be written in another way at its place:
`***secret-1***`, `***secret-1-url***`. Its length tells nothing of that of the secret.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from .errors import RequestError, SondeError

if TYPE_CHECKING:
    from .history.entry import Entry
    from .http_request import HttpRequest
    from .model import Exchange

# What every stand-in begins with.
BEGINNING: Final = "***secret-"
STAND_IN: Final = re.compile(rb"\*\*\*secret-([0-9]{1,6})(?:-([a-z]{1,8}))?\*\*\*")
_STANDS: Final = "stands for a secret that was left out of the history."
_HINT: Final = "Write the secret in its place."


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A secret that is not in an entry; neither its value nor a digest of it is kept.

    Attributes:
        number: Of its stand-ins.
        name: What it was called where it stood: a header, a parameter, a variable.
        places: Where it stood, such as `request headers`, `sent`, `answer body`.
    """

    number: int
    name: str
    places: tuple[str, ...] = ()


class Hidden(NamedTuple):
    """Where a secret stands in all that our side said, in bytes."""

    start: int
    size: int


def stand_in(number: int, form: str = "") -> str:
    """Return what stands for a secret, written in a form; see `scrubbing.forms`."""
    return f"{BEGINNING}{number}{form and f'-{form}'}***"


def refuse_stand_ins(request: HttpRequest) -> None:
    """Refuse to send a stand-in: a secret has to be written there first.

    Raises:
        RequestError: There is one in what a person can write.
    """
    for text in _texts(request):
        if BEGINNING in text and (name := found_in(text.encode("utf-8", "replace"))):
            raise RequestError(f"{name} {_STANDS}", hint=_HINT, phase="request")


def refuse_in(data: bytes, error: type[SondeError] = RequestError) -> None:
    """Refuse to send a stand-in in bytes; raises such an error."""
    if name := found_in(data):
        raise error(f"{name} {_STANDS}", hint=_HINT)


def found_in(data: bytes) -> str:
    """Return the first stand-in in bytes; empty for none."""
    found = STAND_IN.search(data) if BEGINNING.encode("ascii") in data else None
    return found[0].decode("ascii") if found else ""


async def comparable(before: Entry, after: Entry) -> tuple[Exchange, Exchange]:
    """Return what is to be compared of two entries: alike, where secrets were left out of one.

    Raises:
        BodyError: Their bytes cannot be read.
    """
    if not (before.left_out or after.left_out):
        return before.exchange, after.exchange
    from .scrubbing.likening import alike  # most entries have their secrets

    return await asyncio.to_thread(alike, before.exchange, after.exchange)


def _texts(request: HttpRequest) -> Iterator[str]:
    yield from (request.url, request.auth.user, request.auth.secret, request.body.text)
    for row in (*request.params, *request.headers, *request.body.fields):
        if row.on:
            yield row.value
