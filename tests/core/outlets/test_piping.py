from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.errors import PayloadSyntaxError, RequestError
from sonde_core.outlets.foreground import Ended
from sonde_core.outlets.piping import has_screen, how_it_ended, obeyed, pager, pipe
from sonde_core.outlets.saving import Content, pieces_of


def content(data: bytes) -> Content:
    return Content("body", pieces_of(data), "a.txt", len(data))


async def test_the_shell_of_the_person_runs_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/bin/sh")
    ended = await pipe(f"tr a-z A-Z | rev > '{tmp_path}/got'", content(b"abc\n"))
    assert ended.status == 0
    assert (tmp_path / "got").read_bytes() == b"CBA\n"


@pytest.mark.parametrize("command", ["", "  ", "a\0b"])
async def test_without_a_command_nothing_is_run(command: str) -> None:
    with pytest.raises(PayloadSyntaxError, match="no command"):
        await pipe(command, content(b""))


async def test_a_shell_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/nowhere/sh")
    with pytest.raises(RequestError, match="/nowhere/sh") as caught:
        await pipe("less", content(b""))
    assert "SHELL" in caught.value.advice


def test_the_pager_is_the_one_of_the_person() -> None:
    assert pager({"PAGER": " bat -p "}) == "bat -p"
    assert pager({"PAGER": " "}) in ("less", "more")


@pytest.mark.parametrize(
    ("command", "screen"),
    [
        ("less", True),
        ("jq . | less -R", True),
        ("jq -r '.a | .b' | /usr/bin/less", True),
        ("LESS=-R less", True),
        ("vim -", True),
        ("my-pager", True),
        ("jq .", False),
        ("less | wc", False),
        ("", False),
        ("echo 'half", False),
    ],
)
def test_what_has_the_screen_needs_no_key_to_go_back(
    command: str, screen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", "my-pager")
    assert has_screen(command) is screen


@pytest.mark.parametrize(
    ("command", "less", "data", "told"),
    [
        ("less", "", b"\x1b[31mred", False),
        ("less -R", "", b"\x1b[31mred", True),
        ("less", "-FRX", b"\x1b[31mred", True),
        ("cat", "", b"\x1b[31mred", True),
        ("jq . | less", "", b"\x1b[31mred", False),
        ("cat", "", b"plain\r\ntext\t", False),
        ("cat", "", b"", False),
    ],
)
def test_what_a_terminal_would_obey_is_known(
    command: str, less: str, data: bytes, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LESS", less)
    assert obeyed(command, content(data)) is told


def test_an_end_is_told_in_a_sentence() -> None:
    assert how_it_ended("jq  .", Ended(5, "", 1.0)) == "`jq .` ended with status 5."
    assert how_it_ended("x" * 99, Ended(-9, "", 1.0)) == f"`{'x' * 40}…` was ended by signal 9."
