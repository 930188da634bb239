"""What is known of a connection besides its bytes, as rows of text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from sonde_core.endpoint import WEB_SOCKET_SCHEMES, parse
from sonde_core.errors import EndpointSyntaxError
from sonde_core.model import Event, EventKind, Exchange
from sonde_core.secrets import mask_facts, mask_url
from sonde_core.words import count, duration, size

from .answer.answer_lines import Row, named, said
from .answer.tls_lines import long, tls_rows

# What tells of the connection, in the order in which it happened.
_TELLING: Final = frozenset(
    {
        EventKind.RESOLVED,
        EventKind.TRIED,
        EventKind.CONNECTED,
        EventKind.ACCEPTED,
        EventKind.BOUND,
        EventKind.PROXY,
        EventKind.UPGRADING,
    }
)
_HANDSHAKE: Final = frozenset({EventKind.REQUEST, EventKind.RESPONSE})
_SAID_BEFORE: Final = frozenset({"peer", "local", "address", "addresses", "host", "error", "role"})
_LOOKED_AT: Final = 10_000  # events; a hostile peer makes as many as it likes
_MOST: Final = 200  # rows of events


def fact_rows(exchange: Exchange, *, reveal: bool) -> list[Row]:
    """Return the facts of an exchange, under way or over: addresses, options, TLS, certificates."""
    rows = [said("Connection", "strong"), *_connection(exchange, reveal=reveal)]
    if exchange.problem is not None:
        rows += long("problem", exchange.problem.text, "error")
        rows += long("hint", exchange.problem.hint) if exchange.problem.hint else []
    rows += [said(""), said("How it came about", "strong"), *_events(exchange, reveal=reveal)]
    rows += [said(""), said("TLS", "strong")]
    return rows + tls_rows(exchange.tls, secure=_secure(exchange), at=exchange.started)


def _secure(exchange: Exchange) -> bool:
    try:
        return parse(exchange.target).has_tls
    except EndpointSyntaxError:
        return False


def _connection(exchange: Exchange, *, reveal: bool) -> Iterator[Row]:
    target = exchange.target if reveal else mask_url(exchange.target)
    yield from long("address", target)
    if exchange.role == "server":
        yield named("we are", "the server: a client came to us")
    yield from long("peer", exchange.peer or "none was reached")
    if exchange.local:
        yield from long("local", exchange.local)
    if exchange.proxy:
        yield from long("proxy", exchange.proxy if reveal else mask_url(exchange.proxy))
    yield named("sent", size(exchange.sent))
    yield named("received", size(exchange.received))


def _events(exchange: Exchange, *, reveal: bool) -> Iterator[Row]:
    kinds = _TELLING | _HANDSHAKE if exchange.kind in WEB_SOCKET_SCHEMES else _TELLING
    telling = (e for e in islice(exchange.events(), _LOOKED_AT) if e.kind in kinds)
    found = list(islice(telling, _MOST + 1))
    if not found:
        yield said("Nothing of it is recorded.", "muted")
    for event in found[:_MOST]:
        yield from _event(event, reveal=reveal)
    if len(found) > _MOST:
        yield said(f"More than {count(_MOST, 'event')}; the rest is left out.", "muted")


def _event(event: Event, *, reveal: bool) -> Iterator[Row]:
    text = event.text if reveal else mask_url(event.text)
    tried = event.kind is EventKind.TRIED
    yield from long(duration(event.at), f"tried {text}" if tried else text, "error" * tried)
    facts = event.facts if reveal else mask_facts(event.facts)
    for name, value in facts.items():
        if name not in _SAID_BEFORE and value not in event.text:
            for at, each in enumerate(value.split("\n")):
                yield from long("" if at else f"  {name}", each)
