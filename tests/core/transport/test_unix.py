from __future__ import annotations

import asyncio
import contextlib
import socket
import uuid
from pathlib import Path

import pytest

from sonde_core.errors import BindError, ConnectError, DeadlineError, EndpointSyntaxError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.listener import Listener
from tests.peers import Peer, echo


async def test_echo_over_a_path(tmp_path: Path) -> None:
    with Peer(echo, path=str(tmp_path / "s")) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"over a path")
        assert isinstance(await session.expect(b"path", seconds=5), Match)
        await session.close()
    assert session.peer == str(tmp_path / "s")
    assert session.exchange().kind == "unix"


async def test_a_missing_path(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match="there is no such path"):
        await Session(SessionRequest(f"unix:{tmp_path / 'none'}")).open()


async def test_a_file_is_no_socket(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("text")
    with pytest.raises(ConnectError, match="that is no socket"):
        await Session(SessionRequest(f"unix:{path}")).open()


async def test_a_stale_socket_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(ConnectError, match="connection refused"):
        await Session(SessionRequest(f"unix:{path}")).open()


async def test_a_path_too_long_is_told_before_the_system_does() -> None:
    with pytest.raises(EndpointSyntaxError, match="longer than 107 bytes"):
        await Session(SessionRequest("unix:/" + "x" * 120)).open()


async def test_abstract_names_begin_with_an_at_sign() -> None:
    with Peer(echo, path="\0sonde-test-abstract"):
        session = Session(SessionRequest("unix:@sonde-test-abstract"))
        await session.open()
        assert session.peer == "@sonde-test-abstract"
        await session.close()


async def test_a_server_with_a_full_queue_is_waited_for(tmp_path: Path) -> None:
    """Linux refuses such a connection at once, and a loop that waits for it to be writable errs."""
    path = str(tmp_path / "s")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(path)
        server.listen(0)
        first = stack.enter_context(socket.socket(socket.AF_UNIX))
        first.connect(path)
        late = Session(SessionRequest(f"unix:{path}", SessionOptions(connect_timeout=0.2)))
        with pytest.raises(DeadlineError, match=r"within 0\.2 s"):
            await late.open()
        session = Session(SessionRequest(f"unix:{path}"))
        opening = asyncio.ensure_future(session.open())
        await asyncio.wait({opening}, timeout=0.2)
        assert not opening.done()
        stack.enter_context(server.accept()[0])
        async with asyncio.timeout(5):
            await opening
        session.abort()


async def test_abstract_names_are_listened_on_and_taken_once() -> None:
    name = f"@sonde-{uuid.uuid4()}"
    listener = Listener(ListenRequest(f"unix:{name}", echo=True))
    await listener.start()
    session = Session(SessionRequest(f"unix:{name}"))
    await session.open()
    await session.send(b"abstract")
    assert isinstance(await session.expect(b"abstract", seconds=5), Match)
    with pytest.raises(BindError, match=f"{name} is in use"):
        await Listener(ListenRequest(f"unix:{name}")).start()
    await session.close()
    await listener.close()
