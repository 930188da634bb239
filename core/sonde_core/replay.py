"""An entry performed again: the same bytes to the same endpoint, and what came out differently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from .comparing import places
from .comparing.ignoring import IGNORED_BY_DEFAULT, NO_RULES, IgnoreRules
from .difference import Difference, compare, compare_apart
from .errors import SondeError
from .exchange import Ask, Exchanger
from .history.entry import Entry
from .http_request import HttpRequest
from .live import Live
from .model import Exchange
from .repeat import Pace, steps_of
from .replaying.request import (
    Changes,
    refuse,
    request_again,
    session_again,
    steps_to_perform,
    with_secrets,
)
from .replaying.verdict import Grounds, Verdict
from .safetext import SafeText, line
from .script.derive import is_written, rest_of, without_end
from .script.perform import Performance, check
from .script.results import StepResult
from .session import Session
from .session_request import SessionRequest
from .steps import ExpectStep, Step

__all__ = ["Changes", "Pace", "Replay", "replay", "replay_into", "steps_of", "steps_to_perform"]

# Until it is compared.
_UNKNOWN: Final = Difference(False, line("not compared"))


@dataclass(frozen=True, slots=True)
class Replay:
    """What performing an entry again brought.

    Attributes:
        steps: What came of each step of a session; none for HTTP.
        written: The steps were a person's.
        alone: The steps decide alone: given for this replay, or saying what to expect.
        ignored: What the comparison left out.
        withheld: Names of credentials that did not go to another origin.
    """

    entry: Entry
    difference: Difference
    steps: tuple[StepResult, ...] = ()
    written: bool = False
    alone: bool = False
    ignored: tuple[str, ...] = IGNORED_BY_DEFAULT
    withheld: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether it went as it was expected to."""
        return self.verdict is Verdict.SAME

    @property
    def verdict(self) -> Verdict:
        """How it went; the one that is told wherever it is performed."""
        return self.grounds.verdict(self.difference)

    @property
    def told(self) -> SafeText:
        """The verdict and what it rests on, in one sentence."""
        return self.grounds.told(self.difference)

    @property
    def grounds(self) -> Grounds:
        """What the verdict rests on besides what differs."""
        return Grounds.of(self.entry.exchange, self.steps, alone=self.alone)


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
    facts: bool = True,
    ask: Ask | None = None,
    compares: bool = True,
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
        facts: Tell in the difference also what makes none: that takes as long as the rest.
        ask: Asks for secrets that the entry was recorded without; None for the exchanger's way.
        compares: Find the difference; without it that tells nothing, and the caller does it.

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
        entry, changes = await with_secrets(entry, changes, ask or exchanger.ask)
    left_out = _left_out(ignore, entry.exchange.target, changes.address)
    places.parse(left_out)  # before anything is sent
    watch = _Watch(timing, on_live, on_performance, on_end)
    again = await _again(exchanger, entry, changes, watch)
    if again.written:
        left_out = (*left_out, places.SENT_BY_STEPS)
    again = replace(again, ignored=left_out)
    if not compares:
        return again
    before, after = entry.exchange, again.entry.exchange
    if stripped:
        from .scrubbing.likening import alike

        before, after = await asyncio.to_thread(alike, before, after)
    difference = await _compare(before, after, left_out, reveal=reveal, facts=facts)
    if isinstance(ignore, IgnoreRules):
        ignore.given_up.update(difference.given_up)
    return replace(again, difference=difference)


@dataclass(frozen=True, slots=True)
class _Watch:
    """How fast it goes, and who is told of it; see `replay`."""

    timing: Pace
    on_live: Callable[[Live], None] | None
    on_performance: Callable[[Performance], None] | None
    on_end: Callable[[], None] | None

    def began(self, live: Live, performance: Performance | None = None) -> None:
        if self.on_live:
            self.on_live(live)
        if self.on_performance and performance:
            self.on_performance(performance)

    def ended(self) -> None:
        if self.on_end:
            self.on_end()


async def _again(exchanger: Exchanger, entry: Entry, changes: Changes, watch: _Watch) -> Replay:
    """Perform and record; the difference is still to be found."""
    request = entry.exchange.request
    if not isinstance(request, HttpRequest):
        return await _session_again(exchanger, entry, request, changes, watch)
    asked, withheld = request_again(request, changes)
    call = exchanger.call(asked, replay_of=entry.id)
    watch.began(call)
    await exchanger.perform(call)
    watch.ended()
    return Replay(await exchanger.recorded(call), _UNKNOWN, withheld=withheld)


async def _session_again(
    exchanger: Exchanger, entry: Entry, request: SessionRequest, changes: Changes, watch: _Watch
) -> Replay:
    steps = changes.steps
    if steps is None:
        steps = await asyncio.to_thread(steps_to_perform, entry.exchange)
    else:
        refuse(entry.exchange)
    written = changes.steps is not None or is_written(request.steps)
    asked, withheld = await asyncio.to_thread(
        session_again, entry.exchange, request, changes, steps, written=written
    )
    check(steps, changes.values)
    session = exchanger.session(asked, replay_of=entry.id)
    performance = _performance(session, steps, watch.timing, changes)
    watch.began(session, performance)
    await _perform(session, performance)
    watch.ended()
    recorded = await exchanger.recorded(session)
    results = tuple(performance.results)
    expects = written and any(isinstance(step, ExpectStep) for step in request.steps)
    alone = bool(results) and (changes.steps is not None or expects)
    return Replay(recorded, _UNKNOWN, results, written, alone, withheld=withheld)


def _left_out(ignore: IgnoreRules | Sequence[str], target: str, other: str) -> tuple[str, ...]:
    if not isinstance(ignore, IgnoreRules):
        return tuple(ignore)
    there = ignore.for_endpoint(other) if other else ()
    return tuple(dict.fromkeys((*ignore.for_endpoint(target), *there)))


async def _compare(
    before: Exchange, after: Exchange, ignore: tuple[str, ...], *, reveal: bool, facts: bool
) -> Difference:
    """Compare, elsewhere unless the bodies are the same: that takes no time."""
    old, new = before.response, after.response
    if old and new and old.body.size and old.body.sha256 == new.body.sha256:
        return compare(before, after, ignore=ignore, reveal=reveal, facts=facts)
    return await compare_apart(before, after, ignore=ignore, reveal=reveal, facts=facts)


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
