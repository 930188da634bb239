from __future__ import annotations

import errno
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sonde_core.errors import HistoryError, NotFoundError
from sonde_core.history.archive import Archive
from sonde_core.history.disk import Disk
from sonde_core.history.entry import Entry
from sonde_core.history.gone import Gone
from sonde_core.history.identity import new_id
from sonde_core.settings import Keep, Limits
from tests.histories import (
    STARTED,
    DyingDisk,
    FaultyDisk,
    KilledError,
    http,
    ids,
    line,
    values,
    write,
)
from tests.strategies import examples

LIMITS = Limits(body_inline=50)
WHICH = st.integers(0, 1)
PLACE = st.integers(0, 30)


def opened(path: Path, disk: Disk | None = None) -> Archive:
    """Return an archive; it lets go of its files with the last reference."""
    archive = Archive(path, limits=LIMITS, disk=disk)
    archive.open()
    return archive


class UnsyncedDisk(Disk):
    """A disk that is not waited for: nothing here tells what a power cut would leave."""

    def fdatasync(self, handle: int) -> None:
        pass

    def sync_folder(self, path: Path) -> None:
        pass


class TwoAtOneFile(RuleBasedStateMachine):
    """Two processes and an editor at one file, against a list of what must be there."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "history.json"
        self.archives = [opened(self.path, UnsyncedDisk()), opened(self.path, UnsyncedDisk())]
        self.shown: dict[str, str] = {}  # name by id, oldest first
        self.undo: list[list[list[tuple[str, str]]]] = [[], []]
        self.gone: list[list[list[Gone | Entry]]] = [[], []]
        self.order: list[str] = []  # of all that ever were
        self.number = 0
        for number in range(4):
            self.add(number % 2)

    def teardown(self) -> None:
        if hasattr(self, "archives"):
            for archive in self.archives:
                archive.close()
            self.folder.cleanup()

    def at(self, place: int) -> str:
        return list(self.shown)[place % len(self.shown)]

    @rule(which=WHICH)
    def add(self, which: int) -> None:
        self.number += 1
        body = b"%d" % self.number * 30
        started = STARTED + timedelta(minutes=self.number)  # so that all of them have an order
        exchange = http(self.number, body=body, started=started)
        entry = self.archives[which].add(Entry(new_id(), exchange))
        assert entry.saved
        self.shown[entry.id] = ""
        self.order.append(entry.id)

    @precondition(lambda self: self.shown)
    @rule(which=WHICH, place=PLACE, name=st.sampled_from(["x", "y", "\ud800", ""]))
    def rename(self, which: int, place: int, name: str) -> None:
        identity = self.at(place)
        self.archives[which].refresh()
        self.archives[which].change([identity], {"name": name} if name != "\ud800" else {})
        self.shown[identity] = name if name != "\ud800" else self.shown[identity]

    @precondition(lambda self: self.shown)
    @rule(which=WHICH, places=st.lists(PLACE, min_size=1, max_size=3))
    def delete(self, which: int, places: list[int]) -> None:
        doomed = list(dict.fromkeys(self.at(place) for place in places))
        self.archives[which].refresh()
        self.gone[which].append(self.archives[which].delete(doomed))
        self.undo[which].append([(identity, self.shown.pop(identity)) for identity in doomed])

    @precondition(lambda self: any(self.undo))
    @rule(which=WHICH)
    def bring_back(self, which: int) -> None:
        if not self.undo[which]:
            return
        back = self.undo[which].pop()
        found = self.archives[which].restore(self.gone[which].pop())
        assert found == [identity for identity, _ in back]
        self.shown |= dict(back)
        self.shown = {each: self.shown[each] for each in self.order if each in self.shown}

    @rule(which=WHICH, everything=st.booleans())
    def compact(self, which: int, everything: bool) -> None:
        self.archives[which].compact(everything=everything)
        self.undo[which].clear()
        self.gone[which].clear()

    @rule(which=WHICH)
    def restart(self, which: int) -> None:
        self.archives[which].close()
        self.archives[which] = opened(self.path, UnsyncedDisk())
        self.undo[which].clear()
        self.gone[which].clear()

    @precondition(lambda self: len(self.shown) > 1)
    @rule(
        act=st.sampled_from(["add", "begin", "name", "delete", "compact", "close"]),
        after=st.integers(0, 5000) | st.integers(0, 60),
        place=PLACE,
    )
    def crash(self, act: str, after: int, place: int) -> None:
        """Kill a process after so many bytes of what it writes."""
        disk = DyingDisk()
        archive = opened(self.path, disk)
        archive.load()
        self.number += 1
        started = STARTED + timedelta(minutes=self.number)
        late = http(9, body=b"crash" * 60, started=started)
        chosen, fresh = self.at(place), Entry(new_id(), late)
        acts: dict[str, Callable[[], object]] = {
            "add": lambda: archive.add(fresh),
            "begin": lambda: archive.begin(fresh),
            "name": lambda: archive.change([chosen], {"name": "z"}),
            "delete": lambda: archive.delete([chosen]),
            "compact": lambda: archive.compact(everything=False),
            "close": archive.close,
        }
        disk.left, died = after, False
        try:
            acts[act]()
        except KilledError:
            died = True
        disk.bury()
        self._take_what_is_left(act, chosen, fresh.id, died=died)

    def _take_what_is_left(self, act: str, chosen: str, fresh: str, *, died: bool) -> None:
        """Look what came of an act: all of it, or, of a process that died, nothing."""
        judge = opened(self.path, UnsyncedDisk())
        judge.load()
        assert judge.telling.saving, judge.telling.warnings
        now = {each.id: each.name for each in reversed(judge.view.summaries())}
        judge.close()
        before = dict(self.shown)
        after = dict(before)
        if act == "add":
            after[fresh] = ""
        elif act == "name":
            after[chosen] = "z"
        elif act == "delete":
            after.pop(chosen)
        assert now in ([before, after] if died else [after])
        if act == "add" and now == after:
            self.order.append(fresh)
        self.shown = now

    @rule(indent=st.sampled_from([None, 0, 2]))
    def format(self, indent: int | None) -> None:
        self.path.write_text(json.dumps(json.loads(self.path.read_bytes()), indent=indent))
        self.archives[0].open()

    @rule(length=st.integers(1, 400))
    def tear(self, length: int) -> None:
        """Leave what a crash within an append leaves."""
        data = self.path.read_bytes()
        comma = b"" if data == b"[\n]\n" else b","
        torn = data[:-3] + (comma + b"\n" + line("torn") + b"\n]\n")[: min(length, 100)]
        self.path.write_bytes(torn)
        self.archives[1].open()

    @invariant()
    def both_show_what_must_be_there(self) -> None:
        if not hasattr(self, "archives"):
            return
        for archive in self.archives:
            archive.refresh()
            archive.load()
            assert archive.telling.saving, archive.telling.warnings
            found = {each.id: each.name for each in reversed(archive.view.summaries())}
            assert found == self.shown
            assert list(found) == list(self.shown)

    @invariant()
    def the_file_is_json_and_what_is_shown_can_be_opened(self) -> None:
        if not hasattr(self, "archives"):
            return
        assert set(self.shown) <= set(ids(self.path))
        for identity in list(self.shown)[-2:]:
            entry = self.archives[0].get(identity)
            response = entry.exchange.response
            assert response
            if response.body.kept:
                assert len(response.body.read()) == response.body.size


TestTwoAtOneFile = TwoAtOneFile.TestCase
TestTwoAtOneFile.settings = settings(examples(0.8), stateful_step_count=30)


def test_what_is_brought_back_after_a_compaction_keeps_its_changes(path: Path) -> None:
    write(path, line("a", name="old", tags=["t"]), line("b"))
    one, two = opened(path), opened(path)
    one.change(["a"], {"name": "new", "pin": True})
    gone = one.delete(["a"])
    two.compact()
    assert ids(path) == ["b"]
    assert one.restore(gone) == ["a"]
    for archive in (one, two):
        archive.refresh()
        (_, found) = archive.view.summaries()
        assert (found.id, found.name, found.pinned, found.tags) == ("a", "new", True, ("t",))
        archive.close()


def test_what_a_newer_version_wrote_is_brought_back_as_it_was(path: Path) -> None:
    newer = b'{"v":2,"id":"a","kind":"dream","target":"t","x":1.50}'
    write(path, newer)
    one, two = opened(path), opened(path)
    one.change(["a"], {"name": "mine"})
    gone = one.delete(["a"])
    two.compact()
    one.restore(gone)
    assert values(path)[0] == json.loads(newer)
    two.refresh()
    assert [each.name for each in two.view.summaries()] == ["mine"]


def test_a_line_that_was_damaged_meanwhile_is_told(path: Path) -> None:
    write(path, line("a"), line("b"))
    one, two = opened(path), opened(path)
    (gone,) = one.delete(["a"])
    assert isinstance(gone, Gone)
    two.compact()
    one.restore([replace(gone, kept=b"{oops")])
    assert "cannot be brought back" in one.telling.warnings[-1]
    assert ids(path) == ["b"]


def test_changing_nothing_of_what_is_not_there(path: Path) -> None:
    write(path, line("a"))
    archive = opened(path)
    with pytest.raises(NotFoundError):
        archive.change(["a", "z"], {"name": "x"})
    assert archive.view.summaries()[0].name == ""
    archive.change([], {"name": "x"})
    archive.delete([])
    assert ids(path) == ["a"]


def test_an_entry_too_long_for_a_line_is_kept_in_memory(path: Path) -> None:
    archive = opened(path)
    exchange = replace(http(), peer="p" * (70 << 20))
    entry = archive.add(Entry(new_id(), exchange))
    after = archive.add(Entry(new_id(), http(1)))
    assert (entry.saved, after.saved) == (False, True)
    assert "more than a line" in archive.telling.warnings[0]
    assert archive.get(entry.id).exchange is exchange
    assert ids(path) == [after.id]


def test_a_compaction_of_what_cannot_be_written_is_refused(path: Path, tmp_path: Path) -> None:
    write(tmp_path / "target.json", line("a"))
    path.symlink_to(tmp_path / "target.json")
    archive = opened(path)
    archive.delete(["a"])
    with pytest.raises(HistoryError, match="could not be compacted"):
        archive.compact()
    archive.close()
    assert ids(path) == ["a"]


def test_what_cannot_be_read_any_more_is_told_and_what_was_read_stays(path: Path) -> None:
    write(path, *(line(f"{number:04}") for number in range(500)))
    disk = FaultyDisk()
    archive = opened(path, disk)
    disk.fail("pread", errno.EIO)
    assert not archive.load_some()
    assert "cannot be read" in archive.telling.unreadable
    archive.refresh()
    assert len(archive.view.summaries()) == 200
    assert len(archive.telling.warnings) == 1
    disk.heal()
    archive.load()
    assert len(archive.view.summaries()) == 500


def test_limits_are_kept_again_once_the_disk_lets_them(path: Path) -> None:
    write(path, *(line(f"{number:04}") for number in range(20)))
    disk = FaultyDisk()
    archive = Archive(path, limits=Limits(keep=Keep(max_entries=5)), disk=disk)
    archive.open()
    disk.fail("pwrite", errno.ENOSPC)
    assert archive.keep_limits() == 0
    assert not archive.add(Entry(new_id(), http())).saved
    assert archive.keep_limits() == 0  # nothing is written now, so nothing goes
    disk.heal()
    assert archive.add(Entry(new_id(), http())).saved
    archive.keep_limits()
    assert len(archive.view.summaries()) == 5
    archive.compact()
    assert len(ids(path)) == 5


def test_whatever_cannot_be_read_only_what_is_beyond_a_limit_goes(path: Path) -> None:
    names = [f"{number:04}" for number in range(300)]
    outcomes: list[int] = []
    disk = FaultyDisk()
    while disk.calls.get("pread", 0) >= len(outcomes):
        write(path, *map(line, names))
        disk = FaultyDisk()
        archive = Archive(path, limits=Limits(keep=Keep(max_entries=100)), disk=disk)
        archive.open()
        disk.calls.clear()
        disk._name, disk._at, disk._code = "pread", len(outcomes) + 1, errno.EIO
        archive.keep_limits()
        archive.close()
        after = opened(path)
        after.load()
        left = [each.id for each in reversed(after.view.summaries())]
        assert left in (names, names[-100:])
        outcomes.append(len(left))
    assert outcomes.count(300) > 2
    assert outcomes[-1] == 100


def test_a_compaction_tells_before_and_after_what_it_frees(path: Path) -> None:
    write(path, *map(line, "abc"))
    archive = opened(path)
    archive.delete(["a"])
    outlook = archive.outlook()
    assert (outlook.entries, outlook.deleted) == (2, 1)
    assert archive.compact() == outlook.freed > 0
    assert archive.last_compaction == outlook
    assert archive.compacted > 0.9
    path.unlink()
    with pytest.raises(HistoryError, match="cannot be read"):
        archive.outlook()
