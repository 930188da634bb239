from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from sonde_core import __version__
from sonde_tui.cli import COMMANDS
from tests.patience import PATIENCE

HEAVY = ("textual", "rich", "httpx", "asyncio", "sonde_core.model")


def sonde(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sonde_tui", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_version() -> None:
    result = sonde("--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"sonde {__version__}\n", "")


def test_help_lists_every_command() -> None:
    result = sonde("--help")
    assert result.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in result.stdout
    assert "ws://" in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps_with_an_example(name: str) -> None:
    result = sonde(name, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith(f"usage: sonde {name}")
    assert "--history" in result.stdout
    assert f"\n  sonde {name}" in result.stdout
    assert result.stderr == ""


def test_every_command_loads_all_that_it_needs(tmp_path: Path, closed_port: int) -> None:
    """Most tests of the command line run where all is loaded before: see `tests.warm`."""
    history = str(tmp_path / "history.json")
    address = f"127.0.0.1:{closed_port}"
    assert sonde("send", f"http://{address}/", "--history", history).returncode == 1
    assert sonde("talk", f"tcp://{address}", "--send", "x", "--history", history).returncode == 1
    for words, status in (
        ("history --json", 0),
        ("show @1", 0),
        ("replay @2 --diff", 0),
        ("replay @2 --show-steps", 0),
        ("diff @3 @1", 0),
        ("copy @1 --as curl --output -", 0),
        ("set @1 --name one", 0),
        ("scrub none --dry-run", 0),
        ("compact", 0),
        ("delete @1", 0),
        ("listen tcp://203.0.113.1:1", 1),
    ):
        result = sonde(*words.split(), "--history", history)
        assert "Traceback" not in result.stderr
        assert result.returncode == status, (words, result)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sned"], "did you mean `sonde send`?"),
        (["nonsense"], "neither a command nor an endpoint"),
        (["tcp://host:99999"], "out of range"),
        (["gopher://host:1"], "Unknown scheme"),
        (["http://host/", "more"], "nothing more"),
        (["--demo", "send", "http://host/"], "--demo"),
        (["--unknown"], "--unknown"),
    ],
)
def test_wrong_usage_is_explained(arguments: list[str], words: str) -> None:
    result = sonde(*arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [[], ["--demo"], ["tcp://localhost:80"], ["localhost"]])
def test_app_without_a_terminal_is_refused(arguments: list[str]) -> None:
    result = sonde(*arguments)
    assert result.returncode == 2
    assert (
        "needs a terminal, but standard input, for its keys, is none and standard error, for its "
        "screen, is none." in result.stderr
    )


def test_the_stream_that_is_no_terminal_is_named() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sonde_tui", "--demo"]
    screen = subprocess.run(
        command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, timeout=PATIENCE, check=False
    )
    keys = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stderr=theirs,
        stdout=theirs,
        timeout=PATIENCE,
        check=False,
    )
    drawn = os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)
    assert (screen.returncode, keys.returncode) == (2, 2)
    assert b"but standard error, for its screen, is none." in screen.stderr
    assert b"but standard input, for its keys, is none." in drawn


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", ["--help", "--version", "send --help", "serve --help"])
def test_words_that_cannot_be_written_are_told_of(arguments: str) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "sonde_tui", *arguments.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert result.returncode == 1
    first, second = result.stderr.splitlines()
    assert first == "sonde: Could not write to standard output: No space left on device."
    assert "history" not in second


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; from sonde_tui.__main__ import main; main(['--version']);"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[1] == "[]"
