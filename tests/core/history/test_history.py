from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
import stat
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from sonde_core.errors import HistoryError, NotFoundError
from sonde_core.history.history import History
from sonde_core.history.rewriting import Rewriting
from sonde_core.model import Chunk, Direction, EventKind, Outcome
from sonde_core.recording.recorder import Recorder
from sonde_core.recording.timeline import events_of, runs
from sonde_core.scrubbing.scrubber import Scrubber
from sonde_core.settings import Limits
from tests import many_entries
from tests.histories import (
    STARTED,
    FaultyDisk,
    bodies,
    contents,
    http,
    ids,
    line,
    open_files,
    received,
    session,
    values,
    write,
)

HISTORY = "history.json"
SMALL = Limits(body_inline=100)


@pytest_asyncio.fixture
async def history(path: Path) -> AsyncIterator[History]:
    history = opened(path)
    yield history
    await history.close()


def opened(path: Path, disk: FaultyDisk | None = None) -> History:
    history = History(path, limits=SMALL, disk=disk)
    history.open()
    return history


def targets(history: History) -> list[str]:
    return [summary.target.rpartition("/")[2] for summary in history.summaries()]


async def test_what_is_added_is_there_after_a_restart(path: Path) -> None:
    history = opened(path)
    added = await history.add(http(1, body=b"x" * 5000), name="one", replay_of="before")
    assert added.saved
    await history.close()
    again = opened(path)
    (summary,) = again.summaries()
    assert (summary.name, summary.replay_of, summary.size) == ("one", "before", 5000)
    assert contents(await again.get(added.id)) == contents(added)
    assert again.warnings == []
    await again.close()


async def test_a_large_file_is_read_ahead(path: Path) -> None:
    many_entries.write(path, 4500)
    history = History(path)
    history.open(ahead=True)
    assert history.archive.view._ahead
    await history.load()
    assert len(history.summaries()) == 4500
    await history.close()


async def test_the_newest_stands_first_whatever_the_clock_says(history: History) -> None:
    for number in range(3):
        await history.add(http(number, started=STARTED - timedelta(days=number)))
    assert targets(history) == ["2", "1", "0"]


async def test_failed_and_cancelled_exchanges_are_kept_too(history: History) -> None:
    for outcome in Outcome:
        exchange = http()
        object.__setattr__(exchange, "outcome", outcome)
        await history.add(exchange)
    assert [summary.outcome for summary in history.summaries()] == list(Outcome)[::-1]


async def test_a_cancelled_caller_loses_nothing(path: Path) -> None:
    history = opened(path)
    adding = asyncio.create_task(history.add(http(1)))
    await asyncio.sleep(0)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    await history.close()
    assert len(ids(path)) == 1


async def test_adding_many_at_once_keeps_their_order(path: Path) -> None:
    history = opened(path)
    entries = await asyncio.gather(*(history.add(http(number)) for number in range(50)))
    await history.close()
    assert ids(path) == [entry.id for entry in entries]


async def test_names_pins_tags_and_notes_change_and_stay(path: Path) -> None:
    history = opened(path)
    entry = await history.add(http())
    await history.set(entry.id, name="n\x1b", pinned=True)
    await history.set(entry.id, tags=["a", "b"], note="two\nlines")
    await history.set(entry.id)
    await history.close()
    again = opened(path)
    (summary,) = again.summaries()
    found = await again.get(entry.id)
    for each in (summary, found):
        assert (each.name, each.pinned, each.tags, each.note) == (
            "n\x1b",
            True,
            ("a", "b"),
            "two\nlines",
        )
    await again.close()


async def test_watchers_hear_of_each_change_in_the_loops_thread(history: History) -> None:
    heard: list[int] = []
    history.on_change.append(lambda: heard.append(threading.get_ident()))
    await history.add(http())
    await history.refresh()
    assert heard == [threading.get_ident()]


async def test_an_entry_is_found_by_id_beginning_and_place(history: History) -> None:
    entries = [await history.add(http(number)) for number in range(3)]
    assert history.find(entries[0].id) == entries[0].id
    assert history.find("@1") == entries[2].id
    assert history.find(" @3 ") == entries[0].id
    assert history.find(entries[1].id[:-1]) == entries[1].id


@pytest.mark.parametrize("reference", ["@0", "@4", "@", "@x", "@²", "@" + "9" * 5000, "zz", ""])
async def test_what_names_no_entry_is_said_so(history: History, reference: str) -> None:
    for number in range(3):
        await history.add(http(number))
    with pytest.raises(NotFoundError):
        history.find(reference)


async def test_a_beginning_of_several_ids_is_refused(history: History) -> None:
    first, second = await history.add(http(1)), await history.add(http(2))
    assert first.id[:8] == second.id[:8]  # of the same minute
    with pytest.raises(NotFoundError, match="2 entries"):
        history.find(first.id[:8])


async def test_unknown_ids_are_refused_and_change_nothing(history: History) -> None:
    entry = await history.add(http())
    with pytest.raises(NotFoundError):
        await history.get("nothing")
    with pytest.raises(NotFoundError):
        await history.set("nothing", name="x")
    with pytest.raises(NotFoundError):
        await history.delete([entry.id, "nothing"])
    assert len(history.summaries()) == 1


async def test_deleted_means_gone_once_it_is_closed(path: Path) -> None:
    history = opened(path)
    kept = await history.add(http(1, body=b"kept" * 100))
    gone = await history.add(http(2, body=b"hush" * 100))
    before = len(bodies(path))
    await history.delete([gone.id])
    assert targets(history) == ["1"]
    await history.close()
    assert ids(path) == [kept.id]
    assert len(bodies(path)) == before // 2
    assert holding(path.parent, b"hush") == []
    assert holding(path.parent, b"kept") != []


def holding(folder: Path, data: bytes) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file() and data in each.read_bytes()]


async def test_a_deletion_can_be_taken_back_until_then(path: Path) -> None:
    history = opened(path)
    entries = [await history.add(http(number, body=b"%d" % number * 200)) for number in range(3)]
    await history.set(entries[0].id, name="mine")
    await history.delete([entries[0].id, entries[2].id])
    await history.delete([entries[1].id])
    assert history.summaries() == []
    assert await history.undo() == [entries[1].id]
    assert await history.undo() == [entries[0].id, entries[2].id]
    assert await history.undo() == []
    assert targets(history) == ["2", "1", "0"]
    await history.close()
    again = opened(path)
    assert [each.id for each in again.summaries()] == [entry.id for entry in entries[::-1]]
    assert again.summaries()[2].name == "mine"
    assert contents(await again.get(entries[1].id)) == contents(entries[1])
    await again.close()


async def test_an_undo_follows_a_deletion_that_is_under_way_and_comes_before_the_close(
    path: Path,
) -> None:
    history = opened(path)
    added = [await history.add(http(number)) for number in range(3)]
    deletion = asyncio.create_task(history.delete([each.id for each in added]))
    undo = asyncio.create_task(history.undo())
    await asyncio.sleep(0)  # both are asked for
    await history.close()
    await deletion
    assert await undo == [each.id for each in added]
    again = opened(path)
    assert targets(again) == ["2", "1", "0"]
    await again.close()


async def test_an_undo_of_a_deletion_that_fails_brings_no_earlier_one_back(path: Path) -> None:
    history = opened(path)
    added = [await history.add(http(number)) for number in range(2)]
    await history.delete([added[0].id])
    failing = asyncio.create_task(history.delete([added[1].id, "not there"]))
    await asyncio.sleep(0)
    first, second = asyncio.create_task(history.undo()), asyncio.create_task(history.undo())
    with pytest.raises(NotFoundError):
        await failing
    assert (await first, await second) == ([], [added[0].id])  # the second one is for that
    with pytest.raises(NotFoundError):
        await history.delete(["not there"])
    assert await history.undo() == []
    await history.close()


async def test_a_body_that_another_entry_shares_stays(path: Path) -> None:
    history = opened(path)
    first, second = [await history.add(http(number, body=b"same" * 100)) for number in range(2)]
    await history.delete([first.id])
    await history.close()
    again = opened(path)
    assert received(await again.get(second.id)).read() == b"same" * 100
    await again.close()


async def test_another_process_that_still_could_undo_keeps_its_deleted_entry(path: Path) -> None:
    one, two = opened(path), opened(path)
    mine, theirs = await one.add(http(1)), await one.add(http(2))
    await two.refresh()
    await one.delete([mine.id])
    await two.delete([theirs.id])
    await two.close()
    assert [each["id"] for each in values(path) if each["kind"] == "http"] == [mine.id]
    assert await one.undo() == [mine.id]
    await one.close()
    assert ids(path)[0] == mine.id


async def test_what_another_process_compacted_away_can_be_brought_back(path: Path) -> None:
    one, two = opened(path), opened(path)
    entry = await one.add(http(1))
    await one.delete([entry.id])
    await two.refresh()
    await two.compact()
    assert ids(path) == []
    assert await one.undo() == [entry.id]
    assert ids(path) == [entry.id]
    await one.close()
    await two.close()


async def test_bad_lines_are_skipped_counted_and_told(path: Path) -> None:
    deep = b'{"v":1,"id":"deep","kind":"tcp","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    bad = [b"{oops", b"\xff\xfe", deep, b'{"v":1}', b'"words"', b"[1]"]
    write(path, line("a"), *bad, line("b"))
    history = opened(path)
    assert [summary.id for summary in history.summaries()] == ["b", "a"]
    assert history.warnings == ["6 lines of history.json could not be read and were skipped."]
    await history.add(http())
    await history.delete(["a"])
    await history.close()
    assert all(holding(path.parent, each)[0].name == "history.json.torn" for each in bad)
    assert ids(path)[0] == "b"


async def test_a_line_of_a_hundred_megabytes_is_one_bad_line(path: Path) -> None:
    huge = b'{"v":1,"id":"huge","x":"' + b"x" * 100_000_000 + b'"}'
    write(path, line("a"), huge, line("b"))
    history = opened(path)
    assert [summary.id for summary in history.summaries()] == ["b", "a"]
    assert "1 line of" in history.warnings[-1]
    await history.close()


async def test_entries_of_a_newer_version_are_shown_and_kept(path: Path) -> None:
    newer = {"v": 2, "id": "new", "kind": "dream", "x": {"deep": [1, None]}, "target": "t"}
    ours = json.loads(line("old", later=[1.5, "é\ud800"]))
    write(path, json.dumps(newer).encode(), json.dumps(ours).encode())
    history = opened(path)
    old, new = history.summaries()
    assert (old.readable, new.readable, new.target) == (True, False, "t")
    with pytest.raises(HistoryError, match="newer"):
        await history.get("new")
    await history.set("old", name="renamed")
    await history.set("new", name="mine")
    await history.delete([(await history.add(http())).id])
    await history.close()
    first, second, third = values(path)
    assert first == newer
    assert second == ours | {"name": "renamed"}
    assert (third["of"], third["name"]) == ("new", "mine")
    again = opened(path)
    assert [summary.name for summary in again.summaries()] == ["renamed", "mine"]
    await again.close()


@pytest.mark.parametrize("ref", ["../../../etc/passwd", "a" * 63, "A" * 64, 7, None, "/" * 64])
async def test_a_reference_that_is_no_digest_is_never_a_path(path: Path, ref: object) -> None:
    body = {"size": 5, "sha256": hashlib.sha256(b"hello").hexdigest(), "ref": ref}
    response = {"status": 200, "body": body}
    write(path, line("a", kind="http", req={"url": "http://a"}, res=response))
    history = opened(path)
    with pytest.raises(HistoryError, match="digest"):
        await history.get("a")
    await history.close()


async def test_a_body_file_that_is_a_link_or_gone_is_lost_not_followed(path: Path) -> None:
    history = opened(path)
    entry = await history.add(http(body=b"body" * 100))
    (path.parent / "other").write_bytes(b"evil" * 100)
    for place in bodies(path):
        place.unlink()
        place.symlink_to(path.parent / "other")
    body = received(await history.get(entry.id))
    assert not body.kept
    assert (body.size, body.sha256) == (400, hashlib.sha256(b"body" * 100).hexdigest())
    await history.close()


async def test_two_instances_see_each_others_entries(path: Path) -> None:
    one, two = opened(path), opened(path)
    first = await one.add(http(1))
    second = await two.add(http(2))
    await one.refresh()
    for each in (one, two):
        assert targets(each) == ["2", "1"]
    await one.set(second.id, name="theirs")
    await two.set(first.id, pinned=True)
    await one.refresh()
    assert [(each.name, each.pinned) for each in one.summaries()] == [("theirs", False), ("", True)]
    await one.close()
    await two.close()


async def test_compaction_while_another_writes_loses_nothing(path: Path) -> None:
    writer, compactor = opened(path), opened(path)
    doomed = [await writer.add(http(number, body=b"x" * 500)) for number in range(20)]
    kept: list[str] = []
    compacting = asyncio.Event()

    async def write() -> None:
        while not compacting.is_set() or len(kept) < 20:
            number = len(kept)
            kept.append((await writer.add(http(number, body=b"%d" % number * 300))).id)

    async def compact() -> None:
        for entry in doomed:
            await compactor.delete([entry.id])
            await compactor.compact()
        compacting.set()

    await compactor.refresh()
    await asyncio.gather(write(), compact())
    await writer.close()
    await compactor.close()
    again = opened(path)
    assert ids(path) == kept
    for identity in kept:
        assert received(await again.get(identity)).kept
    await again.close()


CALLS = ["open", "flock", "pread", "pwrite", "fdatasync", "ftruncate", "fstat", "stat"]
CALLS += ["replace", "unlink", "sync_folder", "make_folder", "open_following", "link"]


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_that_fails_once_loses_nothing(tmp_path: Path, name: str) -> None:
    """Each call of a day's work fails in turn, and the app goes on."""
    for at in range(1, 100):
        path = tmp_path / f"{at}" / HISTORY
        disk = FaultyDisk(name, at, errno.EIO if at % 2 else errno.ENOSPC)
        history = opened(path, disk)
        kept = [(await history.add(http(n, body=b"%d" % n * 150))).id for n in range(3)]
        gone = await maybe(history.delete([kept.pop(1)]))
        await maybe(history.set(kept[0], name="named"))
        await maybe(history.get(kept[1]))
        kept.append((await history.add(http(3))).id)
        await history.close()
        again = opened(path)
        shown = [summary.id for summary in again.summaries()][::-1]
        assert [each for each in shown if each in kept] == kept
        assert len(shown) == (4 if gone else 3)
        assert again.saving
        await again.close()
        if disk.calls.get(name, 0) < at:
            break
    else:
        pytest.fail("there is no end to its calls")
    assert not open_files(tmp_path)


async def maybe(work: object) -> str:
    """Do what may fail on a failing disk, as the app does; return what went wrong."""
    try:
        await work  # type: ignore[misc]
    except HistoryError as error:
        return error.message
    return ""


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("name", ["pwrite", "fdatasync", "open", "make_folder"])
async def test_a_disk_that_takes_nothing_keeps_the_app_running(
    path: Path, name: str, code: int
) -> None:
    disk = FaultyDisk(name, 1, code, lasting=True)
    disk.short = 5
    history = opened(path, disk)
    entries = [await history.add(http(number, body=b"x" * 500)) for number in range(3)]
    assert not any(entry.saved for entry in entries)
    assert not history.saving
    assert len(history.warnings) == 1
    assert "not being saved" in history.warnings[0]
    assert targets(history) == ["2", "1", "0"]
    assert not any(summary.saved for summary in history.summaries())
    assert (await history.get(entries[1].id)).exchange.received == 500
    await history.set(entries[0].id, name="named")
    await history.delete([entries[2].id])
    assert [each.name for each in history.summaries()] == ["", "named"]
    assert await history.undo() == [entries[2].id]

    disk.heal()
    after = await history.add(http(3))
    assert after.saved
    assert history.saving
    assert history.warnings[-1] == "The history is being saved again."
    assert all(summary.saved for summary in history.summaries())
    await history.close()
    again = opened(path)
    assert sorted(targets(again)) == ["0", "1", "2", "3"]
    assert {each.name for each in again.summaries()} == {"", "named"}
    await again.close()


async def test_no_locks_are_told_and_nothing_is_written(path: Path) -> None:
    history = opened(path, FaultyDisk("flock", 1, errno.ENOLCK, lasting=True))
    entry = await history.add(http())
    assert not entry.saved
    assert "has no file locks" in history.warnings[0]
    assert os.listdir(path.parent) == ["history.json.lock"]
    await history.close()


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = opened(tmp_path / "file" / HISTORY)
    assert not history.saving
    assert not (await history.add(http())).saved
    assert len(history.summaries()) == 1
    await history.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_shows_what_is_there(path: Path) -> None:
    async def work() -> None:
        history = opened(path)
        assert not (await history.add(http(2))).saved
        assert targets(history) == ["2", "1"]
        assert "not allowed" in history.warnings[0]
        await history.close()

    write(path, line("1", target="tcp://a/1"))
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        asyncio.run(work())
    finally:
        path.parent.chmod(0o700)


@pytest.mark.parametrize("text", ["~nobody-here/history.json", "a\0b", "\ud800/x"])
async def test_a_path_that_is_none_is_told(text: str) -> None:
    history = opened(Path(text))
    assert not history.saving
    assert "not being saved" in history.warnings[0]
    assert not (await history.add(http())).saved
    await history.close()


def test_a_foreign_file_is_never_touched(path: Path) -> None:
    async def work() -> None:
        history = opened(path)
        assert not (await history.add(http())).saved
        assert len(history.summaries()) == 1
        assert "--history" in history.warnings[0]
        await history.close()

    path.write_text('{"log": {}}')
    path.chmod(0o644)
    before = path.stat()
    asyncio.run(work())
    assert path.read_text() == '{"log": {}}'
    assert (path.stat().st_mode, path.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


async def test_a_lock_that_another_holds_delays_no_start(path: Path) -> None:
    history = opened(path)
    await history.add(http(1))
    await history.close()
    code = (
        "import fcntl, sys; lock = open(sys.argv[1]); fcntl.flock(lock, fcntl.LOCK_EX);"
        "print(flush=True); sys.stdin.read()"
    )
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", code, f"{path}.lock"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert other.stdout
    await other.stdout.readline()
    start = time.monotonic()
    history = opened(path)
    assert time.monotonic() - start < 10  # who writes waits for 15 s
    assert targets(history) == ["1"]
    adding = asyncio.create_task(history.add(http(2)))
    done, _ = await asyncio.wait([adding], timeout=0.05)  # it waits, and nobody else does
    assert not done
    await other.communicate(b"")
    assert (await adding).saved
    await history.close()


class Roomy(FaultyDisk):
    """A disk on which the files in a folder may take so many bytes in all."""

    def __init__(self, folder: Path, room: int) -> None:
        super().__init__()
        self.room = room
        self._folder = folder

    def pwrite(self, handle: int, data: memoryview | bytes, offset: int) -> int:
        grows = max(0, offset + len(data) - os.fstat(handle).st_size)
        if grows and self.taken() + grows > self.room:
            self.calls["pwrite"] = self.calls.get("pwrite", 0) + 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().pwrite(handle, data, offset)

    def taken(self) -> int:
        return sum(each.stat().st_size for each in self._folder.rglob("*") if each.is_file())


async def test_what_does_not_fit_holds_nothing_else_up(path: Path) -> None:
    """A disk with a little room: large bodies are left out, small entries go in, in order."""
    disk = Roomy(path.parent, 20_000)
    history = opened(path, disk)
    entries = [
        await history.add(http(number, body=b"%d" % number * size))
        for number, size in enumerate([100, 50_000, 200, 40_000, 300])
    ]
    assert all(entry.saved for entry in entries)
    assert history.saving
    assert history.warnings == [
        "Large bodies could not be written: they are recorded by digest and size, without their "
        "bytes."
    ]
    assert ids(path) == [entry.id for entry in entries]
    await history.close()
    assert history.unsaved == 0
    again = opened(path)
    for entry in entries:
        body, was = received(await again.get(entry.id)), received(entry)
        assert (body.size, body.sha256) == (was.size, was.sha256)
        assert body.kept == (was.size < 1000)
        if body.kept:
            assert body.read() == was.read()
    await again.close()


async def test_bodies_make_way_for_the_line_that_names_them(path: Path) -> None:
    """There is room for a body, or for the entry, but not for both."""
    history = opened(path, disk := Roomy(path.parent, 1 << 20))
    await history.add(http(1, body=b"x" * 5000))
    disk.room = disk.taken() + 5200
    entry = await history.add(http(2, body=b"y" * 5000))
    after = await history.add(http(3))
    assert (entry.saved, after.saved) == (True, True)
    body = received(await history.get(entry.id))
    assert (body.kept, body.size) == (False, 5000)
    await history.close()
    assert [each.stat().st_size for each in bodies(path)].count(5000) == 1


async def test_an_entry_that_did_not_fit_is_written_when_there_is_room(path: Path) -> None:
    disk = Roomy(path.parent, 2000)
    history = opened(path, disk)
    long = replace(http(1), peer="p" * 5000)
    first, second = await history.add(long), await history.add(http(2))
    assert (first.saved, second.saved) == (False, True)
    assert (history.unsaved, history.saving) == (1, False)
    assert "there is no room left" in history.trouble
    await history.set(first.id, name="named meanwhile")
    disk.room = 1 << 20
    third = await history.add(http(3))
    assert ids(path) == [second.id, first.id, third.id]
    assert (history.unsaved, history.saving, history.trouble) == (0, True, "")
    assert history.warnings[-1] == "The history is being saved again."
    await history.close()
    assert values(path)[1]["name"] == "named meanwhile"


async def test_a_full_disk_is_not_tried_again_for_all_that_waits(path: Path) -> None:
    disk = Roomy(path.parent, 0)
    history = opened(path, disk)
    for number in range(50):
        await history.add(replace(http(number), peer="p" * 200))
    before = disk.calls["pwrite"]
    await history.add(http(50))
    assert history.unsaved == 51
    assert disk.calls["pwrite"] - before < 12
    await history.close()


async def test_a_change_never_comes_before_what_it_changes(path: Path) -> None:
    one, two = opened(path, disk := Roomy(path.parent, 1 << 20)), opened(path)
    entry = await one.add(replace(http(1), peer="p" * 5000))
    await one.set(entry.id, name="n")
    await one.delete([entry.id])
    await two.refresh()
    await two.compact()
    disk.room = disk.taken() + 1000
    assert await one.undo() == [entry.id]
    await one.add(http(2))
    assert [each.get("target") for each in values(path)] == ["http://127.0.0.1/2"]
    assert one.unsaved == 1
    disk.room = 1 << 20
    await one.close()
    await two.close()
    assert one.unsaved == 0
    assert {each["id"]: each.get("name") for each in values(path)}[entry.id] == "n"


async def test_a_folder_of_bodies_that_is_a_file_costs_only_the_bodies(path: Path) -> None:
    (path.parent / "bodies").write_text("")
    history = opened(path)
    large, small = await history.add(http(1, body=b"x" * 500)), await history.add(http(2))
    assert (large.saved, small.saved) == (False, True)
    assert (history.unsaved, history.saving) == (1, False)
    await history.close()
    assert history.unsaved == 0
    assert ids(path) == [small.id, large.id]
    assert "without their bytes" in history.findings[0]


def foreign(path: Path) -> None:
    path.write_text("{}")


async def test_what_never_reached_the_file_is_counted(path: Path) -> None:
    foreign(path)
    history = History(path)
    assert history.unsaved == 0
    history.open()
    for number in range(3):
        await history.add(http(number))
    assert history.unsaved == 3
    await history.delete([history.summaries()[0].id])
    assert history.unsaved == 2
    await history.undo()
    await history.close()
    assert history.unsaved == 3
    assert "is not a history file" in history.trouble
    assert history.trouble == history.unreadable
    assert history.findings == []


@pytest.mark.parametrize("make", [Path.mkdir, foreign])
async def test_it_is_not_said_to_be_saved_again_when_it_is_not(
    path: Path, make: Callable[[Path], None]
) -> None:
    make(path)
    history = opened(path)
    with pytest.raises(HistoryError):
        await history.compact()
    await history.add(http())
    await history.close()
    assert not [each for each in history.warnings if "again" in each]
    assert len([each for each in history.warnings if "not being saved" in each]) == 1
    assert history.unreadable
    assert history.findings == []


async def test_histories_of_one_folder_share_no_bodies(tmp_path: Path) -> None:
    names = [HISTORY, "a.json", "b.json", "a"]
    histories = [opened(tmp_path / name) for name in names]
    entries = [
        [await each.add(http(number, body=b"%d%d" % (place, number) * 300)) for number in range(2)]
        for place, each in enumerate(histories)
    ]
    same = [await each.add(http(9, body=b"same" * 300)) for each in histories]
    for each, (doomed, _) in zip(histories, entries, strict=True):
        await each.delete([doomed.id])
        await each.compact()
    for each, (_, kept), shared in zip(histories, entries, same, strict=True):
        for entry in (kept, shared):
            body = received(await each.get(entry.id))
            assert body.read() == received(entry).read()
        await each.close()
    folders = sorted(name for name in os.listdir(tmp_path) if name.endswith("bodies"))
    assert folders == ["a-bodies", "a.bodies", "b.bodies", "bodies"]


async def test_the_limit_of_all_bodies_takes_none_of_another_history(tmp_path: Path) -> None:
    limits = Limits(body_inline=100, bodies_kept=4000)
    one, two = (History(tmp_path / name, limits=limits) for name in ("a.json", HISTORY))
    one.open()
    two.open()
    kept = [await one.add(http(number, body=b"%d" % number * 600)) for number in range(2)]
    for number in range(9):
        await two.add(http(number, body=b"t%d" % number * 600))
    for entry in kept:
        assert received(await one.get(entry.id)).kept
    await one.close()
    await two.close()


async def test_large_bodies_lie_beside_by_digest_for_us_alone(path: Path) -> None:
    history = opened(path)
    data = b"large" * 100_000
    await history.add(http(body=data))
    await history.add(session(b"\xff" * 5000))
    await history.close()
    digest = hashlib.sha256(data).hexdigest()
    place = path.parent / "bodies" / digest[:2] / digest
    assert place.read_bytes() == data
    modes = {stat.S_IMODE(each.stat().st_mode) for each in bodies(path)}
    folders = {stat.S_IMODE(each.parent.stat().st_mode) for each in bodies(path)}
    assert (modes, folders) == ({0o600}, {0o700})
    assert holding(path.parent, b"large" * 1000) == [place]


async def test_the_oldest_bodies_go_when_all_are_too_many_but_the_pinned(path: Path) -> None:
    history = History(path, limits=Limits(body_inline=100, bodies_kept=10_000))
    history.open()
    entries = []
    for number in range(12):
        entries.append(await history.add(http(number, body=bytes([number]) * 1500)))
        if number == 1:
            await history.set(entries[1].id, pinned=True)
    kept = []
    for entry in entries:
        body = received(await history.get(entry.id))
        assert body.sha256 == received(entry).sha256
        kept.append(body.kept)
    assert sum(each.stat().st_size for each in bodies(path)) <= 10_000
    assert kept[1]
    assert not kept[0]
    assert kept[-3:] == [True, True, True]
    assert len(history.summaries()) == 12
    await history.close()


async def test_of_a_very_large_body_the_first_part_is_kept(path: Path) -> None:
    history = History(path, limits=Limits(body_inline=100, body_kept=1000))
    history.open()
    entry = await history.add(http(body=b"ab" * 4000))
    body = received(await history.get(entry.id))
    assert (body.size, body.stored) == (8000, 1000)
    assert body.sha256 == hashlib.sha256(b"ab" * 4000).hexdigest()
    assert body.read() == b"ab" * 500
    await history.close()


async def test_a_session_of_very_many_chunks_is_one_short_line_and_opens_at_once(
    path: Path,
) -> None:
    recorder = Recorder()
    recorder.event(EventKind.CONNECTED, "connected")
    for number in range(100_000):
        recorder.chunk(Direction.RECEIVED, b"%d\n" % number)
    history = History(path)
    history.open()
    deleted = await history.add(replace(session(), timeline=recorder, received=recorder.received))
    entry = await history.add(deleted.exchange)
    await history.delete([deleted.id])
    await history.compact()
    assert len(values(path)) == 1
    assert len(str(values(path))) < 2000
    assert len(bodies(path)) == 2  # the bytes, and their rows
    start = time.process_time()
    timeline = (await history.get(entry.id)).exchange.timeline
    assert time.process_time() - start < 0.2  # 0.001 s on a quiet machine
    assert len(timeline) == 100_001
    assert [moment.text for moment in events_of(timeline)] == ["connected"]
    last = timeline[-1]
    assert isinstance(last, Chunk)
    assert (last.data, round(last.at, 6)) == (b"99999\n", round(recorder[-1].at, 6))
    assert b"".join(run.data for run in runs(timeline)) == b"".join(
        run.data for run in runs(recorder)
    )
    await history.close()


def test_a_hundred_thousand_entries_open_at_once(path: Path) -> None:
    count = 100_000
    template = line("@@@@@@", note="n" * 300)
    with path.open("wb") as stream:
        stream.write(b"[")
        for number in range(count):
            stream.write(b",\n"[not number :] + template.replace(b"@@@@@@", b"%06d" % number))
        stream.write(b"\n]\n")
    path.chmod(0o600)
    history = History(path)
    start = time.process_time()
    history.open()
    newest = history.summaries()
    spent = time.process_time() - start
    assert [newest[0].id, newest[199].id] == ["099999", "099800"]
    assert not history.complete
    assert spent < 0.3  # 0.01 s on a quiet machine


async def test_older_entries_follow_a_part_at_a_time(path: Path) -> None:
    write(path, *(line(f"{number:04}") for number in range(3000)))
    history = opened(path)
    told: list[int] = []
    history.on_change.append(lambda: told.append(len(history.summaries())))
    assert len(history.summaries()) == 200
    assert history.find("0000") == "0000"
    await history.load()
    assert history.complete
    assert [each.id for each in history.summaries()] == [f"{n:04}" for n in reversed(range(3000))]
    await history.close()


async def test_a_deletion_of_long_ago_goes_with_the_next_close(path: Path) -> None:
    old = datetime.now(UTC) - timedelta(hours=2)
    deletion = json.dumps({"v": 1, "id": "x", "t": old.isoformat(), "kind": "del", "of": "a"})
    write(path, line("a"), line("b"), deletion.encode())
    history = opened(path)
    assert [each.id for each in history.summaries()] == ["b"]
    await history.close()
    assert ids(path) == ["b"]


async def test_asking_for_nothing_writes_nothing(history: History, path: Path) -> None:
    added = await history.add(http())
    before = values(path)
    await history.delete([])
    await history.set(added.id)
    await history.set([], name="x")
    assert await history.undo() == []
    assert not history.can_undo
    assert values(path) == before


async def test_what_is_well_and_what_is_not_is_told(history: History, path: Path) -> None:
    assert (history.saving, history.trouble, history.unreadable) == (True, "", "")
    await history.add(http())
    await history.delete([history.find("@1")])
    assert history.can_undo
    outlook = await history.outlook()
    assert outlook.deleted == 1
    assert await history.compact() == outlook.freed
    assert history.last_compaction == outlook
    assert history.compacted > 0.9
    assert not history.can_undo
    os.chmod(path, 0o644)
    other = History(path)
    other.open()
    assert other.findings == ["Others could read history.json; it is closed to them now."]
    await other.close()


async def test_a_history_that_was_never_opened_closes_also_twice(path: Path) -> None:
    history = History(path)
    assert history.unsaved == 0
    await asyncio.gather(history.close(), history.close())


async def test_what_is_under_way_is_noted_without_the_secrets_that_stay_out(
    history: History, path: Path
) -> None:
    history.strip = lambda entry: replace(entry, name="stripped")
    await history.begin(http(1), "first", replay_of="before")
    history.strip = None
    await history.begin(http(2), "second")
    assert [(value["id"], value.get("name")) for value in values(path)] == [
        *(("first", "stripped"), ("second", None))
    ]
    await history.add(http(1), identity="first")
    assert [value["id"] for value in values(path)] == ["first", "second", "first"]


async def test_scrubbed_entries_cannot_be_brought_back(history: History, path: Path) -> None:
    one, two = await history.add(http(1, body=b"hunter2")), await history.add(http(2))
    await history.delete([two.id])
    (done,) = await history.scrub(Rewriting([one.id], Scrubber(literals={b"hunter2": "x"})))
    assert done.changed
    assert not history.can_undo
    assert b"hunter2" not in await asyncio.to_thread(path.read_bytes)


async def test_a_deletion_behind_a_compaction_can_be_undone(history: History, path: Path) -> None:
    one, two = await history.add(http(1)), await history.add(http(2))
    await history.delete([one.id])

    def let_all_be_written() -> None:
        history.on_change.clear()
        assert history._writer._thread
        history._writer._thread.submit(lambda: None).result(20)

    history.on_change.append(let_all_be_written)
    await asyncio.gather(history.compact(), history.delete([two.id]))
    assert ids(path)[0] == two.id
    assert await history.undo() == [two.id]
    assert await history.undo() == []


async def test_many_that_come_at_once_share_a_wait_for_the_disk(path: Path) -> None:
    disk = FaultyDisk()
    history = opened(path, disk)
    before = disk.calls.get("fdatasync", 0)
    with history.gathering(20):
        added = await asyncio.gather(*(history.add(http(number)) for number in range(20)))
    assert all(each.saved for each in added)
    assert disk.calls["fdatasync"] - before == 1
    assert len(ids(path)) == 20
    await history.close()


async def test_who_loads_at_once_waits_for_the_same_load(path: Path) -> None:
    write(path, *(line(f"{number:05}") for number in range(3000)))
    history = opened(path)
    seen: list[int] = []
    history.on_change.append(lambda: seen.append(len(history.summaries())))
    await asyncio.gather(history.load(), history.load(), history.refresh())
    await history.load()
    assert len(history.summaries()) == 3000
    assert history.complete
    assert seen[-1] == 3000
    await history.close()
