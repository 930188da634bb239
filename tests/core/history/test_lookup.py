from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.errors import HistoryError, NotFoundError
from sonde_core.history.bodies import Bodies
from sonde_core.history.disk import Disk
from sonde_core.history.lookup import Lookup
from sonde_core.history.store import Store
from sonde_core.history.view import View
from tests.histories import line, write


class Opened:
    """What looks things up in a file, and the view behind it."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self.view = View(Store(path, disk))
        self.view.refresh()
        bodies = Bodies(path.parent / "bodies", kept=1 << 20)
        self.lookup = Lookup(self.view, bodies, self.view.load_some)


def test_the_oldest_is_found_by_id_place_and_beginning(path: Path) -> None:
    write(path, *(line(f"{number:04}x") for number in range(1000)))
    for reference in ("0000x", "@1000", "0000"):
        opened = Opened(path)
        assert not opened.view.complete
        assert opened.lookup.find(reference) == "0000x"
    assert Opened(path).lookup.entry("0001x").exchange.kind == "tcp"


def test_no_more_is_read_than_a_place_needs(path: Path) -> None:
    write(path, *(line(f"{number:04}") for number in range(1000)))
    opened = Opened(path)
    assert opened.lookup.find("@5") == "0995"
    assert len(opened.view.summaries()) == 200


def test_a_whole_id_that_begins_others_is_itself(path: Path) -> None:
    write(path, line("ab"), line("abc"))
    assert Opened(path).lookup.find("ab") == "ab"
    with pytest.raises(NotFoundError, match="2 entries have"):
        Opened(path).lookup.find("a")


def test_changes_count_when_it_is_opened(path: Path) -> None:
    change = b'{"v":1,"id":"c","kind":"set","of":"a","name":"n","pin":true,"note":7}'
    write(path, line("a", note="kept"), change)
    entry = Opened(path).lookup.entry("a")
    assert (entry.name, entry.pinned, entry.note) == ("n", True, "kept")


def test_a_file_that_was_edited_in_place_is_read_anew(path: Path) -> None:
    write(path, line("a"), line("b"))
    opened = Opened(path)
    write(path, line("x"), line("a"), line("b", name="edited"))
    assert opened.lookup.entry("b").id == "b"
    write(path, line("a"))
    with pytest.raises(NotFoundError):
        opened.lookup.entry("b")


@pytest.mark.parametrize(
    "fields",
    [
        {"v": 2},
        {"outcome": "dreamt"},
        {"req": 7},
        {"req": {}},
        {"io": [[1, "?", {"text": ""}]]},
        {"events": [7]},
        {"res": {"status": -1}},
        {"ms": {"total": "long"}},
    ],
)
def test_an_entry_that_cannot_be_opened_says_why(path: Path, fields: dict[str, object]) -> None:
    write(path, line("a", **fields))
    with pytest.raises(HistoryError, match=r"Entry a cannot be opened: .+") as caught:
        Opened(path).lookup.entry("a")
    assert ("newer Sonde" in caught.value.advice) == ("v" in fields)
    assert ("damaged" in caught.value.advice) == ("v" not in fields)


def test_a_line_that_became_unreadable_is_told(path: Path) -> None:
    write(path, line("a"))
    opened = Opened(path)
    data = path.read_bytes().replace(b'"events"', b'"events}')
    path.write_bytes(data)
    with pytest.raises(HistoryError, match="Entry a cannot be opened"):
        opened.lookup.entry("a")


class Counted(Disk):
    """Counts how often it is read from."""

    def __init__(self) -> None:
        self.reads = 0

    def pread(self, handle: int, size: int, offset: int) -> bytes:
        self.reads += 1
        return super().pread(handle, size, offset)


def test_lines_that_lie_near_each_other_are_read_with_one_call(path: Path) -> None:
    kept = [line(name, note="n" * number) for number, name in enumerate("abcd")]
    write(path, *kept)
    disk = Counted()
    opened = Opened(path, disk)
    disk.reads = 0
    lines = opened.lookup.lines(["b", "d", "unknown", "a"])
    assert lines == {"a": kept[0], "b": kept[1], "d": kept[3]}
    assert disk.reads == 1
    assert opened.lookup.entry("d", lines["d"]).id == "d"
    assert disk.reads == 1


def test_lines_that_lie_far_apart_are_read_one_by_one(path: Path) -> None:
    write(path, line("a"), line("b", note="n" * (1 << 19)), line("c"))
    opened = Opened(path)
    assert opened.lookup.lines(["a", "c"]) == {}
    assert opened.lookup.lines(["a"]) == {}
    assert set(opened.lookup.lines(["a", "b", "c"])) == {"a", "b", "c"}


def test_a_line_that_is_of_another_entry_by_now_is_read_anew(path: Path) -> None:
    write(path, line("a", name="first"), line("b"))
    opened = Opened(path)
    lines = opened.lookup.lines(["a", "b"])
    assert opened.lookup.entry("a", lines["b"]).name == "first"
