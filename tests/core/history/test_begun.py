from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Never

import pytest

from sonde_core.errors import BodyError
from sonde_core.history import begun
from sonde_core.history.archive import Archive
from sonde_core.history.begun import KILLED, is_under_way, left_behind, mark
from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from sonde_core.http_request import HttpRequest, RequestBody
from sonde_core.model import Moment, Outcome
from sonde_core.settings import Limits
from tests.histories import FaultyDisk, bodies, http, ids, line, received, session, values, write


def opened(path: Path) -> Archive:
    archive = Archive(path, limits=Limits(body_inline=50))
    archive.open()
    return archive


class Unreadable(tuple[Moment, ...]):
    """What happened, in a recording whose file is gone."""

    def __getitem__(self, _: object) -> Never:
        raise BodyError("Could not read the recording.")

    def __iter__(self) -> Never:
        raise BodyError("Could not read the recording.")


def of_a_process_that_is_gone(path: Path) -> None:
    """Say that what is noted was noted by a process that ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"pid":%d' % os.getpid(), b'"pid":%d' % process.pid))


def test_what_is_under_way_is_in_the_file_and_in_no_list(path: Path) -> None:
    archive = opened(path)
    archive.begin(Entry(new_id(), left_behind(http())))
    assert len(ids(path)) == 1
    for each in (archive, opened(path)):
        assert each.view.summaries() == []
        each.close()


def test_what_is_over_counts_in_place_of_its_beginning(path: Path) -> None:
    archive = opened(path)
    first, second = new_id(), new_id()
    archive.begin(Entry(first, left_behind(http(1))))
    archive.begin(Entry(second, left_behind(http(2))))
    archive.add(Entry(first, http(1)))
    of_a_process_that_is_gone(path)
    for each in (archive, opened(path)):
        each.load()
        outcomes = [(each.id, each.outcome) for each in each.view.summaries()]
        assert (first, Outcome.DONE) in outcomes
    assert received(opened(path).get(first)).read() == b"hello"


def test_of_what_was_killed_the_request_is_left(path: Path) -> None:
    archive = opened(path)
    archive.begin(Entry(new_id(), left_behind(session()), replay_of="r"))
    of_a_process_that_is_gone(path)
    again = opened(path)
    (found,) = again.view.summaries()
    assert (found.outcome, found.readable, found.replay_of) == (Outcome.FAILED, True, "r")
    exchange = again.get(found.id).exchange
    assert exchange.problem == KILLED
    assert exchange.request == session().request
    assert exchange.started == session().started
    assert again.compact() <= 0
    assert again.view.summaries() == [found]


def test_an_end_that_comes_after_all_replaces_what_is_shown(path: Path) -> None:
    writer = opened(path)
    identity = new_id()
    writer.begin(Entry(identity, left_behind(http(1))))
    data = path.read_bytes()
    path.write_bytes(data.replace(os.uname().nodename.encode(), b"elsewhere"))
    reader = opened(path)
    reader.change([identity], {"name": "mine"})
    writer.add(Entry(identity, http(1)))
    reader.refresh()
    (found,) = reader.view.summaries()
    assert (found.outcome, found.name, found.status) == (Outcome.DONE, "mine", 200)


def test_compaction_drops_the_beginning_of_what_is_over_and_no_other(path: Path) -> None:
    archive = opened(path)
    over, open_one = new_id(), new_id()
    archive.begin(Entry(over, left_behind(http(1))))
    archive.begin(Entry(open_one, left_behind(http(2))))
    archive.add(Entry(over, http(1)))
    archive.compact()
    assert ids(path) == [open_one, over]
    assert ["begun" in value for value in values(path)] == [True, False]


def test_the_body_of_a_request_is_kept_with_its_beginning(path: Path) -> None:
    archive = opened(path)
    posted = HttpRequest(body=RequestBody("text", text="x" * 500))
    exchange = replace(http(), request=posted)
    archive.begin(Entry(new_id(), left_behind(exchange)))
    assert len(bodies(path)) == 1
    archive.compact()
    assert len(bodies(path)) == 1


@pytest.mark.parametrize("name", ["open", "pwrite", "flock", "link", "replace"])
def test_a_disk_that_takes_no_beginning_is_no_trouble(path: Path, name: str) -> None:
    disk = FaultyDisk(name, 1, 28, lasting=True)
    archive = Archive(path, limits=Limits(body_inline=50), disk=disk)
    archive.begin(Entry(new_id(), http(body=b"x" * 500)))
    assert archive.telling.warnings == []
    assert archive.unsaved == 0
    archive.close()


def test_of_several_beginnings_one_whose_body_is_gone_is_left_out(path: Path) -> None:
    archive = opened(path)
    broken = Entry(new_id(), replace(http(), timeline=Unreadable(http().timeline)))
    noted = [Entry(new_id(), left_behind(http(number))) for number in range(2)]
    archive.begin(noted[0], broken, noted[1])
    archive.begin(broken)
    assert ids(path) == [each.id for each in noted]
    assert archive.unsaved == 0
    archive.close()


def test_nothing_is_noted_while_the_file_takes_nothing(path: Path) -> None:
    disk = FaultyDisk("pwrite", 1, 28, lasting=True)
    archive = Archive(path, disk=disk)
    archive.add(Entry(new_id(), http(1)))
    disk.heal()
    archive.begin(Entry(new_id(), http(2)))
    archive.close()
    assert len(ids(path)) == 1


def test_a_process_is_told_from_a_later_one_with_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = mark()
    assert is_under_way(mine)
    assert not is_under_way(mine | {"host": "elsewhere"})
    assert not is_under_way(mine | {"pid": 0})
    assert not is_under_way(mine | {"pid": 1 << 40})
    if sys.platform == "linux":
        assert not is_under_way(mine | {"since": 1})
    monkeypatch.setattr(begun, "_since", lambda _: 0)  # as on a system that cannot tell
    assert is_under_way(mine | {"since": 0})


@pytest.mark.parametrize("wrong", [None, {}, {"pid": "1", "host": "x"}, {"pid": -1}])
def test_what_is_no_mark_is_a_bad_line(path: Path, wrong: object) -> None:
    with pytest.raises(ValueError, match="a"):
        is_under_way(wrong)
    write(path, line("a", begun=wrong), line("b"))
    archive = opened(path)
    assert [each.id for each in archive.view.summaries()] == ["b"]
    assert "1 line" in archive.telling.warnings[0]


def test_it_is_found_in_the_part_of_a_line_that_a_list_reads(path: Path) -> None:
    archive = opened(path)
    archive.begin(Entry(new_id(), http(1)))
    (value,) = values(path)
    assert list(value).index("begun") < list(value).index("req")
    assert json.loads(path.read_bytes()) == [value]


def test_a_process_of_somebody_else_runs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    mine = mark()
    monkeypatch.setattr(os, "kill", refuse)
    assert is_under_way(mine)
    assert begun._since(1 << 30) == 0
