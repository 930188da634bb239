from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from sonde_core.beginnings import Beginnings
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.http_request import HttpRequest
from sonde_core.model import Outcome
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


async def until_noted(path: Path, number: int) -> list[dict[str, object]]:
    """Wait for what another process writes: nobody tells of it."""
    while noted(path) < number:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return values(path)


def noted(path: Path) -> int:
    return path.read_bytes().count(b'"begun"') if path.exists() else 0


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
    history = History(path)
    history.open()
    exchanger = Exchanger(history)
    exchanger._beginnings = Beginnings(history, after=0.0)
    with Peer(silent) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        await session.open()
        (noted,) = await until_noted(path, 1)
        session.cancel()
        entry = await exchanger.recorded(session)
    assert entry.id == noted["id"]
    assert [each.id for each in history.summaries()] == [entry.id]
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
    history = History(path)
    history.open()
    exchanger = Exchanger(history)
    exchanger._beginnings = Beginnings(history, after=0.0)
    with Peer(silent) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        for _ in range(20):
            await asyncio.sleep(0)
        assert values(path) == []
        await session.open()
        await until_noted(path, 1)
        session.cancel()
    await exchanger.close()
