from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.entry_filter import Progress, Search, parse, select
from sonde_core.history.history import History
from sonde_core.http_request import HttpRequest, RequestBody
from sonde_core.model import Chunk, Direction, Exchange
from tests.histories import FaultyDisk, http, session
from tests.many_entries import needle, write
from tests.strategies import examples


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    made = History(tmp_path / "history.json")
    made.open()
    yield made
    await made.close()


async def found(history: History, text: str) -> list[str]:
    return [summary.id async for summary in select(history, text)]


async def kept(history: History, exchange: Exchange) -> str:
    return (await history.add(exchange)).id


def posted(body: RequestBody) -> Exchange:
    return replace(http(), request=HttpRequest("POST", "http://h/", body=body))


def talk(*pieces: tuple[str, bytes]) -> Exchange:
    timeline = [Chunk(0.1, Direction(way), data) for way, data in pieces]
    return replace(session(), timeline=tuple(timeline))


async def test_text_is_found_wherever_it_is_kept(history: History) -> None:
    places = [
        http(body=b'say "Needle"'),
        http(body=b"x" * 300_000 + b'say "NEEDLE"' + b"x" * 300_000),
        http(body=b'\xff\x00say "needle"'),
        posted(RequestBody("text", text='say "needle"')),
        posted(RequestBody("text", text="x" * 40_000 + 'say "needle"')),
        posted(RequestBody("bytes", data=Body.of(b'\xffsay "needle"'))),
        talk(("<", b'say "needle"')),
        talk((">", b'say "ne'), ("<", b"other"), (">", b'edle"')),
        talk((">", b'say "ne'), ("<", b"x" * 40_000), (">", b'edle"')),
    ]
    ids = [await kept(history, exchange) for exchange in places]
    await kept(history, http(body=b"say needle"))
    await kept(history, talk((">", b'say "ne'), ("<", b'edle"')))
    assert await found(history, r'body:"say \"needle\""') == ids[::-1]


async def test_the_wire_of_http_is_no_body(history: History) -> None:
    await kept(history, http(body=b"hello"))
    assert await found(history, "body:GET") == []


async def test_headers_are_found_by_name_and_value(history: History) -> None:
    def with_headers(*headers: tuple[str, str]) -> Exchange:
        plain = http()
        assert plain.response
        return replace(plain, response=replace(plain.response, headers=headers))

    first = await kept(history, with_headers(("X-Test", "one"), ("x-test", 'Two "2"')))
    other = await kept(history, with_headers(("Content-Type", "text/json"), ("X", "x-test")))
    strange = await kept(history, with_headers(("X-Test", "\udcff")))
    assert await found(history, "header:x-test") == [strange, first]
    assert await found(history, r'header:X-TEST="two \"2"') == [first]
    assert await found(history, "header:content-type=JSON") == [other]
    assert await found(history, "header:accept=*/*") == [strange, other, first]


async def test_terms_are_joined_with_what_summaries_tell(history: History) -> None:
    a = await kept(history, http(1, body=b"needle", status=404))
    b = await kept(history, http(2, body=b"other", status=404))
    c = await kept(history, http(3, body=b"needle"))
    assert await found(history, "404 body:needle") == [a]
    assert await found(history, "404 -body:needle") == [b]
    assert await found(history, "404 or body:needle") == [c, b, a]
    assert await found(history, "-(404 body:needle) -body:other") == [c]


async def test_what_could_not_be_saved_is_found_too(tmp_path: Path) -> None:
    disk = FaultyDisk("pwrite", lasting=True, code=28)
    history = History(tmp_path / "history.json", disk=disk)
    history.open()
    entry = await history.add(http(body=b"x" * 40_000 + b"needle"))
    assert not entry.saved
    assert await found(history, "body:needle") == [entry.id]
    assert await found(history, "body:other") == []
    await history.close()


async def test_what_is_gone_is_not_found(history: History) -> None:
    large = await kept(history, http(1, body=b"needle" * 10_000))
    gone = await kept(history, http(2, body=b"needle"))
    await history.delete([gone])
    assert await found(history, "body:needle") == [large]
    for path in history.path.parent.glob("bodies/*/*"):
        path.write_bytes(b"")
    assert await found(history, "body:needle") == []


async def test_all_of_the_file_is_searched_and_progress_told(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    write(path, 3000)
    history = History(path)
    history.open()
    told: list[Progress] = []
    wanted = needle(7)
    chosen = [
        summary.target async for summary in select(history, f"body:{wanted}", progress=told.append)
    ]
    assert len(chosen) == 1
    assert "/items/7?" in chosen[0]
    assert told[-1].searched == 3000
    assert [each.share for each in told] == sorted(each.share for each in told)
    every = [summary.id async for summary in select(history, "")]
    assert every == [summary.id for summary in history.summaries()]
    await history.close()


async def test_the_newest_are_found_before_the_rest_is_indexed(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    write(path, 5000)
    history = History(path)
    history.open()
    matches = select(history, "body:needle")
    first = await anext(matches)
    assert not history.complete
    assert first.id == history.summaries()[1].id  # the newest is a session
    await matches.aclose()
    await history.close()


async def test_it_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    write(path, 5000)
    history = History(path)
    history.open()
    begun = asyncio.Event()

    async def run() -> None:
        async for _ in select(history, "body:nothing", progress=lambda _: begun.set()):
            raise AssertionError

    running = asyncio.create_task(run())
    await begun.wait()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert running.cancelled()
    await history.close()


async def test_a_second_run_reads_only_what_is_new(history: History) -> None:
    a = await kept(history, http(1, body=b"needle"))
    search = Search(history, parse("body:needle"))
    assert [s.id async for batch in search.batches() for s in batch] == [a]
    b = await kept(history, http(2, body=b"needle"))
    reads = _counted(history)
    assert [s.id async for batch in search.batches() for s in batch] == [b, a]
    assert len(reads) == 1


def _counted(history: History) -> list[int]:
    view, sizes = history.archive.view, list[int]()
    read = view.read

    def counted(snapshot: object, offset: int, size: int) -> bytes:
        sizes.append(size)
        return read(snapshot, offset, size)  # type: ignore[arg-type]

    view.read = counted  # type: ignore[method-assign]
    return sizes


async def test_a_rewritten_file_is_read_to_its_end(history: History) -> None:
    ids = [await kept(history, http(count, body=b"needle")) for count in range(5)]
    search = Search(history, parse("body:needle"))
    assert len([s for batch in [b async for b in search.batches()] for s in batch]) == 5
    await history.delete([ids[1]])
    await history.compact()
    assert [s.id async for batch in search.batches() for s in batch] == [*ids[:1:-1], ids[0]]


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=4), st.text(min_size=1, max_size=3))
@examples(0.5)
def test_any_text_in_any_bytes_is_found(bodies: list[bytes], text: str) -> None:
    import tempfile

    from sonde_core.entry_filter.printing import printed
    from sonde_core.entry_filter.tree import Term

    wanted = text.encode("utf-8", "surrogatepass")
    bodies = [*bodies, bodies[0] + wanted]
    expected = [number for number, body in enumerate(bodies) if wanted.lower() in body.lower()]

    async def run(path: Path) -> list[int]:
        history = History(path)
        history.open()
        ids = [await kept(history, http(body=body)) for body in bodies]
        hits = await found(history, printed(Term("body", ":", text, quoted=True)))
        await history.close()
        return sorted(map(ids.index, hits))

    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(run(Path(folder) / "history.json")) == expected
