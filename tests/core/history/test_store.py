from __future__ import annotations

import errno
import json
import os
import resource
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sonde_core.errors import HistoryError
from sonde_core.history.lock import BusyError
from sonde_core.history.store import Store, open_to_others
from sonde_core.history.torn import TORN_KEPT
from tests.histories import FaultyDisk, ids, line, open_files

HISTORY = "history.json"


def store_with(path: Path, *identities: str) -> Store:
    store = Store(path)
    for identity in identities:
        store.append([line(identity)])
    return store


def test_the_file_is_an_array_with_one_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    store_with(path, "a", "b").close()
    assert path.read_bytes() == b"[\n" + line("a") + b",\n" + line("b") + b"\n]\n"


def test_an_empty_history_is_an_empty_array(tmp_path: Path) -> None:
    store = Store(tmp_path / HISTORY)
    store.prepare()
    store.close()
    assert (tmp_path / HISTORY).read_bytes() == b"[\n]\n"


def test_files_and_folders_are_ours_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / HISTORY
    before = os.umask(0)
    try:
        store_with(path, "a").close()
    finally:
        os.umask(before)
    modes = {
        each.relative_to(tmp_path).as_posix(): stat.S_IMODE(each.stat().st_mode)
        for each in tmp_path.rglob("*")
    }
    assert modes == {
        "new": 0o700,
        "new/folder": 0o700,
        "new/folder/history.json": 0o600,
        "new/folder/history.json.lock": 0o600,
    }


@pytest.mark.parametrize(
    ("mode", "told_of"), [(0o777, True), (0o1777, False), (0o775, False), (0o755, False)]
)
def test_a_folder_that_others_may_write_to_is_told(
    tmp_path: Path, mode: int, told_of: bool
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)
    told: list[str] = []
    store = Store(folder / HISTORY, tell=told.append)
    store.append([line("a")])
    store.append([line("b")])
    store.close()
    assert stat.S_IMODE(folder.stat().st_mode) == mode
    assert ids(folder / HISTORY) == ["a", "b"]
    assert len(told) == told_of
    assert not told or "Others may write to the folder" in told[0]


def test_another_group_counts_as_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o770)
    found = tmp_path.stat()
    assert not open_to_others(found)
    fields = list(found)
    fields[stat.ST_GID] += 1
    assert open_to_others(os.stat_result(fields))


def test_a_file_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    store_with(path, "a").close()
    path.chmod(0o644)
    told: list[str] = []
    store = Store(path, tell=told.append)
    store.prepare()
    store.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Others could read" in told[0]


def test_links_are_not_followed_for_writing(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("[\n]\n")
    (tmp_path / HISTORY).symlink_to(target)
    store = Store(tmp_path / HISTORY)
    with pytest.raises(OSError, match="symbolic") as caught:
        store.append([line("a")])
    assert caught.value.errno == errno.ELOOP
    store.close()
    assert target.read_text() == "[\n]\n"


def test_a_pipe_in_the_files_place_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / HISTORY)
    store = Store(tmp_path / HISTORY)
    with pytest.raises(HistoryError, match="no regular file"):
        store.prepare()
    store.close()


@pytest.mark.parametrize(
    "text",
    [
        "some notes\n",
        '{"log":{"entries":[]}}',
        '[{"name":"x"}]',
        "[1,2]",
        '"text"',
        "[\n{oops\n]\n",
        '[\n{"name":"x"}\n]\n',
        '[\n{"name":"x",\n',
    ],
)
def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / HISTORY
    path.write_text(text)
    store = Store(path)
    with pytest.raises(HistoryError, match="not a history file"):
        store.append([line("a")])
    store.close()
    assert path.read_text() == text


def formatted(indent: int | None, newline: str = "\n", end: str = "\n") -> bytes:
    entries = [json.loads(line(identity)) for identity in "abc"]
    return (json.dumps(entries, indent=indent).replace("\n", newline) + end).encode()


@pytest.mark.parametrize(
    "data",
    [
        formatted(2),
        formatted(None),
        formatted(0),
        formatted(2, "\r\n", "\r\n"),
        formatted(2, end=""),
        b"\xef\xbb\xbf" + formatted(4),
        formatted(2).decode().encode("utf-16"),
        b"[\r\n" + b",\r\n".join(map(line, "abc")) + b"\r\n]\r\n",
        b"[\n" + b",\n".join(map(line, "abc")) + b"\n]",
        b"[\n" + b",\n".join(map(line, "abc")) + b"\n",
        b"[\n" + b",\n".join(map(line, "abc")) + b",\n]\n",
        b"[\n" + b",\n".join(map(line, "abc")) + b"},]\n"[1:],
        b"\n".join(map(line, "abc")) + b"\n",
    ],
)
def test_a_file_that_someone_edited_keeps_every_entry(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / HISTORY
    path.write_bytes(data)
    store = Store(path)
    store.append([line("d")])
    store.close()
    assert path.read_bytes() == b"[\n" + b",\n".join(map(line, "abcd")) + b"\n]\n"


def test_a_damaged_formatted_file_is_kept_beside(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    data = formatted(2).replace(b'"id": "b"', b'"id": "b')
    path.write_bytes(data)
    told: list[str] = []
    store = Store(path, tell=told.append)
    store.append([line("d")])
    store.close()
    assert ids(path) == ["a", "c", "d"]
    assert (tmp_path / "history.json.damaged-1").read_bytes() == data
    assert "2 lines could be read" in told[0]


def test_unknown_fields_and_foreign_objects_survive_a_rewrite(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    values = [{"v": 9, "id": "a", "kind": "dream", "x": ["\ud800", 1e300]}, {"mine": "\u2028"}]
    path.write_text(json.dumps(values, indent=1))
    store = Store(path)
    store.append([line("d")])
    store.close()
    assert json.loads(path.read_bytes())[:2] == values
    assert path.read_bytes().isascii()


@pytest.mark.parametrize("odd", ["NaN", "1e999", "[" * 100_000, "7" * 5000])
def test_an_object_that_cannot_be_written_again_is_kept_beside(tmp_path: Path, odd: str) -> None:
    path = tmp_path / HISTORY
    data = formatted(2).replace(b'"id": "b"', f'"id": "b", "odd": {odd}'.encode())
    path.write_bytes(data)
    store = Store(path)
    store.append([line("d")])
    store.close()
    assert ids(path) == ["a", "c", "d"]
    assert (tmp_path / "history.json.damaged-1").read_bytes() == data


@pytest.mark.parametrize("data", [b"", b"\n", b"[", b"[\n", b"[\n]", b"[]", b"\0\0\0", b"[\n\0"])
def test_a_file_without_anything_begins_anew(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / HISTORY
    store = store_with(path, "a")
    path.write_bytes(data)  # the same inode, open
    store.append([line("b")])
    store.close()
    assert path.read_bytes() == b"[\n" + line("b") + b"\n]\n"
    path.write_bytes(data)
    store_with(path, "c").close()
    assert ids(path) == ["c"]


@pytest.mark.parametrize("how", ["emptied", "removed", "replaced"])
def test_a_file_that_was_emptied_or_removed_while_it_is_open_is_told(
    tmp_path: Path, how: str
) -> None:
    path = tmp_path / HISTORY
    told: list[str] = []
    store = Store(path, tell=told.append)
    store.append([line("a")])
    if how == "emptied":
        path.write_bytes(b"")
    elif how == "removed":
        path.unlink()
    else:
        (tmp_path / "empty").touch(0o600)
        (tmp_path / "empty").replace(path)
    store.append([line("b")])
    store.append([line("c")])
    store.close()
    assert ids(path) == ["b", "c"]
    assert told == [
        "history.json was emptied or removed while it was in use; it is begun anew, and what it "
        "held is not there any more."
    ]


def test_a_new_file_is_not_told_to_be_emptied(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / HISTORY).touch(0o600)
    store = Store(tmp_path / HISTORY, tell=told.append)
    store.append([line("a")])
    store.close()
    assert told == []


def test_any_sectors_of_the_first_append_are_put_right(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    after = b"[\n" + line("new", note="y" * 1400) + b"\n]\n"
    for choice in range(2 ** (len(after) // 512 + 1)):
        image = bytearray(after)
        for number, start in enumerate(range(0, len(after), 512)):
            if choice >> number & 1:
                old = b"[\n]\n" if not start else b""
                image[start : start + 512] = old.ljust(512, b"\0")[: len(after) - start]
        path.write_bytes(bytes(image))
        check_image(path, [])


def check_image(path: Path, acknowledged: list[str]) -> None:
    """Open a torn file, append, and look that all is there that was acknowledged."""
    store = Store(path)
    store.append([line("next")])
    store.close()
    found = ids(path)
    assert found[: len(acknowledged)] == acknowledged
    assert found[len(acknowledged) :] in (["next"], ["new", "next"])
    assert path.read_bytes().endswith(b"}\n]\n")


def test_what_is_cut_is_kept_beside_and_told(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    store_with(path, "a").close()
    with path.open("r+b") as stream:
        stream.seek(-3, os.SEEK_END)
        stream.write(b',\n{"v":1,"id":"b')
    told: list[str] = []
    store = Store(path, tell=told.append)
    store.prepare()
    store.close()
    assert ids(path) == ["a"]
    assert b'{"v":1,"id":"b' in (tmp_path / "history.json.torn").read_bytes()
    assert "every whole entry is there" in told[0]


def test_a_very_long_torn_line_is_kept_beside_whole(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    store_with(path, "a").close()
    torn = b',\n{"v":1,"id":"b","x":"' + b"x" * 100_000_000
    with path.open("r+b") as stream:
        stream.seek(-3, os.SEEK_END)
        stream.write(torn)
    told: list[str] = []
    store = Store(path, tell=told.append)
    store.append([line("c")])
    store.close()
    assert ids(path) == ["a", "c"]
    assert (tmp_path / "history.json.damaged-1").stat().st_size == len(torn)
    assert "history.json.damaged-1" in told[0]


def test_what_is_kept_of_torn_ends_is_bounded_and_the_newest(tmp_path: Path) -> None:
    store = store_with(tmp_path / HISTORY, "a")
    for number in range(3):
        store.keep_torn(b"%d" % number * (TORN_KEPT // 2))
    store.close()
    torn = tmp_path / "history.json.torn"
    assert torn.read_bytes() == b"2" * (TORN_KEPT // 2) + b"\n"
    assert stat.S_IMODE(torn.stat().st_mode) == 0o600


def test_a_link_in_the_place_of_a_file_beside_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("precious")
    store = store_with(tmp_path / HISTORY, "a")
    for name in ("torn", "new"):
        (tmp_path / f"{HISTORY}.{name}").symlink_to(target)
    with pytest.raises(OSError, match="symbolic"):
        store.keep_torn(b"cut")
    with store.locked():
        store.rewrite([line("b")])
    store.close()
    assert target.read_text() == "precious"
    assert ids(tmp_path / HISTORY) == ["b"]


def test_a_rewrite_that_was_killed_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "history.json.new").write_bytes(b"[\n{half")
    store_with(tmp_path / HISTORY, "a").close()
    store = Store(tmp_path / HISTORY)
    store.prepare()
    store.close()
    assert sorted(os.listdir(tmp_path)) == [HISTORY, "history.json.lock"]


def test_lines_are_appended_as_one_step(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    disk = FaultyDisk("fdatasync", 2, errno.EIO)
    store = Store(path, disk)
    with pytest.raises(OSError, match="Input/output"):
        store.append([line("a"), line("b")], first=lambda: None)
    assert ids(path) == []
    store.append([line("a"), line("b")])
    store.close()
    assert ids(path) == ["a", "b"]


def test_nothing_is_written_when_what_comes_first_fails(tmp_path: Path) -> None:
    def refuse() -> None:
        raise OSError(errno.ENOSPC, "full")

    store = store_with(tmp_path / HISTORY, "a")
    with pytest.raises(OSError, match="full"):
        store.append([line("b")], first=refuse)
    store.close()
    assert ids(tmp_path / HISTORY) == ["a"]


def test_a_file_replaced_while_it_is_open_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    store = store_with(path, "a")
    other = tmp_path / "saved-by-an-editor"
    other.write_bytes(formatted(2))
    other.replace(path)
    store.append([line("d")])
    store.close()
    assert ids(path) == ["a", "b", "c", "d"]


def test_a_file_deleted_while_it_is_open_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "folder" / HISTORY
    store = store_with(path, "a")
    for each in path.parent.iterdir():
        each.unlink()
    path.parent.rmdir()
    store.append([line("b")])
    store.close()
    assert ids(path) == ["b"]


CALLS = ("open", "flock", "pread", "pwrite", "fdatasync", "ftruncate", "fstat", "stat")
CODES = (errno.EIO, errno.ENOSPC, errno.EINTR, errno.EACCES)


@pytest.mark.parametrize("name", [*CALLS, "sync_folder", "unlink", "make_folder"])
@pytest.mark.parametrize("code", CODES)
def test_a_failing_call_loses_nothing_acknowledged(tmp_path: Path, name: str, code: int) -> None:
    for at in range(1, 40):
        path = tmp_path / f"{at}.json"
        disk = FaultyDisk(name, at, code)
        disk.short = at * 7
        store = Store(path, disk)
        kept: list[str] = []
        failed: list[str] = []
        for identity in "abcd":
            try:
                store.append([line(identity)])
            except (OSError, HistoryError):
                failed.append(identity)
            else:
                kept.append(identity)
        store.close()
        assert len(failed) <= 1
        assert ids(path) == kept
        if disk.calls.get(name, 0) < at:
            break
    assert not open_files(tmp_path)


def test_a_failing_rewrite_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    store_with(path, "a", "b").close()
    before = path.read_bytes()
    for name in ("open", "pwrite", "fdatasync", "replace"):
        for at in range(1, 5):
            disk = FaultyDisk(name, at, errno.ENOSPC)
            store = Store(path, disk)
            try:
                with store.locked():
                    store.prepare()
                    store.rewrite([line("z")])
            except OSError:
                assert path.read_bytes() == before
                assert not path.with_name("history.json.new").exists()
            else:
                assert disk.calls.get(name, 0) < at
                path.write_bytes(before)
            store.close()


def test_a_failed_write_that_cannot_be_taken_back_is_put_right_later(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    store_with(path, "a").close()
    disk = FaultyDisk("pwrite", 1, errno.EIO, lasting=True)
    disk.short = 40
    store = Store(path, disk)
    with pytest.raises(OSError, match="Input/output"):
        store.append([line("b")])
    disk.heal()
    store.append([line("c")])
    store.close()
    assert ids(path) == ["a", "c"]


FULL = """
import sys, signal
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from sonde_core.history.store import Store
from tests.histories import line
store = Store(Path(sys.argv[1]))
done = 0
try:
    while True:
        store.append([line(f"n{done}")])
        done += 1
except OSError as error:
    print(done, error.errno)
"""


def test_a_full_disk_leaves_a_valid_file(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    outcome = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(Path.cwd())],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_001, 10_001)),
        capture_output=True,
        check=True,
        text=True,
    )
    done, code = map(int, outcome.stdout.split())
    assert code == errno.EFBIG
    assert done > 10
    assert ids(path) == [f"n{number}" for number in range(done)]
    store = Store(path)
    store.append([line("after")])
    store.close()
    assert ids(path)[-1] == "after"


def test_lines_of_which_a_power_cut_left_a_part_are_cut(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    store_with(path, "a", "b", "c").close()
    data = path.read_bytes()
    place = data.index(b'"id":"b"')
    path.write_bytes(data[:place] + bytes(20) + data[place + 20 :])
    told: list[str] = []
    store = Store(path, tell=told.append)
    store.append([line("d")])
    assert ids(path) == ["a", "c", "d"]
    assert "broken line near its end" in told[0]
    assert b'{"v":1,' in (tmp_path / "history.json.torn").read_bytes()
    store.close()


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / HISTORY
    store_with(path, "a").close()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    store = Store(path)
    with pytest.raises(HistoryError, match="another user"):
        store.append([line("b")])
    store.close()


def test_one_that_waited_in_vain_waits_less_until_it_has_the_file_again(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    mine, other = store_with(path, "a"), Store(path)
    with mine.locked():
        with pytest.raises(BusyError), other.locked(0.01):
            pass
        start = time.monotonic()
        with pytest.raises(BusyError):
            other.append([line("b")])
        assert time.monotonic() - start < 10
    other.append([line("b")])
    mine.close()
    other.close()
    assert ids(path) == ["a", "b"]


def test_a_rewrite_of_more_than_a_megabyte_is_whole(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    store = store_with(path, "a")
    lines = [line(f"n{number}", note="x" * 400_000) for number in range(7)]
    with store.locked():
        assert store.rewrite(lines) == path.stat().st_size
    store.close()
    assert path.read_bytes() == b"[\n" + b",\n".join(lines) + b"\n]\n"
