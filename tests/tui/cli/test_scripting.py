from __future__ import annotations

from tests.web_sockets import echo_server

from .conftest import Command


def test_hex_is_binary_over_websocket_also_between_expectations(sonde: Command) -> None:
    with echo_server() as address:
        result = sonde(
            "talk", address, "--send-hex", "61", "--expect", "a", "--send", "b", "--expect", "b",
            "--wait", "0.1",
        )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, b"ab\n"), result.stderr
