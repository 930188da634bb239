from __future__ import annotations

import socket
import time

import pytest

from tests.patience import PATIENCE
from tests.peers import Peer, echo

from .conftest import Command, bound


def receive_all(client: socket.socket) -> bytes:
    heard = b""
    try:
        while data := client.recv(65536):
            heard += data
    except ConnectionResetError:
        return heard + b" reset"
    return heard


def test_what_is_forwarded_is_recorded_both_ways(sonde: Command) -> None:
    with Peer(echo) as peer:
        process = sonde.start("listen", "tcp://:0", "--forward", peer.address, "--once")
        with socket.create_connection(bound(process)) as client:
            client.sendall(b"there and back")
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client) == b"there and back"
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"there and back")
    shown = sonde("show", "@1").stdout
    assert f"forwarding to {peer.address}".encode() in shown
    assert shown.count(b"there and back") == 2


def test_faults_are_of_both_ways_or_of_one(sonde: Command) -> None:
    with Peer(echo) as peer:
        flags = ("--delay", "0.2", "--fault-back", "delay 0.001, cut 5")
        process = sonde.start("listen", "tcp://:0", "--forward", peer.address, "--once", *flags)
        with socket.create_connection(bound(process)) as client:
            began = time.monotonic()
            client.sendall(b"there and back")
            assert receive_all(client) == b"there reset"
            assert time.monotonic() - began >= 0.2
        process.communicate(timeout=PATIENCE)


def test_tls_of_the_far_side_is_verified_unless_it_is_not_to_be(sonde: Command) -> None:
    far = sonde.start("listen", "tls://127.0.0.1:0", "--greet", "from far")
    host, port = bound(far)
    for flag, heard in (("", b""), ("--insecure", b"from far")):
        more = [flag] if flag else []
        address = f"tls://{host}:{port}"
        near = sonde.start("listen", "tcp://:0", "--forward", address, "--once", *more)
        with socket.create_connection(bound(near)) as client:
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client).removesuffix(b" reset") == heard
        _, words = near.communicate(timeout=PATIENCE)
        assert (b"certificate" in words) == (not flag)
    far.terminate()
    far.communicate(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--delay", "1"], b"--delay is for what is forwarded"),
        (["--far-alpn", "h2"], b"--far-alpn is for what is forwarded"),
        (["--forward", "tcp://127.0.0.1:1", "--echo"], b"do not go together"),
        (["--forward", "udp://127.0.0.1:1"], b"do not mix"),
        (["--forward", "tcp://127.0.0.1:1", "--fault-there", "slow"], b"is no fault"),
        (["--forward", "tcp://127.0.0.1:1", "--far-cert", "/nowhere"], b"Could not read"),
        (["--forward", "tcp://127.0.0.1:1", "--cut", "-1"], b"Write bytes from 0 on"),
    ],
)
def test_what_cannot_be_forwarded_is_told(sonde: Command, flags: list[str], told: bytes) -> None:
    done = sonde("listen", "tcp://:0", *flags)
    assert done.returncode
    assert told in done.stderr
    assert b"Traceback" not in done.stderr
