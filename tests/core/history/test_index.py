from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.history.index import Change, Index, change_of, glance_shown, read
from sonde_core.history.lines import Line
from sonde_core.history.summary import Summary
from tests.histories import line


def change(of: str, kind: str = "set", **values: object) -> bytes:
    return json.dumps({"v": 1, "id": "c", "kind": kind, "of": of, **values}).encode()


def placed(lines: list[bytes]) -> list[Line]:
    found, offset = [], 2
    for each in lines:
        found.append(Line(offset, each))
        offset += len(each) + 2
    return found


def older(index: Index, lines: list[Line]) -> Index:
    for each in reversed(lines):
        index.add_older(each.offset, len(each.data), read(each.data))
    return index


def newer(index: Index, lines: list[Line]) -> Index:
    for each in lines:
        index.add_newer(each, read(each.data))
    return index


def shown(index: Index) -> list[tuple[str, str, bool]]:
    return [(row.summary.id, row.summary.name, row.summary.pinned) for row in index.newest_first()]


LINES = st.lists(
    st.one_of(
        st.sampled_from("abc").map(line),
        st.builds(
            lambda of, values: change(of, **values),
            st.sampled_from("abc"),
            st.fixed_dictionaries(
                {},
                optional={
                    "name": st.sampled_from("xyz"),
                    "pin": st.booleans(),
                    "deleted": st.booleans(),
                },
            ),
        ),
        st.sampled_from("abc").map(lambda of: change(of, "del")),
    ),
    max_size=12,
    unique_by=lambda each: each if b"target" in each else object(),
)


@given(LINES, st.integers(0, 12))
def test_reading_from_either_end_shows_the_same(lines: list[bytes], split: int) -> None:
    """The newest come first, what is appended meanwhile next, the rest behind."""
    found = placed(lines)
    forwards = newer(Index(), found)
    mixed = newer(older(Index(), found[split : split + 3]), found[split + 3 :])
    older(mixed, found[:split])
    assert shown(mixed) == shown(forwards)
    assert mixed.deletions.keys() == forwards.deletions.keys()
    assert sorted(mixed.ids()) == sorted(forwards.ids())


def test_an_entry_in_memory_takes_its_place_in_the_file() -> None:
    (entry,) = placed([line("a")])
    summary = read(entry.data)
    assert isinstance(summary, Summary)
    index = Index()
    index.add_unsaved(summary)
    index.add_unsaved(summary)
    assert [row.offset for row in index.unsaved()] == [-1]
    newer(index, [entry])
    row = index.row("a")
    assert row
    assert (row.offset, row.size, row.summary.saved) == (2, len(entry.data), True)
    assert (len(index), index.unsaved()) == (1, [])


def test_a_deleted_entry_is_hidden_and_still_known() -> None:
    index = newer(Index(), placed([line("a"), change("a", "del")]))
    assert index.row("a") is None
    assert "a" in index
    assert len(index) == 1
    assert list(index.ids()) == []


def test_bad_lines_are_counted() -> None:
    index = Index()
    index.add_newer(Line(2, b"oops"), None)
    index.add_older(0, 4, None)
    assert (index.bad, index.complete) == (2, True)


def test_fields_that_stand_behind_the_large_ones_are_found() -> None:
    """Somebody sorted the fields by name."""
    text = json.dumps(json.loads(line("a", name="n")), sort_keys=True, separators=(",", ":"))
    summary = read(text.encode())
    assert isinstance(summary, Summary)
    assert (summary.name, summary.target) == ("n", "tcp://127.0.0.1:1")
    assert "io" in glance_shown(text.encode())


def test_a_change_tells_when_it_was_made() -> None:
    found = change_of({"kind": "del", "of": "a", "t": "2026-11-24T12:00:00Z", "v": 3, "x": 1})
    assert found == Change("a", {"deleted": True}, datetime(2026, 11, 24, 12, tzinfo=UTC), 3)
    assert change_of({"kind": "set", "of": "a", "t": 7}).at is None
    with pytest.raises(ValueError, match="object"):
        change_of({"kind": "set", "of": 7})
