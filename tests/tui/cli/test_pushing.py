from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from .conftest import Command, Handler


def test_what_a_peer_did_not_take_is_counted(
    sonde: Command, tcp: Callable[[Handler], str], tmp_path: Path
) -> None:
    big = tmp_path / "big"
    with big.open("wb") as stream:
        stream.truncate(50_000_000)
    through = threading.Event()

    def never_read(_: socket.socket) -> None:
        through.wait(60)

    try:
        result = sonde("talk", tcp(never_read), "--send-file", "big", "--timeout", "0.4")
    finally:
        through.set()
    assert result.returncode == 1
    found = re.search(rb"for 0.4 s; (\d+) KB wait here", result.stderr)
    assert found, result.stderr
    assert 0 < int(found[1]) <= 525  # two slices at most are handed over before one has left
