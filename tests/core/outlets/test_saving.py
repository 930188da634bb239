from __future__ import annotations

import asyncio
import os
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError, SaveError, TakenError
from sonde_core.outlets.saving import Content, pieces_of, save, target, write
from tests.full_disk import files_end_at

HELLO = pieces_of(b"hello")


def left(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


# where


def test_a_name_is_one_in_the_folder(tmp_path: Path) -> None:
    assert target("a.txt", tmp_path, "b.txt") == tmp_path / "a.txt"


@pytest.mark.parametrize("typed", ["", "sub", "sub/"])
def test_a_folder_means_the_suggested_name_in_it(tmp_path: Path, typed: str) -> None:
    (tmp_path / "sub").mkdir()
    assert target(typed, tmp_path, "b.txt") == tmp_path / typed / "b.txt"


def test_a_path_may_lead_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    assert target("~/a", tmp_path, "b") == home / "a"
    assert target("~", tmp_path, "b") == home / "b"
    assert target(str(home / "c"), Path("/nowhere"), "b") == home / "c"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("missing/a", "There is no folder"),
        ("missing/", "There is no folder"),
        ("file/a", "There is no folder"),
        ("link", "symbolic link"),
        ("pipe", "no regular file"),
        ("~nobody-of-that-name/a", "no such home folder"),
        ("a\0b", "names no file"),
        ("x" * 300, "names no file"),
    ],
)
def test_what_can_be_no_file_is_told_before_anything_is_written(
    tmp_path: Path, typed: str, told: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SaveError, match=told) as caught:
        target(typed, tmp_path, "b")
    assert caught.value.advice


# what


def test_a_file_is_whole_and_alone(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        assert write(HELLO, tmp_path / "a") == 5
    finally:
        os.umask(old)
    assert left(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"hello"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_what_is_there_stays_unless_it_may_go(tmp_path: Path) -> None:
    there = tmp_path / "a"
    there.write_bytes(b"old")
    there.chmod(0o600)
    with pytest.raises(TakenError):
        write(HELLO, there)
    assert there.read_bytes() == b"old"
    write(HELLO, there, overwrite=True)
    assert there.read_bytes() == b"hello"
    assert there.stat().st_mode & 0o777 == 0o600
    assert left(tmp_path) == ["a"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    there = tmp_path / "a"
    if not links:
        monkeypatch.setattr(os, "link", unlinkable)

    def slices() -> Iterator[bytes]:
        yield b"hello"
        there.write_bytes(b"theirs")

    with pytest.raises(TakenError):
        write(slices, there)
    assert there.read_bytes() == b"theirs"
    assert left(tmp_path) == ["a"]


def unlinkable(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_folder_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", unlinkable)
    write(HELLO, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"hello"
    assert left(tmp_path) == ["a"]


@pytest.mark.parametrize("overwrite", [True, False])
def test_no_link_is_followed_or_replaced(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "victim").write_bytes(b"kept")
    (tmp_path / "link").symlink_to("victim")
    with pytest.raises(SaveError):
        write(HELLO, tmp_path / "link", overwrite=overwrite)
    assert (tmp_path / "victim").read_bytes() == b"kept"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_full_disk_leaves_nothing_half_done(tmp_path: Path, overwrite: bool) -> None:
    there = tmp_path / "a"
    if overwrite:
        there.write_bytes(b"old")
    with (
        files_end_at(100_000),
        pytest.raises(SaveError, match="no room left") as caught,
    ):
        write(pieces_of(bytes(200_000)), there, overwrite=overwrite)
    assert "Free some space" in caught.value.advice
    assert left(tmp_path) == (["a"] if overwrite else [])
    assert not overwrite or there.read_bytes() == b"old"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SaveError, match="not allowed"):
            write(HELLO, tmp_path / "a")
    finally:
        tmp_path.chmod(0o700)


def test_bytes_that_cannot_be_read_leave_nothing(tmp_path: Path) -> None:
    body = Body.in_file(tmp_path / "gone", 9, "0" * 64)
    with pytest.raises(BodyError):
        write(body.slices, tmp_path / "a")
    assert left(tmp_path) == []


async def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    begun = threading.Event()

    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(1000)
            begun.set()

    saving = asyncio.ensure_future(save(Content("all", endless, "a"), tmp_path / "a"))
    await asyncio.to_thread(begun.wait, 10)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert left(tmp_path) == []


async def test_progress_is_told_and_a_large_one_takes_no_memory(tmp_path: Path) -> None:
    def slices() -> Iterator[bytes]:
        return (bytes(1 << 16) for _ in range(1000))

    told: list[int] = []
    tracemalloc.start()
    size = await save(Content("all", slices, "a"), tmp_path / "a", progress=told.append)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == told[-1] == (tmp_path / "a").stat().st_size == 1000 << 16
    assert told == sorted(told)
    assert peak < 4 << 20
