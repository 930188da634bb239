from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.history.entry import Entry, to_json
from sonde_core.history.index import read
from sonde_core.history.quick import quick_summary
from sonde_core.history.schema.values import dumps
from sonde_core.history.summary import Summary
from sonde_core.model import Exchange
from tests.histories import http, line, session
from tests.strategies import entries, examples

PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@given(entries())
@examples(1)
def test_what_it_reads_is_what_any_line_is_read_as(entry: Entry) -> None:
    data = dumps(to_json(entry))
    assert quick_summary(data) in (None, read(data))


@given(entries(), PLAIN, PLAIN, st.lists(PLAIN, max_size=3), st.booleans())
@examples(1)
def test_plain_text_is_read_as_it_stands(
    entry: Entry, name: str, note: str, tags: list[str], pinned: bool
) -> None:
    entry = replace(entry, id="id-1", name=name, note=note, tags=tuple(tags), pinned=pinned)
    data = dumps(to_json(entry))
    assert quick_summary(data) in (None, read(data))


@pytest.mark.parametrize("exchange", [http(), session()])
def test_it_reads_the_usual_line(exchange: Exchange) -> None:
    entry = Entry("id-1", exchange, "name", True, ("a", "b"), "note")
    data = dumps(to_json(entry))
    assert quick_summary(data) == read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        line("a")[:-1],
        line("a", kind="set", of="b"),
        line("a", v=2),
        dumps(to_json(Entry("", http()))),
        dumps(to_json(Entry("a", http())) | {"t": "2026-99-01T00:00:00Z"}),
        dumps(to_json(Entry("a", http())) | {"kind": "later"}),
        dumps(to_json(Entry("a", http())) | {"outcome": "later"}),
        dumps({"begun": {}} | to_json(Entry("a", http()))),
        dumps(to_json(Entry("a", http())) | {"tags": ["b"]}),
    ],
)
def test_it_leaves_other_lines_to_others(data: bytes) -> None:
    assert quick_summary(data) is None


def test_what_others_put_at_the_end_of_a_line_counts() -> None:
    given = {"name": "mine", "pin": True, "tags": ["keep"], "note": "n"}
    plain = to_json(Entry("a", http())) | given
    spaced = json.dumps(plain, indent=None).encode()
    for data in (dumps(plain), spaced):
        found = quick_summary(data) or read(data)
        assert isinstance(found, Summary)
        assert (found.name, found.pinned, found.tags, found.note) == ("mine", True, ("keep",), "n")
