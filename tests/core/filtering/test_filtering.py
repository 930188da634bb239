"""A body filtered in a process that stays: newest first, bounded, and gone when it is to be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest

from sonde_core.body import Body, Spool
from sonde_core.errors import BodyError
from sonde_core.filtering import Filtered, Filtering, form_of

ROWS = b'{"rows": [' + b'{"name": "x"},' * 100_000 + b'{"name": "last \xc3\xa9", "n": 1.50}]}'


@asynccontextmanager
async def filtering(body: Body, *, arriving: bool = False) -> AsyncIterator[Filtering]:
    found = Filtering(body, form_of(body), arriving=arriving)
    try:
        yield found
    finally:
        await found.close()


async def all_of(found: Filtering, expression: str) -> Filtered:
    told = Filtered()
    async with aclosing(found.results(expression)) as results:
        async for each in results:
            told = each
    return told


async def text(found: Filtering, expression: str) -> str:
    return (await all_of(found, expression)).body.read().decode()


async def test_a_large_document_answers_one_expression_after_the_other() -> None:
    before = _children()
    async with filtering(Body.of(ROWS)) as found:
        await found.warm()
        assert await text(found, "rows[-1].name") == "last é"
        assert await text(found, "length(rows)") == "100001"
        assert await text(found, "rows[?n > 1].n | [0]") == "1.50"
        with pytest.raises(BodyError, match="no item 100001 at rows"):
            await text(found, "rows[100001]")
        assert await text(found, "rows[0].name") == "x"
        assert len(_children() - before) == 1


async def test_a_small_document_needs_no_process_for_a_path() -> None:
    before = _children()
    async with filtering(Body.of(b'{"a": [1, 2]}')) as found:
        assert await text(found, "a[1]") == "2"
        assert not _children() - before
        assert await text(found, "sum(a)") == "3"
        assert await text(Filtering(Body.of('["é"]'.encode("utf-16")), "document"), "[0]") == "é"


DOUBLED = "[@,@,@,@,@,@,@,@]"
SLOW = "rows" + f" | [*].{DOUBLED}[]" * 3
BOMB = " | ".join([DOUBLED] * 30)
STRINGS = "[0] | " + " | ".join([f"join('', {DOUBLED})"] * 30)


async def _at_work(found: Filtering) -> None:
    """Wait until the process has worked for a while."""
    assert found._process is not None
    begun = _worked(found._process.pid)
    while _worked(found._process.pid) < begun + 5:  # noqa: ASYNC110 - nothing tells it
        await asyncio.sleep(0)


def _worked(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().split()[13])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to see it work")
@pytest.mark.parametrize("older", [SLOW, f"{BOMB} | to_string(@)"])
async def test_the_newest_expression_wins(older: str) -> None:
    async with filtering(Body.of(ROWS)) as found:
        assert await text(found, "length(rows)") == "100001"
        task = asyncio.ensure_future(text(found, older))
        await _at_work(found)
        task.cancel()
        assert await text(found, "rows[0].name") == "x"


@pytest.mark.parametrize("expression", [BOMB, STRINGS])
async def test_an_expression_that_explodes_is_ended(expression: str) -> None:
    async with filtering(Body.of(b'["' + b"x" * 1000 + b'"]')) as found:
        with pytest.raises(BodyError, match=r"takes more than \d+ MB of memory|by the system"):
            await text(found, expression)
        assert await text(found, "length([0])") == "1000"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc to see children in")
async def test_it_is_gone_when_it_is_closed() -> None:
    before = _children()
    found = Filtering(Body.of(ROWS), "document")
    task = asyncio.ensure_future(text(found, "length(rows)"))
    while not _children() - before:  # noqa: ASYNC110 - the kernel has no event for it
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await found.close()
    assert not _children() - before


def _children() -> set[str]:
    """Return the processes of this one, those of other tests too."""
    found: set[str] = set()
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            found |= set(path.read_text().split())
    return found


async def test_it_is_started_again_after_the_system_ended_it() -> None:
    async with filtering(Body.of(ROWS)) as found:
        assert await text(found, "length(rows)") == "100001"
        assert found._process is not None
        found._process.kill()
        await found._process.wait()
        assert await text(found, "length(rows)") == "100001"


async def test_a_list_is_filtered_while_it_arrives() -> None:
    spool = Spool(in_memory=100)
    spool.write(b'{"n": 1}\n{"n": 2}\n{"n"')
    body = spool.body().described(media_type="application/x-ndjson")
    async with filtering(body, arriving=True) as found, aclosing(found.results("n")) as results:
        first = await anext(results)
        assert (first.body.read(), first.counts, first.done) == (b"1\n2\n", "2 of 2 lines", False)
        spool.write(b': 3}\n{"m": 4}\n' + b"x" * 100)  # from memory to a file
        found.grow(spool.body(), arriving=True)
        while (told := await anext(results)).matched < 3:
            pass
        assert told.body.read() == b"1\n2\n3\n"
        spool.write(b"\n")
        found.grow(spool.body(), arriving=False)
        *_, told = [told async for told in results]
        assert told.done
        assert told.counts == "3 of 5 lines · 1 no JSON"
        assert told.body.media_type == "application/x-ndjson"


async def test_a_text_in_double_quotes_that_finds_nothing_is_explained() -> None:
    async with filtering(Body.of(b'{"data": [{"name": "user 5"}]}')) as found:
        told = await all_of(found, 'data[?name == "user 5"]')
        assert told.body.read() == b"[]"
        assert "single quotes: 'user 5'" in told.hint
        told = await all_of(found, "data[?name == 'user 5'].name")
        assert "user 5" in told.body.read().decode()
        assert told.hint == ""
        assert (await all_of(found, "data[?name == 'x']")).hint == ""


async def test_events_are_filtered_as_events() -> None:
    data = b'id: 1\ndata: {"a": 1}\n\ndata: {"b": 2}\n\n'
    async with filtering(Body.of(data, media_type="text/event-stream")) as found:
        told = await all_of(found, "a")
        assert told.body.read() == b"id: 1\ndata: 1\n\n"
        assert (told.counts, told.body.media_type) == ("1 of 2 events", "text/event-stream")
        assert (await all_of(found, "/nothing")).counts == "0 of 2 events"
        assert "There are a." in (await all_of(found, "c")).hint


async def test_lines_in_another_charset() -> None:
    data = '{"a": "é"}\n'.encode("utf-16")
    body = Body.of(data, media_type="application/x-ndjson; charset=utf-16")
    async with filtering(body) as found:
        assert await text(found, "a") == '"é"\n'


async def test_a_body_that_is_gone_is_told(tmp_path: Path) -> None:
    async with filtering(Body.of(b"")) as found:
        found._body = Body.in_file(tmp_path / "gone", 1 << 20, "")
        with pytest.raises(BodyError, match="No such file"):
            await text(found, "a")


async def test_a_module_in_the_folder_we_stand_in_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    (tmp_path / "msgspec.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    async with filtering(Body.of(b"[1]")) as found:
        assert await text(found, "length(@)") == "1"
