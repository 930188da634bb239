"""An entry performed again: the same bytes to the same endpoint, and what came out differently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from .difference import Difference, compare
from .entry import Entry
from .errors import RequestError, SondeError
from .exchange import Exchanger
from .live import Live
from .model import (
    Chunk,
    Direction,
    Event,
    EventKind,
    Exchange,
    HalfCloseStep,
    HttpRequest,
    RequestBody,
    SendStep,
    SessionRequest,
    Step,
)

if TYPE_CHECKING:
    from .session import Session

Timing: TypeAlias = Literal["fast", "recorded"]

# Seconds to wait for what the peer had answered; a peer that took longer gets as long again.
PATIENCE: Final = 5.0
# Gaps between sends are kept up to this many seconds with the recorded timing.
LONGEST_GAP: Final = 30.0


@dataclass(frozen=True, slots=True)
class Replay:
    """What performing an entry again brought."""

    entry: Entry
    difference: Difference


async def replay(
    exchanger: Exchanger,
    entry: Entry,
    *,
    timing: Timing = "fast",
    on_live: Callable[[Live], None] | None = None,
    ignore: tuple[str, ...] = (),
) -> Replay:
    """Perform an entry's request again, record it, and compare.

    Args:
        exchanger: Performs and records.
        entry: What to perform again.
        timing: `recorded` keeps the gaps between a session's sends; `fast` only waits for answers.
        on_live: Told of the exchange under way, to watch or cancel it.
        ignore: What the comparison leaves out; see `difference.compare`.

    Raises:
        RequestError: The entry cannot be performed again.
    """
    tell = on_live or (lambda _: None)
    if isinstance(entry.exchange.request, HttpRequest):
        again = await _http(exchanger, entry, tell)
    else:
        again = await _session(exchanger, entry, timing, tell)
    difference = await asyncio.to_thread(compare, entry.exchange, again.exchange, ignore=ignore)
    return Replay(again, difference)


async def _http(exchanger: Exchanger, entry: Entry, tell: Callable[[Live], None]) -> Entry:
    request = entry.exchange.request
    assert isinstance(request, HttpRequest)  # noqa: S101 - the caller looked
    call = exchanger.call(_same_bytes(request), replay_of=entry.id)
    tell(call)
    return await exchanger.run(call)


def _same_bytes(request: HttpRequest) -> HttpRequest:
    """Send the body that was recorded: a file may have changed since."""
    body = request.body
    if body.kind not in ("file", "multipart") or not body.data.size:
        return request
    if not body.data.kept:
        raise RequestError(
            f"The {body.data.size} bytes of the body that was sent are not kept any more.",
            hint="Load the entry into its tab and choose the file again.",
        )
    kind = body.media_type or body.data.media_type
    return replace(request, body=RequestBody("bytes", data=body.data, media_type=kind))


def steps_of(exchange: Exchange) -> tuple[Step, ...]:
    """Derive what to send, and after how much of the peer's answer, from a recording.

    Raises:
        RequestError: Part of what was sent is not kept.
    """
    counts_messages = exchange.kind == "udp"
    heard = 0
    steps: list[Step] = []
    for moment in exchange.timeline:
        if isinstance(moment, Event):
            if moment.kind is EventKind.DROPPED:
                raise RequestError(
                    "The middle of this session is not kept, so it cannot be replayed.",
                    hint="Sessions are kept whole up to 64 MiB.",
                )
            if moment.kind is EventKind.HALF_CLOSED:
                steps.append(HalfCloseStep(heard, moment.at))
        elif moment.direction is Direction.RECEIVED:
            heard += 1 if counts_messages else len(moment.data)
        else:
            steps.append(SendStep(moment.data, heard, moment.at))
    return tuple(steps)


async def _session(
    exchanger: Exchanger, entry: Entry, timing: Timing, tell: Callable[[Live], None]
) -> Entry:
    before = entry.exchange
    request = before.request
    if before.role == "server" or before.kind == "listen" or isinstance(request, HttpRequest):
        raise RequestError(
            "This session was opened by a client of your listener; only that client can repeat it.",
            hint="Replay works for what you sent yourself.",
        )
    steps = steps_of(before)
    session = exchanger.session(
        SessionRequest(request.address, request.options, steps), replay_of=entry.id
    )
    tell(session)
    try:
        await session.open()
        for step in steps:
            await _wait_for_turn(session, step, timing, before)
            if isinstance(step, SendStep):
                await session.send(step.data)
            else:
                await session.send_end()
        await _wait_for_end(session, before)
    except SondeError:
        pass  # the session holds its problem, and is recorded with it
    if not session.state.over:
        await session.close()
    return await exchanger.recorded(session)


async def _wait_for_turn(session: Session, step: Step, timing: Timing, before: Exchange) -> None:
    if timing == "recorded":
        wait = min(step.at - session.recorder.elapsed, LONGEST_GAP)
        if wait > 0:
            await asyncio.sleep(wait)
    if step.after:
        patience = PATIENCE + before.timing.total
        await session.expect(step.after, seconds=min(patience, before.timing.total + LONGEST_GAP))


async def _wait_for_end(session: Session, before: Exchange) -> None:
    """Wait for as much as came then, and for the peer's end if it came then."""
    heard = _heard(before)
    patience = PATIENCE + min(before.timing.total, LONGEST_GAP)
    if heard:
        await session.expect(heard, seconds=patience)
    if any(event.kind is EventKind.PEER_END for event in before.events()):
        try:
            async with asyncio.timeout(patience):
                await _peer_end(session)
        except TimeoutError:
            session.note(
                "The peer had closed its end by now in the recording; this time it has not."
            )


async def _peer_end(session: Session) -> None:
    from .model import State

    seen = -1
    while session.state not in (State.PEER_END, State.CLOSED, State.FAILED):
        seen = await session.changed(seen)


def _heard(exchange: Exchange) -> int:
    if exchange.kind != "udp":
        return exchange.received
    return sum(1 for chunk in exchange.chunks() if _is_received(chunk))


def _is_received(chunk: Chunk) -> bool:
    return chunk.direction is Direction.RECEIVED
