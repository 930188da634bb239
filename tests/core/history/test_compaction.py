from __future__ import annotations

import json
from collections.abc import Sequence

from sonde_core.history.compaction import plan, remaining
from sonde_core.history.index import Change
from sonde_core.history.lines import Line, trimmed
from tests.histories import line


def change(of: str, kind: str = "set", v: int = 1, **values: object) -> bytes:
    value = {"v": v, "id": "c", "t": "2026-11-24T12:00:00.123Z", "kind": kind, "of": of}
    return json.dumps(value | values, separators=(",", ":")).encode()


class Compacted:
    """A compaction of some lines.

    Attributes:
        kept: The lines that remain.
        cut: What is not kept.
    """

    def __init__(self, *lines: bytes, unripe: Sequence[str] = ()) -> None:
        data = b",\n".join(lines)
        placed, offset = list[Line](), 0
        for each in data.split(b"\n"):
            placed += filter(None, [trimmed(offset, each)])
            offset += len(each) + 1
        self.cut: list[bytes] = []
        decided = plan(placed, lambda deletion: deletion.of not in unripe)
        self.kept = list(
            remaining(placed, decided, lambda at, size: data[at : at + size], self.cut.append)
        )


def test_changes_are_folded_into_their_entries() -> None:
    done = Compacted(
        line("a"), change("a", name="x", note="n"), line("b"), change("a", name="y", tags=["t"])
    )
    folded = json.loads(done.kept[0])
    assert done.kept[1:] == [line("b")]
    assert (folded["name"], folded["note"], folded["tags"]) == ("y", "n", ["t"])
    assert list(folded).index("name") < list(folded).index("req")


def test_an_entry_without_changes_stays_byte_for_byte() -> None:
    odd = line("a").replace(b'"v":1', b'"v": 1.0,"n":1.10')
    assert Compacted(odd).kept == [odd]


def test_a_change_before_its_entry_counts_too() -> None:
    (entry,) = Compacted(change("a", name="x"), line("a")).kept
    assert json.loads(entry)["name"] == "x"


def test_deleted_entries_go_with_their_changes() -> None:
    assert Compacted(
        line("a"), change("a", name="x"), line("b"), change("a", "del"), change("a", name="y")
    ).kept == [line("b")]


def test_a_deletion_that_can_be_undone_stays() -> None:
    gone = change("a", "del")
    done = Compacted(line("a"), change("a", name="x"), gone, unripe=["a"])
    assert json.loads(done.kept[0])["name"] == "x"
    assert done.kept[1:] == [gone]


def test_a_deletion_that_was_taken_back_leaves_no_trace() -> None:
    done = Compacted(line("a"), change("a", "del"), change("a", deleted=False))
    assert done.kept == [line("a")]


def test_what_newer_versions_wrote_stays_as_it_is() -> None:
    newer = [
        b'{"v":2,"id":"n","kind":"dream"}',
        change("n", name="x"),
        change("a", "set", 2, mood="blue"),
    ]
    assert Compacted(line("a"), *newer).kept == [line("a"), *newer]


def test_unknown_fields_survive_folding() -> None:
    (entry,) = Compacted(line("a", later={"x": [None, "\ud800"]}), change("a", mood="blue")).kept
    value = json.loads(entry)
    assert (value["later"], value["mood"]) == ({"x": [None, "\ud800"]}, "blue")


def test_lines_that_cannot_be_read_are_cut_and_told() -> None:
    bad = [b'{"v":1,"id":"x","kind":"tcp","n":NaN}', b'{"v":1,"id":"y","kind":"tcp","n":1e999}']
    done = Compacted(line("a"), *bad, line("b"), b"oops", change("a", "del"))
    assert done.kept == [line("b")]
    assert all(each in done.cut[0] for each in bad)
    assert done.cut[1] == b"oops"


def test_an_object_that_someone_spread_over_lines_is_found_again() -> None:
    spread = json.dumps(json.loads(line("b")), indent=1).encode()
    done = Compacted(line("a"), spread, line("c"))
    assert [json.loads(each)["id"] for each in done.kept] == ["a", "b", "c"]


def test_a_time_that_is_none_decides_nothing() -> None:
    asked: list[Change] = []

    def never(deletion: Change) -> bool:
        asked.append(deletion)
        return False

    assert not plan([Line(0, change("a", "del", t="whenever"))], never).gone
    assert asked[0].at is None


def test_a_line_with_a_missing_part_is_cut() -> None:
    torn = line("b", note="x" * 20).replace(b'"io":[]', b'"io":\0\0\0')
    done = Compacted(line("a"), torn, line("c"))
    assert done.kept == [line("a"), line("c")]
    assert done.cut == [torn]


def test_changes_are_folded_into_an_entry_without_a_request() -> None:
    (entry,) = Compacted(b'{"v":1,"id":"a","kind":"tcp"}', change("a", name="x")).kept
    assert json.loads(entry) == {"v": 1, "id": "a", "kind": "tcp", "name": "x"}
