from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sonde_core.beginnings import Beginnings
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.http_request import HttpRequest
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Outcome
from sonde_core.serving.rule import HttpAnswer
from sonde_core.session_request import SessionRequest
from tests.histories import values
from tests.peers import Peer, silent

APP = """
import asyncio, sys
from pathlib import Path
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.http_request import HttpRequest
from sonde_core.session_request import SessionRequest

async def main():
    history = History(Path(sys.argv[1]))
    history.open()
    exchanger = Exchanger(history)
    session = exchanger.session(SessionRequest(f"tcp://{sys.argv[2]}"))
    await session.open()
    await exchanger.run(exchanger.call(HttpRequest(url=f"http://{sys.argv[2]}/slow")))

asyncio.run(main())
"""


async def until_noted(path: Path, number: int, what: bytes = b'"begun"') -> list[dict[str, object]]:
    """Wait for what another process writes: nobody tells of it."""
    while noted(path, what) < number:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return values(path)


def noted(path: Path, what: bytes = b'"begun"') -> int:
    return path.read_bytes().count(what) if path.exists() else 0


def noting(path: Path, after: float) -> Exchanger:
    """Return what records, and notes what is under way for so long."""
    history = History(path)
    history.open()
    exchanger = Exchanger(history)
    exchanger._beginnings = Beginnings(history, after)
    return exchanger


async def test_what_was_under_way_when_it_was_killed_is_known(path: Path) -> None:
    with Peer(silent) as peer:
        address = peer.address.removeprefix("tcp://")
        app = await asyncio.create_subprocess_exec(sys.executable, "-c", APP, str(path), address)
        await until_noted(path, 2)
        app.send_signal(signal.SIGKILL)
        await app.wait()
        history = History(path)
        history.open()
        found = {each.kind: each for each in history.summaries()}
        assert found.keys() == {"http", "tcp"}
        assert {each.outcome for each in found.values()} == {Outcome.FAILED}
        entry = await history.get(found["http"].id)
        assert entry.exchange.request == HttpRequest(url=f"http://{address}/slow")
        assert entry.exchange.problem
        assert "ended before" in entry.exchange.problem.text
        await history.close()


async def test_it_is_over_under_the_id_that_was_noted(path: Path) -> None:
    exchanger = noting(path, 0.0)
    with Peer(silent) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        await session.open()
        (noted,) = await until_noted(path, 1)
        session.cancel()
        entry = await exchanger.recorded(session)
    assert entry.id == noted["id"]
    assert [each.id for each in exchanger.history.summaries()] == [entry.id]
    await exchanger.close()


async def test_what_is_over_soon_is_one_line(path: Path) -> None:
    history = History(path)
    history.open()
    exchanger = Exchanger(history)
    with Peer(silent) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        await session.open()
        session.cancel()
        await exchanger.recorded(session)
    await exchanger.close()
    (value,) = values(path)
    assert "begun" not in value


async def test_what_was_prepared_and_not_begun_is_not_noted(path: Path) -> None:
    exchanger = noting(path, 0.0)
    with Peer(silent) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        for _ in range(20):
            await asyncio.sleep(0)
        assert values(path) == []
        await session.open()
        await until_noted(path, 1)
        session.cancel()
    await exchanger.close()


LISTENER = """
import asyncio, sys
from pathlib import Path
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.listen_request import ListenRequest
from sonde_core.serving.rule import HttpAnswer

async def main():
    history = History(Path(sys.argv[1]))
    history.open()
    http = HttpAnswer() if sys.argv[2] == "http" else None
    listener = Exchanger(history).listener(ListenRequest("tcp://127.0.0.1:0", http=http))
    await listener.start()
    print(listener.bound.port, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@asynccontextmanager
async def listening(path: Path, kind: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    app = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LISTENER, str(path), kind, stdout=asyncio.subprocess.PIPE
    )
    assert app.stdout
    try:
        yield app, int(await app.stdout.readline())
    finally:
        with suppress(ProcessLookupError):
            app.kill()
        await app.wait()


async def test_clients_of_a_listener_that_was_killed_are_known(path: Path) -> None:
    async with listening(path, "hand") as (app, port):
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        peers = {f"127.0.0.1:{writer.get_extra_info('sockname')[1]}" for _, writer in opened}
        await until_noted(path, 3)
        app.send_signal(signal.SIGKILL)
        await app.wait()
        for _, writer in opened:
            writer.close()
    history = History(path)
    history.open()
    found = history.summaries()
    assert {each.role for each in found} == {"server"}
    entries = [await history.get(each.id) for each in found]
    assert {each.exchange.peer for each in entries} == peers
    problem = entries[0].exchange.problem
    assert problem
    assert ("ended before" in problem.text, problem.hint) == (True, "")
    await history.close()


async def test_a_client_that_asked_leaves_its_requests_and_nothing_of_itself(path: Path) -> None:
    async with listening(path, "http") as (app, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await until_noted(path, 1)  # it said nothing yet
        for target in (b"/a", b"/b"):
            writer.write(b"GET %s HTTP/1.1\r\nHost: here\r\n\r\n" % target)
            await reader.readuntil(b"\r\n\r\n")
        await until_noted(path, 2, b'"kind":"http"')
        app.send_signal(signal.SIGKILL)
        await app.wait()
        writer.close()
    history = History(path)
    history.open()
    assert {(each.kind, each.outcome) for each in history.summaries()} == {("http", Outcome.DONE)}
    assert len(history.summaries()) == 2
    await history.close()


async def test_a_request_that_is_under_way_behind_others_is_noted(path: Path) -> None:
    exchanger = noting(path, 0.01)
    kept = asyncio.Event()
    request = ListenRequest("tcp://127.0.0.1:0", http=HttpAnswer())
    listener = exchanger.listener(request, on_part=lambda _: kept.set())
    await listener.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.bound.port)
    writer.write(b"GET /a HTTP/1.1\r\nHost: here\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await kept.wait()
    before = noted(path)
    writer.write(b"GET /b HTTP/1.1\r\nHost: he")
    await until_noted(path, before + 1)
    writer.write(b"re\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await exchanger.close()
    assert sorted(each.target.rpartition("/")[2] for each in exchanger.history.summaries()) == [
        "a",
        "b",
    ]


async def test_many_clients_are_noted_together_and_end_under_those_ids(path: Path) -> None:
    exchanger = noting(path, 0.01)
    listener = exchanger.listener(ListenRequest("tcp://127.0.0.1:0"))
    await listener.start()
    writers = [
        (await asyncio.open_connection("127.0.0.1", listener.bound.port))[1] for _ in range(100)
    ]
    lines = await until_noted(path, 100)
    for writer in writers:
        writer.close()
    await exchanger.close()
    assert {each.id for each in exchanger.history.summaries()} == {line["id"] for line in lines}
    assert {each.outcome for each in exchanger.history.summaries()} == {Outcome.DONE}
