"""What of an exchange can go into a file or to a command: its body, and all that was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ..body import SLICE, Body
from ..errors import BodyError
from ..model import Direction, Exchange, Moment
from ..recording.marks import WAYS_OF
from ..recording.masked import MaskedTimeline
from ..recording.reading import moments_now, runs_now
from ..text.kinds import kind_of
from ..words import body_cut, size
from .file_names import stem_of, suffix_of, suggested
from .saving import Content, pieces_of

_SUFFIXES: Final = {
    "json": ".json",
    "ndjson": ".ndjson",
    "xml": ".xml",
    "html": ".html",
    "events": ".txt",
    "text": ".txt",
}


def of_text(text: str, title: str, name: str) -> Content:
    """Offer text that is on the screen."""
    data = text.encode("utf-8", "surrogateescape")
    return Content(title, pieces_of(data), name, len(data))


def of_body(body: Body, title: str, exchange: Exchange | None = None, *, name: str = "") -> Content:
    """Offer a body; its exchange tells what to call the file, unless a name is given."""
    return Content(title, body.slices, name or name_of(body, exchange), body.size, _note(body))


def name_of(body: Body, exchange: Exchange | None) -> str:
    """Suggest a name for a body: of Content-Disposition, else of the URL, else of the host."""
    response = exchange.response if exchange is not None else None
    disposition = response.header("content-disposition") if response is not None else ""
    url = response.url if response is not None else ""
    if not url and exchange is not None:
        url = exchange.target
    return suggested(disposition=disposition, url=url, suffix=body_suffix(body))


def body_suffix(body: Body) -> str:
    """Return a suffix that fits a body: by its type, else by its first bytes."""
    suffix = suffix_of(body.media_type)
    if suffix != ".bin":
        return suffix
    try:
        return _SUFFIXES.get(kind_of(body), ".bin")
    except BodyError:
        return ".bin"


def _note(body: Body) -> str:
    if not body.kept and body.size:
        return f"Its {size(body.size)} are not kept any more."
    if body.stored < body.size:
        return f"Only the first {size(body.stored)} of {size(body.size)} are kept."
    cut = body_cut(body)
    return f"It is not whole: {cut}." if cut else ""


def of_timeline(exchange: Exchange, timeline: Sequence[Moment], *, reveal: bool) -> list[Content]:
    """Offer what was said: as text, its bytes by direction and of both, as hex, and as a capture.

    Args:
        exchange: May still be under way: what is there when it is written counts.
        timeline: Its recording, bare.
        reveal: The text shows secrets; bytes always are as they were.
    """
    name = stem_of(suggested(url=exchange.target))
    shown = timeline if reveal else MaskedTimeline(timeline)
    text = Content(
        "transcript as text",
        lambda: _text(exchange, shown, reveal=reveal),
        f"{name}-transcript.txt",
        note="" if reveal else "Secrets in it are masked; after ctrl+g in the view they are not.",
    )
    both = {Direction.RECEIVED, Direction.SENT}
    return [
        text,
        *_bytes(timeline, {Direction.RECEIVED}, "bytes received", exchange.received, name),
        *_bytes(timeline, {Direction.SENT}, "bytes sent", exchange.sent, name),
        *_bytes(timeline, both, "bytes of both", exchange.received + exchange.sent, name),
        *_dumps(exchange, shown, name, text.note, reveal=reveal),
    ]


def _dumps(
    exchange: Exchange, timeline: Sequence[Moment], name: str, note: str, *, reveal: bool
) -> Iterator[Content]:
    """Offer forms in which each byte has its place and its time, written as they are read."""
    from ..formats import hexdump, pcapng

    if exchange.received + exchange.sent:
        hexed = hexdump.pages
        yield Content(
            "hex dump",
            lambda: joined(page.encode() for page in hexed(moments_now(timeline))),
            f"{name}-hex.txt",
            note=note,
        )
    if pcapng.has_packets(exchange):
        yield Content(
            "capture for Wireshark",
            lambda: joined(pcapng.blocks(exchange, timeline, reveal=reveal)),
            f"{name}{pcapng.SUFFIX}",
            note=note or "The headers in it are made up; bytes and times are the recording's.",
        )


def _bytes(
    timeline: Sequence[Moment], ways: set[Direction], title: str, total: int, name: str
) -> Iterator[Content]:
    if total:
        yield Content(
            title, lambda: joined(_chunks(timeline, ways)), f"{name}-{title.split()[-1]}.bin", total
        )


def _chunks(timeline: Sequence[Moment], ways: set[Direction]) -> Iterator[bytes]:
    signs = frozenset(sign for way in ways for sign in WAYS_OF[way])
    for run in runs_now(timeline):
        if signs.issuperset(run.ways):
            yield run.data
        else:
            pieces = zip(run.ways, run.pieces(), strict=True)
            yield b"".join(data for way, data in pieces if way in signs)


def _text(exchange: Exchange, timeline: Sequence[Moment], *, reveal: bool) -> Iterator[bytes]:
    from ..formats.transcript import write_lines

    if not reveal:
        from ..formats.masking import masked_request

        exchange = replace(exchange, request=masked_request(exchange.request))
    lines = write_lines(exchange, moments_now(timeline))
    return joined(f"{text}\n".encode("utf-8", "replace") for text in lines)


def joined(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Join many small pieces into slices that are worth a write."""
    parts: list[bytes] = []
    held = 0
    for chunk in chunks:
        parts.append(chunk)
        held += len(chunk)
        if held >= SLICE:
            yield b"".join(parts)
            parts, held = [], 0
    if held:
        yield b"".join(parts)
