from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sonde_core.errors import BodyError, RequestError
from sonde_core.outlets import files


def test_slices_are_the_file(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"abcde")
    files.check_readable(str(path))
    assert list(files.read_slices(str(path), 2)) == [b"ab", b"cd", b"e"]


@pytest.mark.parametrize("name", ["missing", ".", "a\0b", "missing/file"])
def test_what_cannot_be_read_is_explained(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError, match="Could not read"):
        files.check_readable(str(tmp_path / name))
    with pytest.raises(RequestError, match="Could not read"):
        list(files.read_slices(str(tmp_path / name)))


def test_file_is_overwritten_whole(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"longer than before")
    files.check_writable(str(path))
    files.write(str(path), [b"a", b"b"])
    assert path.read_bytes() == b"ab"


def test_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"kept")
    link = tmp_path / "link"
    link.symlink_to("victim")
    with pytest.raises(RequestError, match="symbolic link"):
        files.check_writable(str(link))
    with pytest.raises(BodyError, match="symbolic link"):
        files.write(str(link), [b"lost"])
    assert (tmp_path / "victim").read_bytes() == b"kept"


@pytest.mark.parametrize("name", [".", "missing/file", "a\0b"])
def test_what_cannot_be_written_is_explained(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError):
        files.check_writable(str(tmp_path / name))
    with pytest.raises(BodyError, match="Could not write"):
        files.write(str(tmp_path / name), [])


def test_pipe_without_a_reader_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BodyError):
        files.write(str(tmp_path / "pipe"), [b"a"])


def test_null_device_takes_everything() -> None:
    files.check_writable(os.devnull)
    files.write(os.devnull, [b"a"])


def test_closed_standard_streams_are_filled(tmp_path: Path) -> None:
    code = (
        "import json, os\n"
        "from sonde_core.outlets.files import fill_standard_streams\n"
        "fill_standard_streams()\n"
        f"modes = [os.fstat(n).st_mode for n in (0, 1, 2)]; out = os.open({str(tmp_path / 'o')!r},"
        " os.O_CREAT | os.O_WRONLY); os.write(out, json.dumps([out, modes]).encode())"
    )
    script = f"'{sys.executable}' -c \"$CODE\" <&- >&- 2>&-"
    subprocess.run(["bash", "-c", script], env=os.environ | {"CODE": code}, check=True)
    number, modes = json.loads((tmp_path / "o").read_text())
    assert number > 2
    assert all(stat.S_ISCHR(mode) for mode in modes)


def test_pieces_are_taken_one_by_one_or_whole(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"abcde")
    slices = files.read_slices(str(path), 2)
    assert [files.take(slices) for _ in range(4)] == [b"ab", b"cd", b"e", b""]
    slices = files.read_slices(str(path), 2)
    assert [files.take(slices, whole=True) for _ in range(2)] == [b"abcde", b""]


def test_more_than_a_datagram_is_not_taken_whole(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(bytes(70_000))
    with pytest.raises(RequestError, match="larger than one datagram"):
        files.take(files.read_slices(str(tmp_path / "data")), whole=True)


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing", "no such file"), (".", "is a folder"), ("pipe", "no regular file")],
)
def test_only_a_file_that_ends_is_regular(tmp_path: Path, name: str, words: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    files.check_regular(str(tmp_path / "file"))
    with pytest.raises(RequestError, match=words):
        files.check_regular(str(tmp_path / name))


def test_what_is_to_be_in_memory_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcdef")
    assert files.read_bounded(str(tmp_path / "file")) == b"abcdef"
    with pytest.raises(RequestError, match="larger than 1 MiB"):
        files.read_bounded("/dev/zero", 1 << 20)


def test_a_device_without_an_end_is_no_body(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ENDLESS", 1 << 20)
    with pytest.raises(RequestError, match="has no end"):
        for _ in files.read_body("/dev/zero"):
            pass
    large = tmp_path / "large"
    large.write_bytes(bytes(3 << 20))
    assert sum(map(len, files.read_body(str(large)))) == 3 << 20


def test_a_pipe_is_not_opened_to_see_whether_it_can_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    files.check_readable(str(tmp_path / "pipe"))
