from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError, RequestError
from sonde_core.outlets.foreground import run
from sonde_core.outlets.saving import pieces_of


def shell(line: str) -> list[str]:
    return ["/bin/sh", "-c", line]


async def test_a_program_reads_all_of_it(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    ended = await run(shell(f"cat > '{tmp_path}/got'"), feed=pieces_of(data))
    assert (ended.status, ended.said) == (0, "")
    assert (tmp_path / "got").read_bytes() == data


async def test_its_input_is_a_pipe_that_can_be_opened_again(tmp_path: Path) -> None:
    await run(shell(f"cat /dev/stdin > '{tmp_path}/got'"), feed=pieces_of(b"abc"))
    assert (tmp_path / "got").read_bytes() == b"abc"


@pytest.mark.parametrize("line", ["true", "exec <&-", "head -c 10 >/dev/null"])
async def test_a_program_that_does_not_read_is_fine(line: str) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(1 << 16)

    async with asyncio.timeout(10):
        assert (await run(shell(line), feed=endless)).status == 0


async def test_one_that_leaves_somebody_with_the_pipe_behind_keeps_nobody_waiting() -> None:
    line = "exec 3<&0; (sleep 40 <&3) & exit 4"
    began = time.monotonic()
    ended = await run(shell(line), feed=pieces_of(bytes(1 << 20)), read_errors=True)
    assert ended.status == 4
    assert time.monotonic() - began < 30


async def test_the_last_line_of_its_complaints_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    line = "echo one >&2; echo 'two  ' >&2; echo >&2; exit 3"
    ended = await run(shell(line), read_errors=True)
    assert (ended.status, ended.said) == (3, "two")
    assert capfd.readouterr().err == "one\ntwo  \n\n"


async def test_the_loop_goes_on_meanwhile(tmp_path: Path) -> None:
    go_on = tmp_path / "go on"

    async def tick() -> None:
        for _ in range(5):
            await asyncio.sleep(0.01)
        go_on.touch()

    ticking = asyncio.ensure_future(tick())
    line = f"until [ -e '{go_on}' ]; do sleep 0.01; done"
    await run(shell(line), feed=pieces_of(bytes(1 << 20)), read_errors=True)
    await ticking


async def test_an_interrupt_of_its_own_ends_the_program_only() -> None:
    line = f"kill -INT {os.getpid()}; kill -QUIT {os.getpid()}; kill -INT $$; sleep 5"
    before = signal.getsignal(signal.SIGINT)
    assert (await run(shell(line))).status == -signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is before


async def test_cancelling_ends_the_program() -> None:
    loop, has_begun = asyncio.get_running_loop(), asyncio.Event()

    def told() -> Iterator[bytes]:
        loop.call_soon_threadsafe(has_begun.set)
        yield b"x"

    running = asyncio.ensure_future(run(["sleep", "30"], feed=told))
    await has_begun.wait()
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - began < 20


async def test_a_program_that_is_not_there_is_told_and_leaves_nothing_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(RequestError, match="Could not start '/nowhere/x'"):
        await run(["/nowhere/x"], feed=pieces_of(b"x"), read_errors=True)
    assert len(os.listdir("/proc/self/fd")) <= before  # what earlier tests left may go meanwhile


async def test_bytes_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    body = Body.in_file(tmp_path / "gone", 9, "0" * 64)
    with pytest.raises(BodyError):
        await run(shell("cat >/dev/null"), feed=body.slices)
