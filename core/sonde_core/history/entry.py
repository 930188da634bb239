"""An exchange in the history, and `Entry` ⇄ plain JSON values.

The fields that a list shows come first in an entry's line, before `req`, so that they are found
without reading what may be large.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from sys import intern
from typing import Final, Literal

from ..clock import stamp
from ..http_request import HttpRequest
from ..left_out import Hidden, LeftOut
from ..model import Exchange, Outcome
from .schema.answers import (
    from_hop,
    from_problem,
    from_response,
    from_timing,
    from_tls,
    to_hop,
    to_problem,
    to_response,
    to_timing,
    to_tls,
)
from .schema.bodies import INLINE, GetBody, PutBody
from .schema.left_out import from_hidden, from_left_out, to_hidden, to_left_out
from .schema.loose import Loose, without_userinfo
from .schema.requests import from_request, to_request
from .schema.timeline import from_timeline, to_timeline
from .schema.values import (
    Record,
    count,
    flag,
    from_ms,
    from_text,
    moment,
    one_of,
    record,
    rows,
    texts,
    to_text,
    whole,
)
from .summary import KINDS, Summary

VERSION: Final = 1
_ROLES: Final[tuple[Literal["client", "server"], ...]] = ("client", "server")


@dataclass(frozen=True, slots=True)
class Entry:
    """An exchange as the history keeps it.

    Attributes:
        id: UUIDv7 text; for uniqueness only, order is the file's.
        replay_of: Id of the entry whose request was performed again; empty if none.
        saved: False while it could not be written to the file.
        left_out: Secrets that are not in what the file keeps of it.
        hidden: Where variables that are secret stand in what our side said.
    """

    id: str
    exchange: Exchange
    name: str = ""
    pinned: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""
    replay_of: str = ""
    saved: bool = True
    left_out: tuple[LeftOut, ...] = ()
    hidden: tuple[Hidden, ...] = ()


def summary_of(entry: Entry) -> Summary:
    """Sum an entry up for a list."""
    exchange = entry.exchange
    response = exchange.response
    return Summary(
        id=entry.id,
        time=exchange.started,
        kind=exchange.kind,
        target=without_userinfo(exchange.target),
        outcome=exchange.outcome,
        method=exchange.request.method if isinstance(exchange.request, HttpRequest) else "",
        role=exchange.role,
        status=response.status if response else 0,
        seconds=exchange.timing.total,
        sent=exchange.sent,
        size=response.body.size if response else exchange.received,
        name=entry.name,
        pinned=entry.pinned,
        tags=entry.tags,
        note=entry.note,
        replay_of=entry.replay_of,
        saved=entry.saved,
    )


def to_json(entry: Entry, put: PutBody | None = None, *, inline: int = INLINE) -> Record:
    """Write an entry as plain values.

    Args:
        entry: What to write.
        put: Keeps bytes above `inline` in a file beside; without it all bytes are in the value.
        inline: In bytes.

    Raises:
        BodyError: The recorded bytes cannot be read, or there is no room for them.
    """
    exchange = entry.exchange
    value = _first(summary_of(entry), exchange)
    value["req"] = to_request(exchange.request, put, inline)
    if exchange.response:
        value["res"] = to_response(exchange.response, put, inline)
    if exchange.hops:
        value["hops"] = [to_hop(hop) for hop in exchange.hops]
    if exchange.tls:
        value["tls"] = to_tls(exchange.tls)
    if exchange.problem:
        value["err"] = to_problem(exchange.problem)
    for name, text in (
        ("peer", exchange.peer),
        ("local", exchange.local),
        ("proxy", exchange.proxy),
    ):
        if text:
            value[name] = to_text(text)
    if entry.left_out:
        value["redacted"] = to_left_out(entry.left_out)
    if entry.hidden:
        value["hidden"] = to_hidden(entry.hidden)
    return value | to_timeline(exchange.timeline, put, inline)


def _first(summary: Summary, exchange: Exchange) -> Record:
    """Write what a list shows, what may be long at the end."""
    value: Record = {
        "v": VERSION,
        "id": summary.id,
        "t": stamp(summary.time),
        "kind": summary.kind,
        "outcome": summary.outcome.value,
        "role": summary.role,
        "status": summary.status,
        "sent": summary.sent,
        "received": exchange.received,
        "size": summary.size,
        "ms": to_timing(exchange.timing),
    }
    if summary.replay_of:
        value["from"] = summary.replay_of
    if summary.pinned:
        value["pin"] = True
    if summary.method:
        value["method"] = to_text(summary.method)
    return (
        value
        | patch(name=summary.name or None, tags=summary.tags or None)
        | {
            "target": to_text(summary.target),
            **patch(note=summary.note or None),
        }
    )


def patch(
    *,
    name: str | None = None,
    pinned: bool | None = None,
    tags: tuple[str, ...] | None = None,
    note: str | None = None,
) -> Record:
    """Write what a person may change about an entry; None is left out."""
    value: Record = {}
    if name is not None:
        value["name"] = to_text(name)
    if pinned is not None:
        value["pin"] = pinned
    if tags is not None:
        value["tags"] = [to_text(tag) for tag in tags]
    if note is not None:
        value["note"] = to_text(note)
    return value


def from_json(value: object, get: GetBody | None = None) -> Entry:
    """Read an entry.

    Raises:
        ValueError: It is of a newer format, or none.
    """
    plain = record(value)
    if whole(plain.get("v")) > VERSION:
        raise ValueError("written by a newer version")
    return Entry(
        id=from_text(plain.get("id")),
        exchange=_from_exchange(plain, get),
        name=from_text(plain.get("name", "")),
        pinned=flag(plain.get("pin", False)),
        tags=texts(plain.get("tags")),
        note=from_text(plain.get("note", "")),
        replay_of=from_text(plain.get("from", "")),
        left_out=from_left_out(plain.get("redacted")),
        hidden=from_hidden(plain.get("hidden")),
    )


def _from_exchange(plain: Record, get: GetBody | None) -> Exchange:
    response, tls, problem = plain.get("res"), plain.get("tls"), plain.get("err")
    return Exchange(
        request=from_request(plain.get("req"), get),
        started=moment(plain.get("t")),
        outcome=Outcome(from_text(plain.get("outcome"))),
        kind=from_text(plain.get("kind")),
        role=_role(plain.get("role", "client")),
        problem=None if problem is None else from_problem(problem),
        timeline=from_timeline(plain, get),
        timing=from_timing(plain.get("ms", {})),
        response=None if response is None else from_response(response, get),
        hops=tuple(from_hop(hop) for hop in rows(plain.get("hops"))),
        peer=from_text(plain.get("peer", "")),
        local=from_text(plain.get("local", "")),
        proxy=from_text(plain.get("proxy", "")),
        tls=None if tls is None else from_tls(tls),
        sent=count(plain.get("sent", 0)),
        received=count(plain.get("received", 0)),
    )


def _role(value: object) -> Literal["client", "server"]:
    return one_of(value, _ROLES, why="neither client nor server")


def summary_from_json(value: object) -> Summary:
    """Read what a list shows, from a whole entry or from the part before `req`.

    A field of the wrong shape is left out, and the summary says that it is not `readable`.

    Raises:
        ValueError: It is no entry at all: it has no id.
    """
    plain = Loose(record(value))
    identity = from_text(record(value).get("id"))
    if not identity:
        raise ValueError("an entry without an id")
    ms = Loose(plain.take("ms", record, {}))
    kind = plain.take("kind", from_text, "")
    summary = Summary(
        id=identity,
        time=plain.take("t", moment, datetime.fromtimestamp(0, UTC)),
        kind=intern(kind),
        target=plain.take("target", from_text, ""),
        outcome=plain.take("outcome", lambda text: Outcome(from_text(text)), Outcome.FAILED),
        method=intern(plain.take("method", from_text, "")),
        role=plain.take("role", _role, "client"),
        status=plain.take("status", count, 0),
        seconds=ms.take("total", from_ms, 0.0),
        sent=plain.take("sent", count, 0),
        size=plain.take("size", count, 0),
        replay_of=plain.take("from", from_text, ""),
    )
    known = plain.take("v", whole, 0) == VERSION and kind in KINDS
    summary = patched(summary, record(value))
    return replace(summary, readable=known and plain.sound and ms.sound)


def patched(summary: Summary, change: Record) -> Summary:
    """Apply what a person changed; a field of the wrong shape is left as it was."""
    plain = Loose(change)
    return replace(
        summary,
        name=plain.take("name", from_text, summary.name),
        pinned=plain.take("pin", flag, summary.pinned),
        tags=plain.take("tags", texts, summary.tags),
        note=plain.take("note", from_text, summary.note),
    )
