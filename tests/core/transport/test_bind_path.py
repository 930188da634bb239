from __future__ import annotations

import gc
import os
import socket
import stat
from pathlib import Path

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import BindError
from sonde_core.session_request import SessionOptions
from sonde_core.transport.bind_path import bind_path
from sonde_core.transport.bound import Bound

SCHEMES = pytest.mark.parametrize("scheme", ["unix", "unix-dgram"])


async def bound(scheme: str, path: Path | str) -> Bound:
    return await bind_path(parse(f"{scheme}:{path}"), SessionOptions())


def drop(place: Bound) -> None:
    for sock in place.sockets:
        sock.close()
    place.release()


@SCHEMES
async def test_a_path_is_ours_alone_and_removed(scheme: str, tmp_path: Path) -> None:
    place = await bound(scheme, tmp_path / "s")
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600
    assert place.is_private
    drop(place)
    assert not (tmp_path / "s").exists()


@SCHEMES
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
async def test_a_stale_path_is_taken_and_a_live_one_is_not(
    scheme: str, kind: socket.SocketKind, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, kind) as server:
        server.bind(str(path))
        if kind is socket.SOCK_STREAM:
            server.listen()
        with pytest.raises(BindError, match=rf"is in use by .*\(process {os.getpid()}\)") as caught:
            await bound(scheme, path)
        assert caught.value.advice
        assert path.exists()
    drop(await bound(scheme, path))


@pytest.mark.skipif(not os.path.exists("/proc/net/unix"), reason="needs Linux's /proc")
async def test_a_live_server_hears_nothing_of_our_look(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        server.setblocking(False)
        with pytest.raises(BindError, match="is in use"):
            await bound("unix", tmp_path / "s")
        with pytest.raises(BlockingIOError):
            server.accept()


@SCHEMES
async def test_a_file_is_never_removed(scheme: str, tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("data")
    with pytest.raises(BindError, match="is no socket"):
        await bound(scheme, path)
    assert path.read_text() == "data"


@SCHEMES
async def test_a_folder_that_is_not_there_is_told(scheme: str, tmp_path: Path) -> None:
    with pytest.raises(BindError, match="folder is not there") as caught:
        await bound(scheme, tmp_path / "no" / "s")
    assert "Make the folder" in caught.value.advice


@SCHEMES
async def test_a_part_of_the_path_that_is_no_folder_is_told(scheme: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BindError, match="is no folder") as caught:
        await bound(scheme, tmp_path / "file" / "s")
    assert "port" not in caught.value.advice


@SCHEMES
async def test_a_path_that_vanishes_leaves_no_socket_behind(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(path: Path, _: int) -> None:
        path.unlink()

    monkeypatch.setattr(Path, "chmod", vanish)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(BindError):
        await bound(scheme, tmp_path / "s")
    gc.collect()  # what is left open is an error of the test then
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_that_is_not_ours_is_told(closed_folder: Path) -> None:
    with pytest.raises(BindError, match="may not write"):
        await bound("unix", closed_folder / "s")


@pytest.fixture
def closed_folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o500)
    return tmp_path
