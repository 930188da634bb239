from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sonde_core.history.store import Store
from sonde_core.history.view import NEWEST, View
from tests.histories import line, write


def view_of(path: Path) -> View:
    view = View(Store(path))
    view.refresh()
    return view


def shown(view: View) -> list[str]:
    return [summary.id for summary in view.summaries()]


def test_a_missing_file_is_an_empty_view(path: Path) -> None:
    view = view_of(path)
    assert (shown(view), view.complete, view.load_some()) == ([], True, False)
    assert view.snapshot() is None


def test_the_list_is_the_same_until_something_changes(path: Path) -> None:
    write(path, line("a"))
    view = view_of(path)
    first = view.summaries()
    view.refresh()
    assert view.summaries() is first
    write(path, line("a"), line("b"))
    view.refresh()
    assert shown(view) == ["b", "a"]


def test_the_newest_come_first_and_the_rest_in_parts(path: Path) -> None:
    write(path, *(line(f"{number:04}") for number in range(2500)))
    view = view_of(path)
    assert len(shown(view)) == NEWEST
    parts = [len(shown(view))]
    while view.load_some():
        parts.append(len(shown(view)))
    assert parts == [200, 1200, 2200, 2500]
    assert len(shown(view)) == 2500
    assert view.complete


def test_a_rewritten_file_is_read_anew_as_far_as_before(path: Path) -> None:
    write(path, *(line(f"{number:04}") for number in range(500)))
    partial, whole = view_of(path), view_of(path)
    whole.load()
    other = path.with_name("other")
    write(other, *(line(f"{number:04}") for number in range(100, 600)))
    other.replace(path)
    for view in (partial, whole):
        view.refresh()
    assert len(shown(partial)) == NEWEST
    assert (len(shown(whole)), shown(whole)[-1]) == (500, "0100")


@pytest.mark.parametrize("end", [b"", b",\n{", b',\n{"v":1,"id":"c"', b",\noops", b"\n]"])
def test_an_entry_that_is_being_written_is_not_shown_and_not_bad(path: Path, end: bytes) -> None:
    view = view_of(path)
    path.write_bytes(b"[\n" + line("a") + b",\n" + line("b") + b"\n" + end)
    view.refresh()
    assert shown(view) == ["b", "a"]
    fresh = view_of(path)
    assert shown(fresh) == ["b", "a"]
    write(path, line("a"), line("b"), line("c"))
    for each in (view, fresh):
        each.refresh()
        assert (shown(each), each.bad) == (["c", "b", "a"], 0)


def test_a_file_that_shrank_in_place_is_read_anew(path: Path) -> None:
    write(path, line("a"), line("b"), line("c"))
    view = view_of(path)
    write(path, line("z"))
    view.refresh()
    assert shown(view) == ["z"]


def test_what_was_read_stays_when_the_file_is_gone(path: Path) -> None:
    write(path, line("a"))
    view = view_of(path)
    path.unlink()
    view.refresh()
    assert shown(view) == ["a"]
    row = view.row("a")
    assert row
    assert view.line(row) == line("a")


def test_a_foreign_file_is_not_read(path: Path) -> None:
    write(path, line("a"))
    view = View(Store(path))
    view.foreign = True
    view.refresh()
    view.renew()
    assert shown(view) == []


def test_it_can_be_drawn_while_it_is_loaded(path: Path) -> None:
    write(path, *(line(f"{number:05}") for number in range(20_000)))
    view = view_of(path)
    loading = threading.Thread(target=view.load)
    loading.start()
    seen = {len(view.summaries()) for _ in iter(loading.is_alive, False)}
    loading.join()
    assert len(view.summaries()) == 20_000
    assert len(seen) > 1


def test_lines_can_be_read_after_it_was_closed_no_more(path: Path) -> None:
    write(path, line("a"))
    view = view_of(path)
    view.close()
    row = view.row("a")
    assert row
    assert view.line(row) == b""


def test_the_file_is_given_with_its_rows_newest_first(path: Path) -> None:
    write(path, line("a"), line("b"))
    view = view_of(path)
    snapshot, rows = view.listed()
    assert snapshot is not None
    assert [each.summary.id for each in rows] == ["b", "a"]
    assert view.read(snapshot, rows[0].offset, rows[0].size) == line("b")
    assert view.line(rows[1]) == line("a")
    view.close()
    assert view.read(snapshot, 0, 1) == view.line(rows[1]) == b""
    assert view.listed()[0] is None


def test_it_is_outdated_once_another_file_has_the_name(path: Path) -> None:
    write(path, line("a"))
    view = view_of(path)
    assert not view.outdated
    other = path.with_name("other")
    write(other, line("b"))
    other.replace(path)
    assert view.outdated
    path.unlink()
    assert not view.outdated  # there is nothing newer to be read
    view.refresh()
    assert shown(view) == ["a"]
    assert not View(Store(path)).outdated


def test_a_line_that_another_process_is_writing_is_read_once_it_is_whole(path: Path) -> None:
    write(path, line("a"))
    view = view_of(path)
    whole = path.read_bytes()[:-3] + b",\n" + line("b")
    for end in (whole[:-40], whole[:-1], whole[:-40] + b"\n]\n"):
        path.write_bytes(end)
        view.refresh()
        assert (shown(view), view.bad) == (["a"], 0)
    path.write_bytes(whole + b"\n]\n")
    view.refresh()
    assert (shown(view), view.bad) == (["b", "a"], 0)
