"""What a view has to give away, the best of it first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sonde_core.body import EMPTY, Body
from sonde_core.extract import Extract
from sonde_core.model import Chunk
from sonde_core.outlets.file_names import stem_of
from sonde_core.outlets.offers import name_of, of_body, of_text, of_timeline
from sonde_core.outlets.saving import Content, pieces_of

if TYPE_CHECKING:
    from sonde_core.model import Exchange

    from .widgets.answer.answer import Answer
    from .widgets.answer.answer_views import AnswerViews
    from .widgets.rows.line_source import Selected
    from .widgets.transcript.transcript import Transcript


def of_answer(answer: Answer, views: AnswerViews, *, reveal: bool) -> list[Content]:
    """Offer what is shown of an answer, then its body, then its bytes on the wire."""
    exchange = answer.exchange
    if exchange is None:
        return []
    bodies = list(_bodies(answer, exchange, views))
    wire = of_timeline(exchange, answer.recording, reveal=reveal)
    if views.shown == "wire":
        return [*_of_moments(views.wire, wire), *bodies]
    return [*_shown(exchange, views), *bodies, *wire]


def _shown(exchange: Exchange, views: AnswerViews) -> Iterator[Content]:
    """Offer a selection, what was picked, or the page of facts that is shown."""
    stem = stem_of(name_of(EMPTY, exchange))
    found = views.at_hand()
    if found is not None and found[1] == "selection":
        yield from _selection(found[0], stem)
    elif found is not None and found[1] != "body" and isinstance(found[0], Body):
        yield of_body(found[0], found[1], name=f"{stem}-picked.json")
    if text := views.page():
        yield of_text(text, f"{views.shown} as text", f"{stem}-{views.shown}.txt")


def _bodies(answer: Answer, exchange: Exchange, views: AnswerViews) -> Iterator[Content]:
    body = answer.body
    if not body.size:
        return
    received = of_body(body, "body as received", exchange)
    if not answer.over:
        received = replace(received, note="More of it is still to come.")
    readable = views.body.view.readable if views.shown == "body" else None
    label = views.body.view.label if views.shown == "body" else ""
    yield received
    if readable is not None:
        yield of_body(readable, f"{label or 'body'}, as shown", name=received.name)


def of_session(exchange: Exchange, transcript: Transcript, *, reveal: bool) -> list[Content]:
    """Offer what is selected, all that was said, and the chunk under the cursor."""
    offers = of_timeline(exchange, exchange.timeline, reveal=reveal)
    return list(_of_moments(transcript, offers))


def _of_moments(transcript: Transcript, offers: list[Content]) -> Iterator[Content]:
    stem = stem_of(offers[0].name).removesuffix("-transcript")
    selected = transcript.selected_bytes()
    if selected is not None:
        yield from _selection(selected, stem)
    yield from offers
    moment = transcript.moment_at_cursor()
    if isinstance(moment, Chunk) and moment.data:
        yield Content("chunk", pieces_of(moment.data), f"{stem}-chunk.bin", len(moment.data))


def _selection(found: Selected, stem: str) -> Iterator[Content]:
    name = f"{stem}-selection.txt"
    if isinstance(found, bytes):
        yield Content("selection", pieces_of(found), name, len(found))
    elif isinstance(found, Extract):
        if found.size:
            yield Content("selection", found.slices, name, found.size)
    else:
        yield Content("selection", lambda: iter((found.read(),)), name)
