from __future__ import annotations

import os
import pty
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .conftest import SONDE, Command, Handler

END = b"\x04"  # what ctrl+d gives a terminal


@contextmanager
def at_a_terminal(sonde: Command, *arguments: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run it with a terminal as standard input; yields our end of that."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*SONDE, *arguments],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=sonde.environment,
        cwd=sonde.folder,
    ) as process:
        os.close(theirs)
        yield ours, process
    os.close(ours)


def echo(client: socket.socket) -> None:
    while data := client.recv(100):
        client.sendall(data.upper())


def test_lines_that_are_typed_are_sent_one_by_one(
    sonde: Command, tcp: Callable[[Handler], str]
) -> None:
    with at_a_terminal(sonde, "talk", tcp(echo)) as (keys, process):
        assert process.stdout is not None
        for line in (b"one\n", b"two\n"):
            os.write(keys, line)
            assert process.stdout.readline() == line.upper()  # while the next is not typed yet
        os.write(keys, END)
        assert process.wait(30) == 0
        assert process.stdout.read() == b""


def test_a_peer_that_ends_ends_it_while_one_types(
    sonde: Command, tcp: Callable[[Handler], str]
) -> None:
    def greet(client: socket.socket) -> None:
        client.sendall(b"bye\n")

    with at_a_terminal(sonde, "talk", tcp(greet)) as (keys, process):
        os.write(keys, b"half a li")
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert process.stdout.read() == b"bye\n"


def test_with_a_silence_to_wait_for_nothing_is_read_from_a_terminal(
    sonde: Command, tcp: Callable[[Handler], str]
) -> None:
    with at_a_terminal(sonde, "talk", tcp(echo), "--wait", "0.2") as (keys, process):
        os.write(keys, b"for the shell\n")
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert process.stdout.read() == b""
