"""An entry performed again: the same bytes to the same endpoint, and what came out differently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from .comparing import places
from .difference import IGNORED_BY_DEFAULT, Difference, compare
from .errors import RequestError, SondeError
from .exchange import Exchanger
from .history.entry import Entry
from .live import Live
from .model import HttpRequest, RequestBody
from .repeat import Pace, Repeat, steps_of, turns_of
from .session_request import SessionRequest
from .words import size

__all__ = ["Pace", "Replay", "replay", "steps_of"]


@dataclass(frozen=True, slots=True)
class Replay:
    """What performing an entry again brought."""

    entry: Entry
    difference: Difference


async def replay(
    exchanger: Exchanger,
    entry: Entry,
    *,
    timing: Pace = "fast",
    on_live: Callable[[Live], None] | None = None,
    ignore: Sequence[str] = IGNORED_BY_DEFAULT,
) -> Replay:
    """Perform an entry's request again, record it, and compare.

    Whatever comes of it is recorded, also when it fails or is cancelled through `on_live`.

    Args:
        exchanger: Performs and records.
        entry: What to perform again.
        timing: `recorded` keeps the gaps between a session's sends; `fast` only waits for answers.
        on_live: Told of the exchange under way, to watch or cancel it.
        ignore: What the comparison leaves out; see `difference.compare`.

    Raises:
        RequestError: The entry cannot be performed again, or a place to ignore is none.
        BodyError: What was sent cannot be read any more.
    """
    places.parse(ignore)  # before anything is sent
    tell = on_live or (lambda _: None)
    request = entry.exchange.request
    if isinstance(request, HttpRequest):
        again = await _http(exchanger, request, entry.id, tell)
    else:
        again = await _session(exchanger, request, entry, timing, tell)
    difference = await asyncio.to_thread(compare, entry.exchange, again.exchange, ignore=ignore)
    return Replay(again, difference)


async def _http(
    exchanger: Exchanger, request: HttpRequest, origin: str, tell: Callable[[Live], None]
) -> Entry:
    call = exchanger.call(_same_bytes(request), replay_of=origin)
    tell(call)
    return await exchanger.run(call)


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


async def _session(
    exchanger: Exchanger,
    request: SessionRequest,
    entry: Entry,
    timing: Pace,
    tell: Callable[[Live], None],
) -> Entry:
    before = entry.exchange
    if before.kind == "listen":
        raise RequestError(
            "A listener cannot be replayed.",
            hint="Bind it again: with `sonde listen`, or in the Listen tab, where e loads it.",
        )
    if before.role == "server":
        raise RequestError(
            "This session was opened by a client of your listener; only that client can repeat it.",
            hint="Replay works for what you sent yourself.",
        )
    turns = await asyncio.to_thread(turns_of, before)
    steps = tuple(turn.step for turn in turns[:-1])
    asked = SessionRequest(request.address, request.options, steps)
    session = exchanger.session(asked, replay_of=entry.id)
    tell(session)
    try:
        with suppress(SondeError):  # the session holds its problem, and is recorded with it
            await Repeat(session, before, turns, timing).run()
    finally:
        if not session.state.over:
            session.cancel()
    return await exchanger.recorded(session)
