"""Copying through the real child process: it works, or the person is told what happened instead."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_core.body import SLICE
from sonde_core.errors import BodyError
from sonde_core.outlets import clipboard
from sonde_core.outlets.clipboard import SECONDS, TERMINAL_LIMIT, Copied, copy
from tests.patience import PATIENCE

WORKS = """
case "$*" in
*-o*) cat "$FAKE/kept" ;;
*) cat > "$FAKE/kept" ;;
esac
"""
DEAD = 'cat > /dev/null; echo "Error: Can\'t open display: :99" >&2; echo oops; exit 1'
FROZEN = 'echo $$ >> "$FAKE/pids"; sleep 60 & echo $! >> "$FAKE/pids"; wait'
# As the real one does: a child stays behind and holds every output it was given.
DAEMON = WORKS + '\ncase "$*" in *-o*) ;; *) sleep 40 & ;; esac'
FORGETS = "cat > /dev/null; printf other"


class Desk:
    """A desktop whose only clipboard is a script named xclip."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.setenv("FAKE", str(folder))
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
        monkeypatch.setenv("DISPLAY", ":99")
        for name in ("WAYLAND_DISPLAY", "SSH_CONNECTION", "TMUX"):
            monkeypatch.delenv(name, raising=False)
        self.sent: list[str] = []

    def has(self, script: str) -> None:
        path = self.folder / "xclip"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    async def copy(self, data: bytes) -> Copied:
        return await copy(data, terminal=self.sent.append)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    files = tmp_path / "files"
    files.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(files))
    monkeypatch.setattr(clipboard, "SECONDS", PATIENCE)
    return Desk(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def _nothing_is_written(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert capfd.readouterr() == ("", "")


def kept(done: Copied) -> bytes:
    """What lies in the file, which only we may read."""
    path = Path(done.path)
    assert path.parent == Path(tempfile.gettempdir())
    assert path.stat().st_mode & 0o777 == 0o600
    return path.read_bytes()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def are_gone(*pids: int) -> bool:
    """Wait for processes that were killed: those that are not ours to reap take a moment."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while any(map(is_alive, pids)):  # noqa: ASYNC110 - nobody tells of their end
                await asyncio.sleep(0.01)
            return True
    return False


@pytest.mark.parametrize("data", [b"hello", "é\r\nb\r\0🙂".encode(), b"x" * 1_000_000])
async def test_a_clipboard_that_works_is_verified(desk: Desk, data: bytes) -> None:
    desk.has(WORKS)
    done = await desk.copy(data)
    assert done.way == "clipboard"
    assert (desk.folder / "kept").read_bytes() == data
    assert not desk.sent
    assert done.sentence.startswith("Copied ")


async def test_control_characters_are_warned_of(desk: Desk) -> None:
    desk.has(WORKS)
    assert not (await desk.copy(b"a\r\n\tb\n")).warning
    for data in (b"a\x1b[31m", b"a\rb", "a\u202eb".encode(), "\x9b".encode()):
        assert (await desk.copy(data)).warning


@pytest.mark.parametrize("before", [SLICE - 2, SLICE - 1, SLICE])
async def test_long_text_is_looked_at_as_a_whole(desk: Desk, before: int) -> None:
    desk.has(WORKS)
    plain = await desk.copy(b"a" * before + "\r\né\r\n".encode() * 3)
    assert (plain.way, plain.warning) == ("clipboard", "")
    assert (await desk.copy(b"a" * before + "\u202e".encode())).warning


async def test_a_helper_that_stays_behind_does_not_hold_us(desk: Desk) -> None:
    desk.has(DAEMON)
    start = time.monotonic()
    assert (await desk.copy(b"hello")).way == "clipboard"
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("script", [DEAD, FORGETS])
async def test_a_clipboard_that_only_says_so_is_not_believed(desk: Desk, script: str) -> None:
    desk.has(script)
    done = await desk.copy(b"hello")
    assert done.way == "terminal"
    assert done.reason == "The clipboard did not keep it"
    assert desk.sent == [f"\x1b]52;c;{base64.b64encode(b'hello').decode()}\x07"]
    assert "does not confirm" in done.sentence


async def test_a_frozen_clipboard_ends_after_two_seconds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "SECONDS", SECONDS)
    desk.has(FROZEN)
    start = time.monotonic()
    done = await desk.copy(b"hello")
    assert 1.9 < time.monotonic() - start < 30
    assert done.way == "terminal"
    assert done.reason == "The clipboard did not answer in time"
    pids = [int(pid) for pid in (desk.folder / "pids").read_text().split()]
    assert len(pids) == 2
    assert await are_gone(*pids)


async def test_cancelling_ends_the_helper(desk: Desk) -> None:
    os.mkfifo(desk.folder / "ready")
    desk.has('echo $$ > "$FAKE/ready"; sleep 60')
    task = asyncio.ensure_future(desk.copy(b"hello"))
    pid = int(await asyncio.to_thread((desk.folder / "ready").read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await are_gone(pid)


async def test_without_a_display_the_terminal_is_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.has(WORKS)
    monkeypatch.delenv("DISPLAY")
    done = await desk.copy(b"hello")
    assert (done.way, done.reason) == ("terminal", "There is no clipboard here")
    assert not (desk.folder / "kept").exists()


async def test_over_ssh_no_process_is_started(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")
    monkeypatch.setattr("sys.executable", "/nonexistent")
    assert (await desk.copy(b"hello")).way == "terminal"


async def test_inside_tmux_the_sequence_is_also_passed_through(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.has(DEAD)
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")  # noqa: S108 - as tmux sets it
    await desk.copy(b"hello")
    plain = f"\x1b]52;c;{base64.b64encode(b'hello').decode()}\x07"
    assert desk.sent == [plain + "\x1bPtmux;\x1b" + plain + "\x1b\\"]


async def test_what_no_clipboard_takes_lies_in_a_private_file(desk: Desk) -> None:
    desk.has(DEAD)
    data = b"x" * (TERMINAL_LIMIT + 1)
    done = await desk.copy(data)
    assert done.way == "file"
    assert kept(done) == data
    assert done.sentence == (
        "The clipboard did not keep it, and the terminal's takes 74 KB at most:"
        f" 74 KB are in the file {done.path}"
    )
    assert not desk.sent


async def test_what_is_too_large_for_the_terminal_where_no_clipboard_is_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY")
    done = await desk.copy(b"x" * 330_000)
    assert done.sentence == (
        "There is no clipboard here, and the terminal's takes 74 KB at most:"
        f" 330 KB are in the file {done.path}"
    )


async def test_bytes_that_are_no_text_lie_in_a_file(desk: Desk) -> None:
    desk.has(WORKS)
    done = await desk.copy(b"\xff\x00\xfe")
    assert done.way == "file"
    assert kept(done) == b"\xff\x00\xfe"
    assert done.path.endswith(".bin")
    assert "no text" in done.sentence


async def test_without_a_terminal_it_is_a_file(desk: Desk) -> None:
    desk.has(DEAD)
    assert (await copy(b"hello")).way == "file"


async def test_nothing_to_copy_and_nowhere_to_write_are_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BodyError, match="nothing to copy"):
        await desk.copy(b"")
    with monkeypatch.context() as here:
        here.setattr(tempfile, "tempdir", str(desk.folder / "gone"))
        with pytest.raises(BodyError, match=r"Could not write the copy to a file: No such file"):
            await desk.copy(b"\xff")


async def test_a_module_in_the_folder_we_stand_in_is_not_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.has(WORKS)
    (desk.folder / "pyperclip.py").write_text("raise SystemExit(0)")
    monkeypatch.chdir(desk.folder)
    assert (await desk.copy(b"hello")).way == "clipboard"
    assert (desk.folder / "kept").read_bytes() == b"hello"


@pytest.mark.skipif(shutil.which("xclip") is None, reason="xclip is not installed")
async def test_the_real_xclip_without_its_server(desk: Desk) -> None:
    done = await desk.copy(b"hello")
    assert (done.way, done.reason) == ("terminal", "The clipboard did not keep it")


@pytest.mark.skipif(
    not (shutil.which("xclip") and shutil.which("Xvfb")), reason="xclip and Xvfb are not installed"
)
async def test_the_real_xclip_with_a_server(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with x_server() as display:
        monkeypatch.setenv("DISPLAY", display)
        data = "é\r\n\0🙂".encode() * 10_000
        assert (await desk.copy(data)).way == "clipboard"
        asked = await asyncio.create_subprocess_exec(
            *("xclip", "-selection", "clipboard", "-o"), stdout=subprocess.PIPE
        )
        assert (await asked.communicate())[0] == data


@contextlib.contextmanager
def x_server() -> Iterator[str]:
    """An X server of our own, on a display that it chooses."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "64x64x8"],
        pass_fds=[writer],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        assert re.fullmatch(r"\d+", number)
        yield f":{number}"
    finally:
        server.kill()
        server.wait()
