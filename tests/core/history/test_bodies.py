from __future__ import annotations

import errno
import gc
import hashlib
import os
import threading
from pathlib import Path

import pytest

from sonde_core.body import Body, Spool
from sonde_core.errors import BodyError
from sonde_core.history.bodies import REFERENCE, Batch, Bodies, folder_of
from sonde_core.history.disk import Disk, at_once
from tests.histories import FaultyDisk, open_files


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def keep(bodies: Bodies, *contents: bytes) -> None:
    batch = bodies.batch()
    try:
        for data in contents:
            batch.put(Body.of(data))
        batch.place()
    finally:
        batch.discard()


class Noting(Disk):
    """Notes what happens to files and folders, by name and in order, and fails on demand.

    Attributes:
        bad: Sizes of files whose sync fails, and names of folders, each with an error's number.
        most: How many files were open at once.
    """

    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []
        self.bad: dict[int | str, int] = {}
        self.most = 0
        self._open: dict[int, str] = {}

    def of(self, kind: str) -> list[str]:
        return [name for what, name in self.notes if what == kind]

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        handle = Disk.open(self, path, flags, mode)
        self._open[handle] = path.name
        self.most = max(self.most, len(self._open))
        return handle

    def close(self, handle: int) -> None:
        self._open.pop(handle)
        Disk.close(self, handle)

    def fdatasync(self, handle: int) -> None:
        self._fail(os.fstat(handle).st_size)
        Disk.fdatasync(self, handle)
        self.notes.append(("synced", self._open[handle]))

    def replace(self, source: Path, target: Path) -> None:
        Disk.replace(self, source, target)
        self.notes += [("placed", source.name), ("named", target.name)]

    def mkdir(self, path: Path) -> None:
        self._fail(f"new {path.name}")
        Disk.mkdir(self, path)
        self.notes.append(("made", path.name))

    def sync_folder(self, path: Path) -> None:
        self._fail(path.name)
        Disk.sync_folder(self, path)
        self.notes.append(("folder", path.name))

    def _fail(self, what: int | str) -> None:
        if code := self.bad.get(what):
            raise OSError(code, os.strerror(code))


def many(count: int) -> list[bytes]:
    """Return contents of as many sizes."""
    return [b"%d" % number + b"." * number for number in range(100, 100 + count)]


def together(bodies: Bodies, contents: list[bytes]) -> Batch:
    """Put all, and then wait for the disk."""
    batch = bodies.batch(later=True)
    for data in contents:
        assert batch.put(Body.of(data)) == (digest(data), len(data))
    batch.settle()
    return batch


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.rglob("*") if not each.is_dir())


def test_a_body_is_found_by_digest_and_size(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies", kept=1 << 20)
    keep(bodies, b"one", b"two", b"one")
    found = bodies.get(digest(b"one"), 3)
    assert found
    assert found.read() == b"one"
    assert bodies.get(digest(b"one"), 4) is None
    assert bodies.get(digest(b"none"), 4) is None
    assert dict(bodies.files()) == {digest(b"one"): 3, digest(b"two"): 3}
    assert bodies.total() == 6


def spooled(data: bytes) -> Body:
    spool = Spool(in_memory=0)
    spool.write(data)
    return spool.body()


def test_a_private_file_gets_a_second_name_and_is_not_copied(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies", FaultyDisk("pwrite", 1, errno.EIO), kept=1 << 20)
    body = spooled(b"a large body")
    place = body.path
    assert place
    if place.stat().st_dev != tmp_path.stat().st_dev:
        pytest.skip("the temporary folder is another file system")
    batch = bodies.batch()
    assert batch.put(body) == (digest(b"a large body"), 12)
    batch.place()
    assert (batch.size, batch.wrote) == (12, False)
    del body
    gc.collect()
    assert not place.exists()
    found = bodies.get(digest(b"a large body"), 12)
    assert found
    assert found.read() == b"a large body"


@pytest.mark.parametrize("name", ["link", "fdatasync"])
def test_a_private_file_that_cannot_get_a_second_name_is_copied(tmp_path: Path, name: str) -> None:
    bodies = Bodies(tmp_path / "bodies", FaultyDisk(name, 1, errno.EXDEV), kept=1 << 20)
    batch = bodies.batch()
    assert batch.put(spooled(b"a body")) == (digest(b"a body"), 6)
    assert batch.wrote
    batch.place()
    assert files(tmp_path) == [digest(b"a body")]


def test_a_private_file_that_grew_since_or_is_too_large_is_copied(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies", kept=5)
    spool = Spool(in_memory=0)
    spool.write(b"one")
    begun = spool.body()
    spool.write(b"two, three")
    spool.body()
    batch = bodies.batch()
    assert batch.put(begun) == (digest(b"one"), 3)
    assert batch.put(spool.body()) == (digest(b"onetw"), 5)
    assert batch.wrote
    batch.place()
    assert sorted(size for _, size in bodies.files()) == [3, 5]


def test_a_file_of_the_person_is_copied(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"mine")
    bodies = Bodies(tmp_path / "bodies", kept=1 << 20)
    batch = bodies.batch()
    batch.put(Body.in_file(theirs, 4, digest(b"mine")))
    batch.place()
    assert theirs.stat().st_nlink == 1


def test_until_it_is_placed_it_has_no_name(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies", kept=1 << 20)
    batch = bodies.batch()
    assert batch.put(Body.of(b"one")) == (digest(b"one"), 3)
    assert bodies.get(digest(b"one"), 3) is None
    assert bodies.sweep([]) == 0  # another process may be writing it
    batch.discard()
    assert files(tmp_path) == []
    batch.place()
    assert batch.size == 0


def test_a_cut_file_in_its_place_is_written_anew(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies", kept=1 << 20)
    keep(bodies, b"whole")
    place = tmp_path / "bodies" / digest(b"whole")[:2] / digest(b"whole")
    place.write_bytes(b"wh")
    keep(bodies, b"whole")
    assert place.read_bytes() == b"whole"


@pytest.mark.parametrize("name", ["", "../x", "A" * 64, "a" * 63, "a" * 64 + "\n", "/etc/passwd"])
def test_what_is_no_digest_is_no_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        Bodies(tmp_path, kept=1).get(name, 1)
    assert not REFERENCE.findall(b'"ref":"%s"' % name.encode())


def test_links_are_neither_followed_nor_filled(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "bodies"
    folder.symlink_to(outside)
    with pytest.raises(OSError, match="symbolic"):
        keep(Bodies(folder, kept=1 << 20), b"one")
    folder.unlink()
    folder.mkdir()
    (folder / digest(b"one")[:2]).symlink_to(outside)
    bodies = Bodies(folder, kept=1 << 20)
    batch = bodies.batch()
    batch.put(Body.of(b"one"))
    with pytest.raises(OSError, match="symbolic"):
        batch.place()
    batch.discard()
    (outside / digest(b"x")).write_bytes(b"x")
    assert list(bodies.files()) == []
    bodies.sweep([])
    assert files(outside) == [digest(b"x")]


def test_a_sweep_takes_what_nothing_names_and_old_leftovers(tmp_path: Path) -> None:
    folder = tmp_path / "bodies"
    bodies = Bodies(folder, kept=1 << 20)
    keep(bodies, b"named", b"stray")
    (folder / "old.part").write_bytes(b"12")
    (folder / "new.part").write_bytes(b"12")
    os.utime(folder / "old.part", (0, 0))
    assert bodies.sweep([digest(b"named")]) == 7
    assert files(folder) == sorted([digest(b"named"), "new.part"])
    assert not (folder / digest(b"stray")[:2]).exists()


def test_a_body_whose_file_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies", kept=1 << 20)
    batch = bodies.batch()
    with pytest.raises(BodyError, match="Could not read"):
        batch.put(Body.in_file(tmp_path / "gone", 5, digest(b"12345")))
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["open", "pwrite", "fdatasync", "replace", "sync_folder"])
def test_a_failing_disk_leaves_no_leftovers(tmp_path: Path, name: str) -> None:
    bodies = Bodies(tmp_path / "bodies", FaultyDisk(name, 1, errno.EIO), kept=1 << 20)
    with pytest.raises(OSError, match="Input/output"):
        keep(bodies, b"one")
    assert not [each for each in files(tmp_path) if each.endswith(".part")]
    keep(bodies, b"one")
    assert bodies.get(digest(b"one"), 3)
    assert not open_files(tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("name", ["open", "pwrite", "fdatasync", "replace", "make_folder"])
def test_a_body_without_room_is_left_out_and_named(tmp_path: Path, name: str, code: int) -> None:
    bodies = Bodies(tmp_path / "bodies", FaultyDisk(name, 1, code), kept=4)
    batch = bodies.batch()
    named = [batch.put(Body.of(data)) for data in (b"0123456789", b"abc")]
    batch.place()
    assert named == [(digest(b"0123"), 4), (digest(b"abc"), 3)]
    assert batch.lacking
    assert batch.size == 3
    assert files(tmp_path) == [digest(b"abc")]
    again = bodies.batch(written=False)
    again.put(Body.of(b"abc"))
    assert not again.lacking  # it is there already


def test_what_was_placed_can_be_taken_back(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies", kept=1 << 20)
    keep(bodies, b"old")
    batch = bodies.batch()
    batch.put(Body.of(b"old"))
    batch.put(Body.of(b"new"))
    batch.place()
    assert batch.size == 3
    batch.take_back()
    assert batch.size == 0
    assert dict(bodies.files()) == {digest(b"old"): 3}


def test_each_history_of_a_folder_has_its_own_folder() -> None:
    names = ["history.json", "a.json", "a", "a.b.json", "a.JSON", ".json", "bodies.json", "history"]
    folders = [folder_of(Path("/x", name)).name for name in names]
    assert folders[:3] == ["bodies", "a.bodies", "a-bodies"]
    assert len(set(folders)) == len(names)
    assert folder_of(Path("/x/history.json")) == Path("/x/bodies")


def test_only_the_first_part_of_a_very_large_body_is_kept(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies", kept=4)
    batch = bodies.batch()
    assert batch.put(Body.of(b"0123456789")) == (digest(b"0123"), 4)
    batch.place()
    assert batch.size == 4


def test_removing_what_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path / "bodies", kept=4)
    bodies.remove([digest(b"x")])
    assert (bodies.total(), bodies.sweep([])) == (0, 0)


def test_no_more_is_read_of_a_body_than_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * (3 << 20))
    kept = Bodies(tmp_path / "bodies", kept=1 << 20)
    batch = kept.batch()
    digest, size = batch.put(Body.in_file(path, 3 << 20, ""))
    batch.place()
    assert size == 1 << 20
    assert kept.get(digest, size)


def test_a_folder_that_cannot_be_listed_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path, _pattern: str) -> list[Path]:
        raise OSError

    monkeypatch.setattr(Path, "glob", refuse)
    assert Bodies(tmp_path, kept=1).total() == 0


def test_a_file_that_is_no_body_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "notes").write_bytes(b"mine")
    assert Bodies(tmp_path, kept=1).total() == 0


def test_many_are_on_the_disk_before_they_are_placed_and_each_folder_is_synced_once(
    tmp_path: Path,
) -> None:
    disk = Noting()
    contents = many(100)
    batch = together(Bodies(tmp_path / "bodies", disk, kept=1 << 20), contents)
    assert len(set(disk.of("synced"))) == 100
    assert not disk.of("placed")
    batch.place()
    assert sorted(disk.of("named")) == sorted(map(digest, contents))
    assert sorted(disk.of("placed")) == sorted(disk.of("synced"))
    folders = {each[:2] for each in disk.of("named")}
    at_first = tmp_path.name  # the name of the new folder of all bodies lies there
    assert sorted(disk.of("folder")) == sorted([*folders, "bodies", at_first, at_first])
    kinds = [kind for kind, _ in disk.notes]
    assert set(kinds[-len(folders) - 2 :]) == {"folder"}
    assert batch.size == sum(map(len, contents))


def test_few_files_are_open_however_many_bodies_come(tmp_path: Path) -> None:
    disk = Noting()
    batch = together(Bodies(tmp_path / "bodies", disk, kept=1 << 20), many(100))
    assert disk.most == 16
    assert not open_files(tmp_path)
    batch.discard()
    assert files(tmp_path) == []


def test_large_ones_do_not_wait_for_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sonde_core.history.bodies._ROOM", 10)
    disk = Noting()
    batch = Bodies(tmp_path / "bodies", disk, kept=1 << 20).batch(later=True)
    batch.put(Body.of(b"12345"))
    assert not disk.of("synced")
    batch.put(Body.of(b"67890"))
    assert len(disk.of("synced")) == 2
    batch.discard()


def test_what_came_twice_and_what_is_given_up_leaves_nothing_open(tmp_path: Path) -> None:
    disk = Noting()
    batch = Bodies(tmp_path / "bodies", disk, kept=1 << 20).batch(later=True)
    for data in (b"one", b"one", b"two"):
        batch.put(Body.of(data))
    assert len(open_files(tmp_path)) == 2
    batch.discard()
    assert not open_files(tmp_path)
    assert (files(tmp_path), disk.of("synced")) == ([], [])


def test_what_nobody_settled_is_on_the_disk_before_it_is_placed(tmp_path: Path) -> None:
    disk = Noting()
    batch = Bodies(tmp_path / "bodies", disk, kept=1 << 20).batch(later=True)
    batch.put(Body.of(b"one"))
    batch.place()
    assert disk.of("synced") == disk.of("placed")
    assert files(tmp_path) == [digest(b"one")]


@pytest.mark.parametrize("count", [3, 12, 40])
def test_one_of_many_without_room_is_left_out_alone(tmp_path: Path, count: int) -> None:
    disk = Noting()
    contents = many(count)
    disk.bad[len(contents[2])] = errno.ENOSPC
    batch = together(Bodies(tmp_path / "bodies", disk, kept=1 << 20), contents)
    assert batch.lacking
    batch.place()
    del contents[2]
    assert files(tmp_path) == sorted(map(digest, contents))
    assert batch.size == sum(map(len, contents))


@pytest.mark.parametrize("count", [3, 12, 40])
def test_one_of_many_that_fails_is_told_and_leaves_no_leftovers(tmp_path: Path, count: int) -> None:
    disk = Noting()
    contents = many(count)
    disk.bad = {len(contents[1]): errno.ENOSPC, len(contents[2]): errno.EIO}
    bodies = Bodies(tmp_path / "bodies", disk, kept=1 << 20)
    with pytest.raises(OSError, match="Input/output"):
        together(bodies, contents)
    assert not open_files(tmp_path)
    batch = bodies.batch(later=True)
    for data in contents[:3]:
        batch.put(Body.of(data))
    with pytest.raises(OSError, match="Input/output"):
        batch.place()
    batch.discard()
    assert not open_files(tmp_path)


def test_names_that_may_not_last_are_taken_back(tmp_path: Path) -> None:
    disk = Noting()
    bodies = Bodies(tmp_path / "bodies", disk, kept=1 << 20)
    contents = many(12)
    disk.bad[digest(contents[5])[:2]] = errno.EIO
    batch = together(bodies, contents)
    with pytest.raises(OSError, match="Input/output"):
        batch.place()
    batch.discard()
    assert files(tmp_path) == []
    disk.bad = {digest(contents[5])[:2]: errno.ENOSPC}
    batch = together(bodies, contents)
    batch.place()
    assert batch.lacking
    assert len(files(tmp_path)) == 12


def test_folders_last_before_a_body_counts(tmp_path: Path) -> None:
    disk = Noting()
    one, two, same = b"one", b"two", b"one512"  # the last shares its folder with the first
    assert digest(one)[:2] == digest(same)[:2] != digest(two)[:2]

    def synced(bodies: Bodies, data: bytes) -> list[str]:
        disk.notes.clear()
        keep(bodies, data)
        return sorted(disk.of("folder"))

    bodies = Bodies(tmp_path / "new" / "bodies", disk, kept=1 << 20)
    first, second = digest(one)[:2], digest(two)[:2]
    made = [tmp_path.name, "new"]  # the names of new folders lie in these
    assert synced(bodies, one) == sorted([*made, first, "bodies", "new"])
    assert synced(bodies, two) == sorted([second, "bodies"])
    assert synced(bodies, same) == [first]
    assert synced(bodies, one) == [first]  # who placed it may have been killed
    bodies.sweep([])
    assert synced(bodies, one) == sorted([first, "bodies"])
    (bodies.place_of(digest(one))).unlink()
    (tmp_path / "new" / "bodies" / first).rmdir()  # another process may sweep, too
    assert synced(bodies, one) == sorted([first, "bodies"])
    another = Bodies(tmp_path / "new" / "bodies", disk, kept=1 << 20)
    assert synced(another, one) == sorted([first, "bodies", "new"])


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_folder_that_cannot_be_made_is_told_as_a_body_is(tmp_path: Path, code: int) -> None:
    disk = Noting()
    bodies = Bodies(tmp_path / "bodies", disk, kept=1 << 20)
    disk.bad[f"new {digest(b'one')[:2]}"] = code
    batch = together(bodies, [b"one", b"two"])
    if code == errno.EIO:
        with pytest.raises(OSError, match="Input/output"):
            batch.place()
    else:
        batch.place()
        assert batch.lacking
        assert files(tmp_path) == [digest(b"two")]
    batch.discard()
    assert not [each for each in files(tmp_path) if each.endswith(".part")]


def test_a_folder_whose_name_may_not_last_is_made_again(tmp_path: Path) -> None:
    disk = Noting()
    disk.bad["a"] = errno.EIO
    with pytest.raises(OSError, match="Input/output"):
        disk.make_folder(tmp_path / "a" / "b")
    assert not (tmp_path / "a" / "b").exists()
    disk.bad["a"] = errno.EACCES  # one may write to it, and not read
    disk.make_folder(tmp_path / "a" / "b")
    assert disk.of("made") == ["a", "b", "b"]


def test_where_no_thread_can_be_begun_all_is_done_in_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    keep(Bodies(tmp_path / "bodies", kept=1 << 20), *many(20))
    assert len(files(tmp_path)) == 20


def test_some_wait_for_the_disk_at_the_same_time() -> None:
    meeting = threading.Barrier(4)

    def work(number: int) -> None:
        meeting.wait(20)
        if number == 3:
            raise OSError(errno.EIO, "three")

    assert [(number, error.errno) for number, error in at_once(work, range(4))] == [(3, errno.EIO)]


@pytest.mark.parametrize("count", [1, 3, 20])
def test_a_bug_reaches_who_called_from_whatever_thread(count: int) -> None:
    def work(number: int) -> None:
        raise ValueError(number)

    with pytest.raises(ValueError, match=r"\d"):
        at_once(work, range(count))
