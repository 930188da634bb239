from __future__ import annotations

import signal

from tests.patience import PATIENCE

from .conftest import Command


def test_endpoints_are_printed_and_answer(sonde: Command) -> None:
    process = sonde.start("serve")
    assert process.stdout
    assert process.stderr
    process.stderr.readline()
    endpoints = process.stdout.read1(65536).decode().split()  # type: ignore[attr-defined]  # a BufferedReader
    url = next(word for word in endpoints if word.startswith("http://"))
    assert sonde("send", url).returncode == 0
    process.send_signal(signal.SIGTERM)
    _, words = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert b"Traceback" not in words
