"""Work in a process of its own: limited in time and memory, ended with its caller."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.offload import offload


async def test_a_task_gives_a_body_in_a_private_file() -> None:
    done = await offload("pretty", Body.of(b'{"a":1}', media_type="application/json"))
    assert done.body is not None
    assert done.body.read() == b'{\n  "a": 1\n}'
    assert done.body == Body.in_file(
        done.body.path or Path(), 12, Body.of(b'{\n  "a": 1\n}').sha256, owner=done.body._owner
    ).described(media_type="application/json; charset=utf-8")


async def test_it_ends_in_time() -> None:
    with pytest.raises(BodyError, match=r"^Formatting the body was not done within 0.001 s"):
        await offload("pretty", Body.of(b"[1]"), seconds=0.001)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc to see children in")
async def test_it_ends_with_its_caller() -> None:
    task = asyncio.ensure_future(offload("pretty", Body.of(b"[1]" * 10)))
    while not _children():  # noqa: ASYNC110 - the kernel has no event for it
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not _children()


def _children() -> list[str]:
    found: list[str] = []
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            found += path.read_text().split()
    return found


async def test_a_module_in_the_folder_we_stand_in_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    (tmp_path / "msgspec.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    done = await offload("pretty", Body.of(b"[1]", media_type="application/json"))
    assert done.body is not None


async def test_a_source_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(BodyError, match="No such file"):
        await offload("pretty", Body.in_file(tmp_path / "gone", 5, ""))
