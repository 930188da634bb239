"""What another process compacted away comes back where it was."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from sonde_core.history.archive import Archive
from sonde_core.history.entry import summary_from_json
from sonde_core.history.index import Row
from sonde_core.history.lines import whole_record
from sonde_core.history.placing import NOWHERE, Place, Returning, placed, places
from tests.histories import FaultyDisk, ids, line, write


def opened(path: Path, disk: FaultyDisk | None = None) -> Archive:
    archive = Archive(path, disk=disk)
    archive.open()
    archive.load()
    return archive


def at(identity: str, minute: int, seconds: int = 0) -> bytes:
    return line(identity, t=f"2026-11-24T12:{minute:02}:00.000Z", ms={"total": seconds * 1000})


def returning(data: bytes, place: Place = NOWHERE) -> Returning:
    value = whole_record(data)
    return Returning(summary_from_json(value), place, (value,))


def order(lines: Sequence[bytes], back: Sequence[Returning]) -> list[object]:
    there = {str(whole_record(each)["id"]) for each in lines}
    done = placed(iter(lines), back, there.__contains__)
    return [whole_record(each)["id"] for each in done]


@pytest.mark.parametrize("chosen", [["a"], ["c"], ["e"], ["e", "b", "c"], ["d", "a", "e"]])
def test_they_are_newest_first_again_in_every_process(path: Path, chosen: list[str]) -> None:
    write(path, *map(line, "abcde"))  # no time tells them apart
    one, two = opened(path), opened(path)
    gone = one.delete(chosen)
    two.compact()
    assert set(ids(path)).isdisjoint(chosen)
    assert one.restore(gone) == chosen
    assert ids(path) == list("abcde")
    two.refresh()
    for archive in (one, two):
        assert [each.id for each in archive.view.summaries()] == list("edcba")
        archive.close()


def test_deletions_one_after_the_other_come_back_in_order(path: Path) -> None:
    write(path, *(at(name, minute) for minute, name in enumerate("abcd")))
    one, two = opened(path), opened(path)
    first, second = one.delete(["b"]), one.delete(["c"])
    two.compact()
    one.restore(second)
    one.restore(first)
    assert ids(path) == list("abcd")
    one.close()
    two.close()


def test_what_two_processes_deleted_side_by_side_comes_back_in_order(path: Path) -> None:
    write(path, *(at(name, minute) for minute, name in enumerate("abcd")))
    one, two = opened(path), opened(path)
    first = one.delete(["b"])
    two.refresh()
    second = two.delete(["c"])
    opened(path).compact()
    one.restore(first)
    two.restore(second)
    assert ids(path) == list("abcd")
    one.close()
    two.close()


def test_what_else_can_be_undone_stays_so(path: Path) -> None:
    write(path, *(at(name, minute) for minute, name in enumerate("abcd")))
    one, two = opened(path), opened(path)
    first = one.delete(["a"])
    two.compact()
    second = one.delete(["c"])
    one.restore(first)
    assert [each.id for each in one.view.summaries()] == ["d", "b", "a"]
    one.restore(second)
    assert [each.id for each in one.view.summaries()] == ["d", "c", "b", "a"]
    one.close()
    two.compact()
    assert ids(path) == list("abcd")


def test_without_room_for_a_rewrite_they_come_to_the_end(path: Path) -> None:
    write(path, *map(line, "abc"))
    disk = FaultyDisk("replace", 0, errno.ENOSPC)
    one, two = opened(path, disk), opened(path)
    gone = one.delete(["a"])
    two.compact()
    disk._at = disk.calls.get("replace", 0) + 1
    assert one.restore(gone) == ["a"]
    assert ids(path) == list("bca")
    one.close()
    two.close()


def test_the_end_counts_where_no_neighbour_is_left() -> None:
    lines = [at("a", 1, 600), at("b", 12), line("x", kind="set", of="q"), at("c", 20)]
    assert order(lines, [returning(at("n", 5))]) == ["n", "a", "b", "x", "c"]
    assert order(lines, [returning(at("n", 2, 550)), returning(at("m", 30))]) == [
        *("a", "n", "b", "x", "c", "m")
    ]
    tied = at("n", 12)
    assert order(lines, [returning(tied, Place(9, "gone", "c"))]) == ["a", "b", "x", "n", "c"]
    assert order(lines, [returning(tied, Place(9, "gone", "b"))]) == ["a", "n", "b", "x", "c"]
    assert order([], [returning(at("n", 5))]) == ["n"]


def test_what_somebody_else_brought_back_is_there_once() -> None:
    lines = [at("a", 1), at("n", 2), at("c", 3)]
    assert order(lines, [returning(at("n", 2), Place(9, "a", ""))]) == ["a", "n", "c"]


def test_places_are_among_those_that_stay() -> None:
    rows = [
        Row(summary_from_json(whole_record(line(name))), number)
        for number, name in enumerate("abcd")
    ]
    assert places(rows, {"b", "c"}) == {"b": Place(1, "a", "d"), "c": Place(2, "a", "d")}
    assert places(rows, {"a", "d"}) == {"a": Place(0, "", "b"), "d": Place(3, "c", "")}


def test_lines_that_are_no_entries_stay_where_they_are() -> None:
    lines = [
        at("a", 1),
        b"{broken",
        b'{"v":1,"id":"s","kind":"set","of":"a","name":"x"}',
        at("c", 5),
    ]
    back = [returning(at("b", 3))]
    found = list(placed(iter(lines), back, {"a", "c"}.__contains__))
    assert [each[:12] for each in found].index(b"{broken") == 1
    assert whole_record(found[3])["id"] == "b"
    assert found[-1] == lines[-1]


def test_an_entry_that_lasted_for_ever_is_placed_by_its_start() -> None:
    endless = at("b", 3, seconds=10**13)
    assert order([at("a", 1), at("c", 5)], [returning(endless)]) == ["a", "b", "c"]
