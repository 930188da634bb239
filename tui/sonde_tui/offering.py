"""What a view has to give away, the best of it first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sonde_core.body import EMPTY, Body
from sonde_core.file_names import suffix_of
from sonde_core.offers import name_of, of_body, of_text, of_timeline
from sonde_core.saving import Content, pieces_of

if TYPE_CHECKING:
    from sonde_core.model import Exchange

    from .widgets.answer import Answer
    from .widgets.answer_views import AnswerViews
    from .widgets.transcript import Transcript


def of_answer(answer: Answer, views: AnswerViews, *, reveal: bool) -> list[Content]:
    """Offer what is shown of an answer, then its body, then its bytes on the wire."""
    exchange = answer.exchange
    if exchange is None:
        return []
    at_hand = list(_at_hand(exchange, views))
    bodies = list(_bodies(answer, exchange, views))
    wire = of_timeline(exchange, answer.recording, reveal=reveal)
    if views.shown == "wire":
        return [*at_hand, *wire, *bodies]
    return [*at_hand, *bodies, *wire]


def _at_hand(exchange: Exchange, views: AnswerViews) -> Iterator[Content]:
    """Offer a selection, what a filter left, or the page of facts that is shown."""
    found = views.at_hand()
    stem = Path(name_of(EMPTY, exchange)).stem
    if found is not None and isinstance(found[0], Body):
        if found[1] != "body":
            suffix = suffix_of(found[0].media_type)
            yield of_body(found[0], found[1], name=f"{stem}-filtered{suffix}")
    elif found is not None and found[1] in ("selection", "chunk"):
        data = found[0] if isinstance(found[0], bytes) else b""
        yield Content(found[1], pieces_of(data), f"{stem}-{found[1]}.txt", len(data))
    if views.shown not in ("", "body", "wire") and (text := views.page()):
        yield of_text(text, f"{views.shown} as text", f"{stem}-{views.shown}.txt")


def _bodies(answer: Answer, exchange: Exchange, views: AnswerViews) -> Iterator[Content]:
    body = answer.body
    if not body.size:
        return
    received = of_body(body, "body as received", exchange)
    yield received
    if views.shown == "body" and (readable := views.body.view.readable) is not None:
        title = "body as shown" if not views.body.view.label else "filtered, as shown"
        yield of_body(readable, title, name=received.name)


def of_session(exchange: Exchange, transcript: Transcript, *, reveal: bool) -> list[Content]:
    """Offer what is selected, all that was said, and the chunk under the cursor."""
    offers = of_timeline(exchange, exchange.timeline, reveal=reveal)
    found = transcript.at_hand()
    if found is None or not found[0]:
        return offers
    data, what = found
    stem = Path(offers[0].name).stem.removesuffix("-transcript")
    at_hand = Content(what, pieces_of(data), f"{stem}-{what}.txt", len(data))
    return [at_hand, *offers] if what == "selection" else [*offers, at_hand]
