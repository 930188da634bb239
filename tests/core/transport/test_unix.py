from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sonde_core.errors import ConnectError, EndpointSyntaxError
from sonde_core.expecting import Match
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
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
