from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from sonde_core.transport.holder import holder, is_path_held, path_holder


@pytest.mark.parametrize("kind", ["tcp", "udp"])
@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="needs Linux's /proc")
def test_the_process_that_listens_is_named(kind: str) -> None:
    with socket.socket(type=socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        if kind == "tcp":
            sock.listen()
        port = sock.getsockname()[1]
        assert holder(port, kind).endswith(f"(process {os.getpid()})")
    assert holder(port, kind) == ""


def test_a_bound_port_where_nobody_listens_has_no_holder(closed_port: int) -> None:
    assert holder(closed_port, "tcp") == ""


@pytest.mark.skipif(not os.path.exists("/proc/net/unix"), reason="needs Linux's /proc")
def test_the_process_that_has_a_path_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "with space")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(path)
        assert path_holder(path).endswith(f"(process {os.getpid()})")
    assert path_holder(path) == ""


@pytest.mark.skipif(not os.path.exists("/proc/net/unix"), reason="needs Linux's /proc")
def test_a_path_is_held_as_long_as_somebody_listens(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    assert not is_path_held(path)
    with socket.socket(socket.AF_UNIX) as client:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            assert not is_path_held(path)
            server.listen()
            assert is_path_held(path)
            client.connect(path)
            accepted, _ = server.accept()
        with accepted:
            assert not is_path_held(path)  # a connection is left, and no server
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path + "d")
        assert is_path_held(path + "d")
