"""An entry performed again: the same bytes to the same endpoint, and what came out differently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from .comparing import places
from .comparing.ignoring import IGNORED_BY_DEFAULT, NO_RULES, IgnoreRules
from .difference import Difference, compare, compare_apart
from .errors import RequestError, SondeError
from .exchange import Ask, Exchanger
from .history.entry import Entry
from .http_request import HttpRequest, RequestBody
from .known_secrets import know
from .left_out import BEGINNING
from .live import Live
from .model import Exchange
from .repeat import Pace, steps_of
from .replaying.elsewhere import move_request, move_session, read_base
from .script.derive import is_written, rest_of, steps_to_replay, without_end
from .script.perform import Performance, check
from .script.results import StepResult, all_fine
from .session import Session
from .session_request import SessionOptions, SessionRequest
from .steps import ExpectStep, Step
from .templates import Values
from .words import size

__all__ = ["Changes", "Pace", "Replay", "replay", "replay_into", "steps_of", "steps_to_perform"]

_NO_STEPS: Final = "An HTTP request has no steps."
_STAND_IN: Final = BEGINNING.encode("ascii")
_RAW: Final = "Open it as a raw session, which has them."


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be otherwise than it was in the entry.

    Attributes:
        steps: To perform in place of those of the recording.
        address: Another endpoint, or a base URL whose path stands before the request's own; empty
            for the same.
        credentials: Take credentials and cookies to another origin, too.
        options: Of the session; None for the same.
        values: What templates are filled with.
        strict: End at the first step that differs.
        seconds: For all steps of a session; None for as long as patience lasts.
        secrets: What the entry was recorded without, by name or by number as text.
    """

    steps: tuple[Step, ...] | None = None
    address: str = ""
    credentials: bool = False
    options: SessionOptions | None = None
    values: Values = field(default_factory=Values)
    strict: bool = False
    seconds: float | None = None
    secrets: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replay:
    """What performing an entry again brought.

    Attributes:
        steps: What came of each step of a session; none for HTTP.
        written: The steps were a person's, so that they alone tell what is as expected.
        ignored: What the comparison left out.
        withheld: Names of credentials that did not go to another origin.
    """

    entry: Entry
    difference: Difference
    steps: tuple[StepResult, ...] = ()
    written: bool = False
    ignored: tuple[str, ...] = IGNORED_BY_DEFAULT
    withheld: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether it went as it was expected to."""
        return all_fine(self.steps) and (self.written or self.difference.same)


async def replay(
    exchanger: Exchanger,
    entry: Entry,
    *,
    timing: Pace = "fast",
    on_live: Callable[[Live], None] | None = None,
    on_performance: Callable[[Performance], None] | None = None,
    on_end: Callable[[], None] | None = None,
    ignore: IgnoreRules | Sequence[str] = NO_RULES,
    changes: Changes | None = None,
    reveal: bool = False,
) -> Replay:
    """Perform an entry's request again, record it, and compare.

    Whatever comes of it is recorded, also when it fails or is cancelled through `on_live`.

    Args:
        exchanger: Performs and records.
        entry: What to perform again.
        timing: `recorded` keeps the gaps between a session's sends; `fast` only waits for answers.
        on_live: Told of the exchange under way, to watch or cancel it.
        on_performance: Told of a session's steps under way.
        on_end: Called when the exchange is over; it is recorded and compared after that.
        ignore: What the comparison leaves out; see `difference.compare`. Rules for the entry's own
            address hold at another one, too. What we sent is left out where the steps were written
            by a person.
        changes: What is to be otherwise.
        reveal: Show secrets in the difference; results of steps always have what was said.

    Raises:
        RequestError: The entry cannot be performed again, or a place to ignore is none.
        BodyError: What was sent cannot be read any more.
        EndpointSyntaxError: The other endpoint is none.
        PatternError: A pattern of a step is wrong.
        MissingSecretsError: The entry was recorded without a secret that is not given.
    """
    changes = changes or Changes()
    stripped = bool(entry.left_out)
    if stripped:
        entry, changes = await with_secrets(entry, changes, exchanger.ask)
    left_out = _left_out(ignore, entry.exchange.target, changes.address)
    places.parse(left_out)  # before anything is sent
    tell, ended = on_live or (lambda _: None), on_end or (lambda: None)
    request = entry.exchange.request
    results: tuple[StepResult, ...] = ()
    written = False
    if isinstance(request, HttpRequest):
        asked, withheld = _elsewhere(request, changes)
        call = exchanger.call(_same_bytes(asked), replay_of=entry.id)
        tell(call)
        await exchanger.perform(call)
        ended()
        again = await exchanger.recorded(call)
    else:
        steps = changes.steps
        if steps is None:
            steps = await asyncio.to_thread(steps_to_perform, entry.exchange)
        else:
            _refuse(entry.exchange)
        written = changes.steps is not None or is_written(request.steps)
        there, withheld = _session_elsewhere(request, changes)
        kept = await asyncio.to_thread(_kept, entry.exchange, steps, written)
        check(steps, changes.values)
        session = exchanger.session(replace(there, steps=kept), replay_of=entry.id)
        performance = _performance(session, steps, timing, changes)
        tell(session)
        if on_performance:
            on_performance(performance)
        await _perform(session, performance)
        ended()
        again = await exchanger.recorded(session)
        results = tuple(performance.results)
    if written:
        left_out = (*left_out, "sent")
    before, after = entry.exchange, again.exchange
    if stripped:
        from .scrubbing.likening import alike

        before, after = await asyncio.to_thread(alike, before, after)
    difference = await _compare(before, after, left_out, reveal=reveal)
    return Replay(again, difference, results, written, left_out, withheld)


async def with_secrets(
    entry: Entry, changes: Changes, ask: Ask | None = None
) -> tuple[Entry, Changes]:
    """Return an entry and changes with the secrets that the entry was recorded without.

    Raises:
        MissingSecretsError: One is neither given nor told by a variable or a person.
        RequestError: A name is that of several.
        BodyError: The entry's bytes cannot be read.
    """
    from .scrubbing.filling import MissingSecretsError, ready  # most entries have their secrets
    from .scrubbing.sources import of_process

    given = {**of_process(entry.left_out), **changes.secrets}
    try:
        whole, steps = await asyncio.to_thread(ready, entry, changes.steps, given)
    except MissingSecretsError as error:
        if ask is None:
            raise
        given |= await ask(entry, error.missing)
        whole, steps = await asyncio.to_thread(ready, entry, changes.steps, given)
    know(given.values())  # what is told of the replay is masked
    return whole, replace(changes, steps=steps)


def _left_out(ignore: IgnoreRules | Sequence[str], target: str, other: str) -> tuple[str, ...]:
    if not isinstance(ignore, IgnoreRules):
        return tuple(ignore)
    there = ignore.for_endpoint(other) if other else ()
    return tuple(dict.fromkeys((*ignore.for_endpoint(target), *there)))


async def _compare(
    before: Exchange, after: Exchange, ignore: tuple[str, ...], *, reveal: bool
) -> Difference:
    """Compare, elsewhere unless the bodies are the same: that takes no time."""
    old, new = before.response, after.response
    if old and new and old.body.size and old.body.sha256 == new.body.sha256:
        return compare(before, after, ignore=ignore, reveal=reveal)
    return await compare_apart(before, after, ignore=ignore, reveal=reveal)


async def replay_into(
    session: Session,
    entry: Entry,
    *,
    timing: Pace = "fast",
    on_performance: Callable[[Performance], None] | None = None,
    changes: Changes | None = None,
    ask: Ask | None = None,
) -> tuple[StepResult, ...]:
    """Perform in a session that is open what of an entry it has not done yet; it stays open.

    With `steps` in the changes, all of those. What the peer said since our side last did something
    counts as an answer. Raises like `replay`.
    """
    changes = changes or Changes()
    if entry.left_out:
        entry, changes = await with_secrets(entry, changes, ask)
    steps = changes.steps
    if steps is None:
        whole = await asyncio.to_thread(steps_to_perform, entry.exchange)
        steps = without_end(rest_of(whole, session.exchange()))
    performance = _performance(session, steps, timing, changes, leaves_open=True)
    if on_performance:
        on_performance(performance)
    with suppress(SondeError):  # the session holds its problem
        await performance.run()
    return tuple(performance.results)


def _elsewhere(request: HttpRequest, changes: Changes) -> tuple[HttpRequest, tuple[str, ...]]:
    """Ask another server for the same, where that is wanted; tell what is withheld from it."""
    if changes.steps is not None:
        raise RequestError(_NO_STEPS, hint=_RAW)
    if not changes.address:
        return request, ()
    return move_request(request, read_base(changes.address), credentials=changes.credentials)


def _session_elsewhere(
    request: SessionRequest, changes: Changes
) -> tuple[SessionRequest, tuple[str, ...]]:
    options = request.options if changes.options is None else changes.options
    if not changes.address:
        return replace(request, options=options), ()
    address, options, withheld = move_session(
        request.address, options, read_base(changes.address), credentials=changes.credentials
    )
    return SessionRequest(address, options), withheld


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
    _refuse(before)
    steps = steps_to_replay(before)
    if not any(isinstance(step, ExpectStep) and _STAND_IN in step.data for step in steps):
        return steps
    from .scrubbing.filling import loosened

    return loosened(steps)


def _refuse(before: Exchange) -> None:
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


def _kept(before: Exchange, steps: tuple[Step, ...], written: bool) -> tuple[Step, ...]:
    """Return what is recorded as asked for: of a recording our side, what it expects is known."""
    return steps if written else steps_of(before)


def _performance(
    session: Session,
    steps: Sequence[Step],
    timing: Pace,
    changes: Changes,
    *,
    leaves_open: bool = False,
) -> Performance:
    return Performance(
        session,
        steps,
        timing,
        changes.values,
        strict=changes.strict,
        seconds=changes.seconds,
        leaves_open=leaves_open,
    )


async def _perform(session: Session, performance: Performance) -> None:
    try:
        with suppress(SondeError):  # the session holds its problem, and is recorded with it
            await performance.run()
    finally:
        if not session.state.over:
            session.cancel()
