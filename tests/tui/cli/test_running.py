from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.patience import PATIENCE

from .conftest import Command, Handler, Requests


@pytest.fixture
def foreign(sonde: Command) -> Path:
    """Return a file that is no history."""
    path = sonde.folder / "foreign.json"
    path.write_text('{"log": {}}')
    return path


def words(stderr: bytes) -> list[str]:
    return stderr.decode().splitlines()


def test_an_exchange_that_is_not_recorded_fails_in_one_sentence(
    sonde: Command, web: Requests, foreign: Path
) -> None:
    result = sonde("--history", str(foreign), "send", web.url)
    assert (result.returncode, result.stdout) == (1, b"Hello, World!")
    status, said = words(result.stderr)
    assert status.startswith("200 OK")
    assert said == (
        f"sonde: This is not in the history: {foreign} is not a history file of Sonde, so it is "
        "left alone. Choose another file with --history or SONDE_HISTORY."
    )
    assert foreign.read_text() == '{"log": {}}'


def test_a_wrong_endpoint_stays_a_usage_error(sonde: Command, foreign: Path) -> None:
    result = sonde("--history", str(foreign), "talk", "tcp://127.0.0.1:99999")
    assert result.returncode == 2
    assert b"not in the history" in result.stderr


def test_a_session_that_is_not_recorded_fails(
    sonde: Command, tcp: Callable[[Handler], str], foreign: Path
) -> None:
    address = tcp(lambda client: client.sendall(b"hi"))
    result = sonde("--history", str(foreign), "talk", address)
    assert (result.returncode, result.stdout) == (1, b"hi")
    assert result.stderr.count(b"foreign.json is not a history file") == 1


def test_a_listener_tells_at_its_start_what_is_not_recorded(sonde: Command, foreign: Path) -> None:
    listener = sonde.start("--history", str(foreign), "listen", "tcp://127.0.0.1:0")
    assert listener.stderr
    bound = listener.stderr.readline().decode().split()[-1]
    assert b"Nothing of it will be in the history" in listener.stderr.readline()
    host, _, port = bound.removeprefix("tcp://").rpartition(":")
    for _ in range(2):
        with socket.create_connection((host, int(port))):
            pass
        for _ in ("its coming", "its end"):
            assert listener.stderr.readline().startswith(b"client ")
    listener.send_signal(signal.SIGINT)
    _, stderr = listener.communicate(timeout=PATIENCE)
    assert listener.returncode == 1
    assert b"2 exchanges are not in the history: " in stderr


@pytest.mark.parametrize(
    "arguments",
    [["history"], ["show", "@1"], ["copy", "@1"], ["diff", "@1", "@2"], ["replay", "@1"]],
)
def test_reading_a_file_that_is_no_history_fails_and_says_so(
    sonde: Command, foreign: Path, arguments: list[str]
) -> None:
    result = sonde("--history", str(foreign), *arguments)
    assert (result.returncode, result.stdout) == (1, b"")
    (said,) = words(result.stderr)
    assert "foreign.json is not a history file of Sonde" in said
    assert "saved" not in said


def test_a_folder_in_the_files_place_is_said_once(sonde: Command, web: Requests) -> None:
    folder = str(sonde.folder)
    listed = sonde("--history", folder, "history")
    assert (listed.returncode, words(listed.stderr)) == (
        1,
        [f"sonde: {folder} cannot be read: not a regular file."],
    )
    sent = sonde("--history", folder, "send", web.url)
    assert sent.returncode == 1
    assert sent.stderr.count(folder.encode()) == 1
    assert b"again" not in sent.stderr


def test_reading_what_cannot_be_written_warns_of_nothing(sonde: Command, web: Requests) -> None:
    sonde("send", web.url)
    link = sonde.folder / "link.json"
    link.symlink_to(sonde.history)
    for arguments in (["history"], ["show", "@1"]):
        result = sonde("--history", str(link), *arguments)
        assert (result.returncode, result.stderr) == (0, b"")
        assert result.stdout


@pytest.mark.parametrize("limit", [20, 200])
def test_a_body_that_does_not_fit_is_recorded_without_its_bytes(
    sonde: Command, web: Requests, limit: int
) -> None:
    """The shell's limit of a file's size, in KiB, stands for a disk with little room."""
    result = sonde.shell(f"ulimit -f {limit}; $SONDE send {web.url}/bytes | wc -c")
    assert result.stdout.strip() == b"76800"
    (entry,) = json.loads(sonde.history.read_bytes())
    assert entry["res"]["body"]["size"] == 76800
    left_out = limit * 1024 < 76800
    assert (b"Large bodies could not be written" in result.stderr) == left_out
    assert bool(list(sonde.folder.glob("bodies/??/*"))) != left_out
    shown = sonde("show", "@1")
    assert (b"not kept any more" in shown.stdout) == left_out


@pytest.mark.parametrize("text", ["[history]\nkeep_secrets = False\n", "[keys", "keep_secret = 0"])
def test_settings_that_are_not_understood_are_told_and_keep_no_secrets(
    sonde: Command, web: Requests, text: str
) -> None:
    settings = sonde.folder / "config.toml"
    settings.write_text(text)
    sonde.environment["SONDE_CONFIG"] = str(settings)
    sent = sonde("send", web.url, "-H", "Authorization: Bearer word-word")
    assert sent.returncode == 0
    for result in (sent, sonde("history"), sonde("compact")):
        assert result.stderr.count(b"secrets stay out of the history until that is mended") == 1
    assert b"word-word" not in sonde.history.read_bytes()
