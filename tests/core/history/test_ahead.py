from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_core.history import ahead_child
from sonde_core.history.ahead import Ahead, begin
from sonde_core.history.archive import Archive
from sonde_core.history.begun import mark
from sonde_core.history.entry import Entry, to_json
from sonde_core.history.history import History
from sonde_core.history.schema.values import dumps
from sonde_core.history.store import Store
from sonde_core.history.summary import Summary
from sonde_core.history.view import NEWEST, View
from tests.histories import http, line, session, write
from tests.patience import PATIENCE

MANY = 3000


@pytest.fixture
def started(path: Path) -> Iterator[list[Ahead]]:
    """Processes that a test started, which must have ended with it."""
    all_of_them: list[Ahead] = []
    yield all_of_them
    for ahead in all_of_them:
        assert ahead._process.poll() is not None


def reading(path: Path, started: list[Ahead]) -> Ahead:
    ahead = begin(path, at_least=0)
    assert ahead
    started.append(ahead)
    return ahead


def loaded(path: Path, ahead: Ahead | None = None) -> tuple[list[Summary], int, int]:
    """Return all that an index knows: summaries, where lines are, and what is bad."""
    view = View(Store(path))
    view.read_ahead(ahead)
    view.refresh()
    view.load()
    rows = [(row.offset, row.size) for row in view.saved_rows()]
    found = view.summaries(), hash(tuple(rows)), view.bad
    view.close()
    return found


def usual(number: int) -> bytes:
    exchange = session() if number % 7 == 3 else http()
    tags = ("slow", "tagged") if number % 5 == 0 else ()
    return dumps(to_json(Entry(f"{number:05}", exchange, name=f"n{number}", tags=tags)))


def strange(number: int) -> bytes:
    """Return lines that nobody writes like this, and some that say nothing."""
    plain = to_json(Entry(f"{number:05}", http(), note="déjà vu"))
    lines = (
        json.dumps(plain).encode(),
        dumps(plain | {"kind": "later"}),
        dumps(plain | {"name": "last", "pin": True}),
        dumps(plain | {"v": 9}),
        dumps(plain | {"t": "2026-11-01T12:00:00+05:00"}),
        dumps(plain | {"name": "a\ud800b", "begun": {"pid": 0}}),
        dumps(plain | {"begun": mark()}),
        line(f"s{number}", kind="set", of=f"{number - 700:05}", name="named later"),
        line(f"d{number}", kind="del", of=f"{number - 800:05}"),
        b'{"v":1,"id":"' + b"x" * 70_000 + b'","t":"never"}',
        b"rubbish",
    )
    return lines[number % len(lines)]


def test_it_reads_what_is_read_without_it(path: Path, started: list[Ahead]) -> None:
    write(path, *(usual(each) if each % 3 else strange(each) for each in range(MANY)))
    with_it, without = loaded(path, reading(path, started)), loaded(path)
    assert with_it == without
    assert len(with_it[0]) > MANY / 2


def test_it_reads_each_line_by_itself(path: Path, started: list[Ahead]) -> None:
    write(path, *(usual(each) for each in range(MANY)))
    ahead, store = reading(path, started), Store(path)
    snapshot = store.snapshot()
    offset = path.read_bytes().rindex(b'{"v":1,"id":"02')
    told = ahead.before(snapshot.identity, offset)
    assert told
    assert told[0][2]
    assert told[0][2][0] == f"{MANY - 2:05}"
    snapshot.close()
    ahead.close()


def test_a_small_file_is_read_without(path: Path) -> None:
    write(path, usual(1))
    assert begin(path) is None
    assert begin(path.with_name("missing"), at_least=0) is None


def test_another_file_of_the_name_is_read_without(path: Path, started: list[Ahead]) -> None:
    write(path, *(usual(each) for each in range(MANY)))
    ahead = reading(path, started)
    other = path.with_name("other")
    write(other, *(usual(each + 50_000) for each in range(MANY)))
    other.replace(path)
    assert loaded(path, ahead) == loaded(path)


@pytest.mark.parametrize("number", [1, NEWEST * 2])
def test_what_was_written_after_it_had_begun_is_there(
    path: Path, started: list[Ahead], number: int
) -> None:
    write(path, *(usual(each) for each in range(MANY)))
    ahead = reading(path, started)
    assert ahead._process.stdout
    assert select.select([ahead._process.stdout], [], [], PATIENCE)[0]  # it has seen the file
    archive = Archive(path)
    archive.add_all([Entry(f"new{each}", http()) for each in range(number)])
    archive.close()
    found = loaded(path, ahead)
    assert found == loaded(path)
    assert len(found[0]) == MANY + number


def test_a_process_that_dies_loses_nothing(path: Path, started: list[Ahead]) -> None:
    write(path, *(usual(each) for each in range(MANY * 2)))
    ahead = reading(path, started)
    view = View(Store(path))
    view.read_ahead(ahead)
    view.refresh()
    assert view.load_some()
    assert NEWEST < len(view.summaries()) < MANY * 2
    ahead._process.kill()
    view.load()
    assert [each.id for each in view.summaries()] == [f"{each:05}" for each in range(MANY * 2)][
        ::-1
    ]
    view.close()


def test_rubbish_from_a_process_is_not_believed(path: Path, started: list[Ahead]) -> None:
    write(path, *(usual(each) for each in range(MANY)))
    told = (b"\0\0\0\x01\xff", b"\xff\xff", b"", b"\0\0\0\x01N", b"\0\0\0\0")
    for each in told:
        process = subprocess.Popen(
            ["printf", each.replace(b"\0", b"\\000")], stdout=subprocess.PIPE
        )
        started.append(Ahead(process))
        assert loaded(path, started[-1]) == loaded(path)


def test_it_ends_when_nobody_wants_it(path: Path, started: list[Ahead]) -> None:
    write(path, *(usual(each) for each in range(NEWEST // 2)))
    view = View(Store(path))
    view.read_ahead(reading(path, started))
    view.refresh()
    assert not view.load_some()  # all is known already
    unread = View(Store(path))
    unread.read_ahead(reading(path, started))
    unread.close()


def test_it_ends_when_whoever_reads_is_killed(path: Path) -> None:
    told = usual(0)
    assert told.count(b'"00000"') == 1
    write(path, *(told.replace(b'"00000"', b'"%05d"' % each) for each in range(40_000)))
    ahead = begin(path, at_least=0)
    assert ahead
    assert ahead._process.stdout
    ahead._process.stdout.close()
    assert ahead._process.wait(PATIENCE) == 1


def test_of_what_it_tells_first_all_may_be_known_already(path: Path, started: list[Ahead]) -> None:
    many = ahead_child.TOGETHER * 2 + 10
    write(path, *(line(f"{each:05}") for each in range(many)))
    snapshot = Store(path).snapshot()
    places = [each.offset for each in snapshot.backwards(snapshot.size)]
    ahead = reading(path, started)
    start = places[ahead_child.TOGETHER + 5]
    found = ahead.before(snapshot.identity, start)
    assert found
    assert found[0][0] == places[ahead_child.TOGETHER + 6]
    ahead.close()
    snapshot.close()


def test_a_process_for_a_file_that_is_gone_tells_nothing(path: Path) -> None:
    run = [sys.executable, "-m", ahead_child.__name__, str(path)]
    done = subprocess.run(run, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    Ahead(subprocess.Popen(["true"])).close()
    assert begin(path, at_least=0) is None


@pytest.mark.parametrize("name", ["no\0name", "no\ud800name"])
def test_a_path_that_names_no_file_is_told_of_where_it_is_opened(name: str) -> None:
    history = History(Path(name))
    history.open(ahead=True)
    assert "is no file name" in history.warnings[0]
