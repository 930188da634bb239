"""An entry without its secrets: each found by what it is called, by a pattern, or as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import chain
from typing import Final

from ..body import Body, Spool
from ..formats.masking import mask_stream
from ..formats.messages import asking
from ..history.entry import Entry
from ..http_request import HttpRequest
from ..model import Chunk, Direction, Exchange
from ..secret_contents import Kind
from . import recording
from .finding import LARGEST, Found, in_content, in_header, in_kind, in_masked, in_url
from .ledger import Ledger
from .patterns import Allowance, Pattern
from .spans import Span, merged, replaced
from .walk import on_text, walked

# Larger bodies are looked through in parts of so many bytes, which overlap.
_PART: Final = 16 << 20
_OVERLAP: Final = 1 << 16
_WORDS: Final = {"response": "answer", "hops": "redirects", "problem": "error"}
_KEPT: Final = frozenset(
    ("timeline", "started", "outcome", "kind", "role", "timing", "sent", "received", "under_way")
)


class Scrubber:
    """Takes secrets out of entries.

    Args:
        patterns: What they match is secret; of one with a group, the group.
        literals: These bytes are secret, each with a name to ask for it.
    """

    def __init__(
        self,
        patterns: Sequence[Pattern] = (),
        literals: Mapping[bytes, str] | None = None,
    ) -> None:
        self._patterns = tuple(patterns)
        self._literals = dict(literals or {})

    @property
    def may_be_slow(self) -> bool:
        """Whether a person's patterns are looked for, which may take too long."""
        return bool(self._patterns)

    def scrub(self, entry: Entry) -> Entry:
        """Return an entry with stand-ins for its secrets; the same one if it has none.

        Raises:
            BodyError: Its bytes cannot be read.
            SlowPatternError: A pattern takes too long.
        """
        ledger, time = Ledger(entry.left_out), Allowance()
        for value, name in self._literals.items():
            ledger.add(value, name, "")
        _Pass(ledger, self._patterns, time, looking=True).entry(entry)
        if not ledger:
            return entry
        ledger.seal()
        done = _Pass(ledger, self._patterns, time, looking=False).entry(entry)
        if done == entry:
            return entry
        return replace(done, left_out=ledger.left_out(), hidden=())

    def text(self, text: str) -> str:
        """Return text of a person's own without what patterns and literals say is secret."""
        return on_text(text, self._cleared)

    def _cleared(self, data: bytes) -> bytes:
        time = Allowance()
        places = (place for each in self._patterns for place in each.places(data, time))
        found = [Span(*place, b"***") for place in places]
        for value in self._literals:
            found += [Span(*each.span(), b"***") for each in re.finditer(re.escape(value), data)]
        return replaced(data, merged(found))


class _Pass:
    """One way through an entry: to find its secrets, or to replace them."""

    def __init__(
        self, ledger: Ledger, patterns: Sequence[Pattern], time: Allowance, *, looking: bool
    ) -> None:
        self._ledger = ledger
        self._patterns = patterns
        self._time = time
        self._looking = looking

    def entry(self, entry: Entry) -> Entry:
        exchange = self._exchange(entry.exchange)
        if self._looking:
            return entry
        return replace(
            entry,
            exchange=exchange,
            name=walked(entry.name, self, "name"),
            tags=walked(entry.tags, self, "tags"),
            note=walked(entry.note, self, "note"),
        )

    def _exchange(self, before: Exchange) -> Exchange:
        after = before
        for each in fields(before):
            if each.name not in _KEPT:
                value = getattr(before, each.name)
                done = walked(value, self, _WORDS.get(each.name, each.name))
                if done is not value and done != value:
                    after = replace(after, **{each.name: done})
        events = tuple(
            moment if isinstance(moment, Chunk) else walked(moment, self, "events")
            for moment in before.timeline
        )
        pieces = recording.changed(before, self.spans)
        if self._looking:
            return before
        if any(one is not other for one, other in zip(events, before.timeline, strict=True)):
            after = replace(after, timeline=events)
        if pieces:
            after = recording.with_pieces(after, pieces)
        return self._without_coded(before, after)

    def _without_coded(self, before: Exchange, after: Exchange) -> Exchange:
        """Drop bodies from the wire that held a secret in a form in which it is not found."""
        way = asking(before)
        answered = Direction.SENT if way is Direction.RECEIVED else Direction.RECEIVED
        old, new = before.response, after.response
        if old and new and old.body != new.body and _is_coded(old.body, old.headers):
            after = recording.without_body(after, answered)
        request, now = before.request, after.request
        if isinstance(request, HttpRequest) and isinstance(now, HttpRequest):
            rows = tuple((row.name, row.value) for row in request.headers)
            if (
                request.body != now.body
                and before.role == "server"
                and _is_coded(request.body.data, rows)
            ):
                after = recording.without_body(after, way)
        return after

    # What is done to each text and bytes; see `walk.Change`

    def text(self, data: bytes, place: str) -> bytes:
        return self._put(data, in_url(data), place)

    def named(self, name: str, data: bytes, place: str) -> bytes:
        return self._put(data, in_header(name, data), place)

    def secret(self, name: str, data: bytes, place: str) -> bytes:
        return self._put(data, [Found(0, len(data), name)], place)

    def data(self, data: bytes, place: str) -> bytes:
        return self._put(data, in_masked(data, mask_stream(data)), place)

    def content(self, data: bytes, kind: Kind, place: str) -> bytes:
        return self._put(data, in_kind(data, kind), place)

    def body(self, body: Body, kind: Kind | None, place: str) -> Body:
        if not body.kept or not body.stored:
            return body
        if body.stored > LARGEST:
            return self._in_parts(body, place)
        raw = body.read()
        named = in_content(raw, body.media_type) if kind is None else in_kind(raw, kind)
        data = self._put(raw, named, place)
        return body if data == raw else Body.of(data).in_place_of(body)

    def spans(self, data: bytes, found: Iterable[Found], place: str) -> list[Span]:
        """Take what is found, or tell where something is to be replaced."""
        found = chain(found, self._matched(data))
        if self._looking:
            self._ledger.look(data)
            for each in found:
                what = data[each.start : each.end]
                self._ledger.add(what, each.name, place, here=each.here)
            return []
        spans = [
            Span(each.start, each.end, stands)
            for each in found
            if (stands := self._ledger.stands_for(data[each.start : each.end], bare=each.bare))
        ]
        spans += self._ledger.everywhere(data, place)
        return merged(spans)

    def _put(self, data: bytes, found: Iterable[Found], place: str) -> bytes:
        return replaced(data, self.spans(data, found, place)) if data else data

    def _matched(self, data: bytes) -> Iterator[Found]:
        for number, pattern in enumerate(self._patterns, 1):
            for start, end in pattern.places(data, self._time):
                yield Found(start, end, f"pattern {number}")

    def _in_parts(self, body: Body, place: str) -> Body:
        spool, left, changed = Spool(), b"", False
        for part in body.slices(_PART):
            left += part
            spans = self.spans(left, (), place)
            end = max(0, len(left) - _OVERLAP)
            end = next((each.start for each in spans if each.start < end < each.end), end)
            now = [each for each in spans if each.end <= end]
            changed = changed or bool(now)
            spool.write(b"" if self._looking else replaced(left[:end], now))
            left = left[end:]
        spans = self.spans(left, (), place)
        if self._looking or not (changed or spans):
            return body
        spool.write(replaced(left, spans))
        return spool.body().in_place_of(body)


def _is_coded(body: Body, headers: Iterable[tuple[str, str]]) -> bool:
    names = {name.lower() for name, _ in headers}
    return bool(body.coding) or bool(names & {"transfer-encoding", "content-encoding"})
