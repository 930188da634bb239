"""What a replay asks for: the request of an entry, with what a person wants otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Final

from ..errors import RequestError
from ..http_request import HttpOptions, HttpRequest, RequestBody
from ..known_secrets import know
from ..left_out import BEGINNING
from ..model import Exchange
from ..repeat import steps_of
from ..script.derive import steps_to_replay
from ..session_request import SessionOptions, SessionRequest
from ..steps import ExpectStep, Step
from ..templates import Values
from ..words import size
from .elsewhere import move_request, move_session, read_base

if TYPE_CHECKING:
    from ..exchange import Ask
    from ..history.entry import Entry

_NO_STEPS: Final = "An HTTP request has no steps."
# Those that HTTP requests have, too.
SHARED_OPTIONS: Final = frozenset(
    {each.name for each in fields(HttpOptions)} & {each.name for each in fields(SessionOptions)}
)
_STAND_IN: Final = BEGINNING.encode("ascii")
_RAW: Final = "Open it as a raw session, which has them."
# For a person who was asked and told nothing.
_UNTOLD: Final = "Nothing was sent; the next replay asks for them again."


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be otherwise than it was in the entry.

    Attributes:
        steps: To perform in place of those of the recording.
        address: Another endpoint, or a base URL whose path stands before the request's own; empty
            for the same.
        credentials: Take credentials and cookies to another origin, too.
        options: Of the session; None for the same.
        given: Fields of these that a person gave, by name: put over those of each entry. HTTP
            requests have but `SHARED_OPTIONS` of them.
        values: What templates are filled with.
        strict: End at the first step that differs.
        seconds: For all steps of a session; None for as long as patience lasts.
        secrets: What the entry was recorded without, by name or by number as text.
    """

    steps: tuple[Step, ...] | None = None
    address: str = ""
    credentials: bool = False
    options: SessionOptions | None = None
    given: Mapping[str, object] = field(default_factory=dict)
    values: Values = field(default_factory=Values)
    strict: bool = False
    seconds: float | None = None
    secrets: Mapping[str, bytes] = field(default_factory=dict)


def request_again(request: HttpRequest, changes: Changes) -> tuple[HttpRequest, tuple[str, ...]]:
    """Return the request to send, and the names of what is withheld from another server.

    Raises:
        RequestError: It cannot be sent again, or not there.
        EndpointSyntaxError: The other endpoint is none.
    """
    if changes.steps is not None:
        raise RequestError(_NO_STEPS, hint=_RAW)
    request = _with_options(request, changes.given)
    if not changes.address:
        return _same_bytes(request), ()
    base = read_base(changes.address)
    moved, withheld = move_request(request, base, credentials=changes.credentials)
    return _same_bytes(moved), withheld


def session_again(
    exchange: Exchange,
    request: SessionRequest,
    changes: Changes,
    steps: tuple[Step, ...],
    *,
    written: bool,
) -> tuple[SessionRequest, tuple[str, ...]]:
    """Return the session to open, and the names of what is withheld from another endpoint.

    Of a recording our side is kept as asked for: what it expects is known.
    """
    kept = steps if written else steps_of(exchange)
    options = request.options if changes.options is None else changes.options
    options = replace(options, **changes.given)  # type: ignore[arg-type]  # names of its fields
    if not changes.address:
        return SessionRequest(request.address, options, kept), ()
    address, options, withheld = move_session(
        request.address, options, read_base(changes.address), credentials=changes.credentials
    )
    return SessionRequest(address, options, kept), withheld


def _with_options(request: HttpRequest, given: Mapping[str, object]) -> HttpRequest:
    """Return a request with other options; raises RequestError for those of sessions alone."""
    if given.keys() - SHARED_OPTIONS:
        raise RequestError(
            "The options of a session do not fit an HTTP request.",
            hint="Leave them out; an HTTP entry has its own, which `sonde send` sets.",
        )
    if not given:
        return request
    options = replace(request.options, **given)  # type: ignore[arg-type]  # names of its fields
    return replace(request, options=options)


def _same_bytes(request: HttpRequest) -> HttpRequest:
    """Send the body that was recorded: a file may have changed, and a boundary is made each time.

    Raises:
        RequestError: It is not kept.
    """
    body = request.body
    if body.kind not in ("file", "multipart", "bytes") or not body.data.size:
        return request
    if body.data.stored < body.data.size:
        raise RequestError(
            f"The {size(body.data.size)} of the body that was sent are not kept any more.",
            hint="Load the entry into its tab and choose the file again.",
        )
    kind = body.media_type or body.data.media_type
    return replace(request, body=RequestBody("bytes", data=body.data, media_type=kind))


def steps_to_perform(before: Exchange) -> tuple[Step, ...]:
    """Return the steps that a replay of a session performs, to be shown or edited.

    Raises:
        RequestError: It cannot be performed again.
        BodyError: What was sent cannot be read any more.
    """
    refuse(before)
    steps = steps_to_replay(before)
    if not any(isinstance(step, ExpectStep) and _STAND_IN in step.data for step in steps):
        return steps
    from ..scrubbing.filling import loosened

    return loosened(steps)


def refuse(before: Exchange) -> None:
    """Refuse what is no session that we opened; raises RequestError."""
    if isinstance(before.request, HttpRequest):
        raise RequestError(_NO_STEPS, hint=_RAW)
    if before.kind == "listen":
        raise RequestError(
            "A listener cannot be replayed.",
            hint="Bind it again: with `sonde listen`, or in the Listen tab, where e loads it.",
        )
    if before.role == "server":
        raise RequestError(
            "This session was opened by a client of your listener; only that client can repeat it.",
            hint="A listener can play your side of it: `sonde listen ENDPOINT --play ID`.",
        )


async def with_secrets(
    entry: Entry, changes: Changes, ask: Ask | None = None
) -> tuple[Entry, Changes]:
    """Return an entry and changes with the secrets that the entry was recorded without.

    Raises:
        MissingSecretsError: One is neither given nor told by a variable or a person.
        RequestError: A name is that of several.
        BodyError: The entry's bytes cannot be read.
    """
    from ..scrubbing.filling import MissingSecretsError, ready  # most entries have their secrets
    from ..scrubbing.sources import of_process

    given = {**of_process(entry.left_out), **changes.secrets}
    try:
        whole, steps = await asyncio.to_thread(ready, entry, changes.steps, given)
    except MissingSecretsError as error:
        if ask is None:
            raise
        given |= await ask(entry, error.missing)
        try:
            whole, steps = await asyncio.to_thread(ready, entry, changes.steps, given)
        except MissingSecretsError as untold:
            untold.advice = _UNTOLD
            raise
    know(given.values())  # what is told of the replay is masked
    return whole, replace(changes, steps=steps)
