"""An HTTP answer as rows of text: headers, timing, TLS, cookies and redirects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sonde_core.model import Event, Exchange, Header, Hop, HttpResponse
from sonde_core.safetext import SafeText, line
from sonde_core.secrets import mask_headers, mask_url
from sonde_core.words import duration, size

from ..rows.line_source import Line, LineSource, Part

_BAR: Final = 40
_LABEL: Final = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One row, and what `y` copies of it."""

    parts: Sequence[Part]
    copied: str


class Rows(LineSource):
    """Rows that are all there; remote text in them is safe already."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)

    @property
    def count(self) -> int:
        return len(self.rows)

    def line(self, row: int) -> Line:
        return self.rows[row].parts


def said(text: str, style: str = "") -> Row:
    """Make a row of words."""
    return Row([(line(text), style)], text)


def named(name: str, value: str, style: str = "") -> Row:
    """Make a row of a label of ours and a value."""
    label = SafeText(f"{name:<{_LABEL}} ")
    return Row([(label, "muted"), (line(value), style)], value)


def header_rows(headers: Sequence[Header], *, reveal: bool) -> Iterator[Row]:
    """Yield headers as received, in wire order and case."""
    shown = mask_headers(headers, reveal)
    for (name, value), (_, drawn) in zip(headers, shown, strict=True):
        copied = f"{name}: {value if reveal else drawn}"
        yield Row([(line(name), "key"), (SafeText(": "), ""), (line(drawn), "")], copied)


def answer_headers(response: HttpResponse | None, *, reveal: bool) -> list[Row]:
    """Return the status line and all headers of an answer."""
    if response is None:
        return [said("No answer with headers came; the wire view (w) has every byte.", "muted")]
    first = f"{response.version} {response.status} {response.reason}".rstrip()
    rows = [Row([(line(first), "strong")], first), *header_rows(response.headers, reveal=reveal)]
    if response.trailers:
        rows += [said(""), said("After the body:", "muted")]
        rows += header_rows(response.trailers, reveal=reveal)
    return rows


def timing_rows(exchange: Exchange, *, reveal: bool) -> list[Row]:
    """Return a bar for each phase, and all events with their times."""
    total = max(exchange.timing.total, 1e-9)
    rows = []
    start = 0.0
    for name, seconds in exchange.timing.phases():
        rows.append(_bar(name, seconds, start, total))
        start += seconds
    rows.append(named("total", duration(exchange.timing.total), "strong"))
    rows.append(said(""))
    for name, value in _ends(exchange, reveal=reveal):
        rows.append(named(name, value))
    rows += [said(""), said("What happened:", "muted")]
    rows += [_event(event, reveal=reveal) for event in exchange.events()]
    return rows


def _bar(name: str, seconds: float, start: float, total: float) -> Row:
    left = min(round(start / total * _BAR), _BAR - 1)
    length = max(1, min(round(seconds / total * _BAR), _BAR - left))
    told = duration(seconds)
    return Row(
        [
            (SafeText(f"{name:<{_LABEL}} {told:>9}  "), ""),
            (SafeText(" " * left + "█" * length), "sent" if name == "request" else "received"),
        ],
        f"{name} {told}",
    )


def _ends(exchange: Exchange, *, reveal: bool) -> Iterator[tuple[str, str]]:
    if exchange.peer:
        yield "peer", exchange.peer
    if exchange.local:
        yield "local", exchange.local
    if exchange.proxy:
        yield "proxy", exchange.proxy if reveal else mask_url(exchange.proxy)
    yield "sent", size(exchange.sent)
    yield "received", size(exchange.received)
    if exchange.response is not None:
        body = exchange.response.body
        yield "body", f"{size(body.size)}, {size(body.wire)} on the wire"
        if body.coding:
            yield "coding", body.coding


def _event(event: Event, *, reveal: bool) -> Row:
    text = event.text if reveal else mask_url(event.text)
    at = f"{duration(event.at):>9}"
    return Row(
        [(SafeText(f"{at}  "), "muted"), (SafeText(f"{event.kind:<12} "), "key"), (line(text), "")],
        f"{at.strip()} {event.kind} {text}",
    )


def trail_rows(hops: Sequence[Hop], response: HttpResponse | None, *, reveal: bool) -> list[Row]:
    """Return each redirect with its headers, and the cookies that were set."""
    rows: list[Row] = []
    for number, hop in enumerate(hops, 1):
        url = hop.url if reveal else mask_url(hop.url)
        rows.append(Row([(line(f"{number}. {hop.method} {url}"), "strong")], url))
        rows.append(named("answer", f"{hop.status} {hop.reason}".rstrip()))
        location = hop.location if reveal else mask_url(hop.location)
        rows.append(named("on to", location))
        rows += header_rows(hop.headers, reveal=reveal)
        rows.append(said(""))
    if response is not None and response.url:
        rows.append(named("answered by", response.url if reveal else mask_url(response.url)))
        rows.append(said(""))
    cookies = list(_cookies(hops, response, reveal=reveal))
    rows.append(
        said("Cookies" if cookies else "No cookies were set.", "strong" if cookies else "muted")
    )
    return rows + cookies


def _cookies(hops: Sequence[Hop], response: HttpResponse | None, *, reveal: bool) -> Iterator[Row]:
    groups = [hop.headers for hop in hops]
    if response is not None:
        groups.append(response.headers)
    for headers in groups:
        for name, value in mask_headers(headers, reveal):
            if name.lower() == "set-cookie":
                cookie, _, attributes = value.partition(";")
                parts = [
                    (line(cookie), "key"),
                    (line(f";{attributes}" if attributes else ""), "muted"),
                ]
                yield Row(parts, value)
