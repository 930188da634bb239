from __future__ import annotations

import json
import os
import resource
import signal
import time
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.tui.cli.conftest import Command, Requests

SECRET = "hunter2-hunter2"


def holders(sonde: Command, secret: str = SECRET) -> list[str]:
    files = [each for each in sonde.folder.rglob("*") if each.is_file()]
    return [each.name for each in files if secret.encode() in each.read_bytes()]


def test_secrets_are_taken_out_of_what_the_filter_passes(sonde: Command, web: Requests) -> None:
    sonde("send", f"{web.url}/a", "-H", f"Authorization: Bearer {SECRET}")
    sonde("send", f"{web.url}/b?token=other-token", "--json", "1" * 40_000)
    look = sonde("scrub", "--dry-run", "/a")
    assert (look.returncode, look.stderr) == (
        0,
        b"1 secret would be taken out of 1 of 1 entries.\n",
    )
    assert holders(sonde)
    result = sonde("scrub", "/a")
    assert (result.returncode, result.stderr) == (0, b"1 secret taken out of 1 of 1 entries.\n")
    assert result.stdout == look.stdout
    assert b"Authorization" in result.stdout
    assert holders(sonde) == []
    assert holders(sonde, "other-token")
    assert b"Bearer ***\n" in sonde("show", "@2").stdout


def test_patterns_and_literals(sonde: Command, web: Requests) -> None:
    sonde("send", web.url, "-d", f"card 4111-1111 {'x' * 40_000} {SECRET}")
    result = sonde(
        "scrub", "@1", "--pattern", "card ([0-9-]+)", "--literal", "-", stdin=SECRET.encode()
    )
    assert (result.returncode, result.stderr) == (0, b"2 secrets taken out of 1 of 1 entries.\n")
    assert holders(sonde) == holders(sonde, "4111-1111") == []
    assert SECRET not in json.dumps(result.stdout.decode())


def test_literals_may_be_any_bytes(sonde: Command, web: Requests) -> None:
    sonde.environment["PYTHONIOENCODING"] = "utf-8:strict"  # as in most locales
    sonde("send", web.url, "-d", f"{SECRET} and more")
    result = sonde("scrub", "", "--literal", "-", stdin=b"caf\xe9\r\n\n" + SECRET.encode())
    assert (result.returncode, result.stderr) == (0, b"1 secret taken out of 1 of 1 entries.\n")
    assert holders(sonde) == []


def test_what_matches_nothing_is_said(sonde: Command, web: Requests) -> None:
    sonde("send", web.url)
    assert sonde("scrub", "nowhere").stderr == b"Nothing matches.\n"
    assert sonde("scrub", "").stderr == b"No secrets were found in 1 entry.\n"
    assert sonde("scrub", "", "--pattern", "(").returncode == 2
    assert sonde("scrub").returncode == 2


def test_a_scrubbed_entry_is_like_the_one_with_its_secrets(sonde: Command, web: Requests) -> None:
    for _ in range(2):
        sonde("send", f"{web.url}/?token=token-token", "-H", "Authorization: Bearer word-word")
    sonde("scrub", "@2")
    result = sonde("diff", "@2", "@1")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_pattern_that_never_ends_changes_nothing(sonde: Command, web: Requests) -> None:
    sonde("send", web.url, "-H", f"Authorization: Bearer {SECRET}")
    sonde("send", web.url, "-d", "\n".join(["a" * 5000 + "!1"] * 20))
    before = sonde.history.read_bytes()
    result = sonde("scrub", "", "--pattern", "(a+)+$")
    assert result.returncode == 1
    assert b"for one entry. Nothing was changed." in result.stderr
    assert sonde.history.read_bytes() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(sonde: Command, web: Requests, number: int) -> None:
    for _ in range(3):
        # Each takes most of the time that an entry may: only the signal ends it soon.
        sonde("send", web.url, "-d", ("a" * 24 + "!\n") * 200)
    sonde("set", "@3", "--note", SECRET)
    before, spent = sonde.history.read_bytes(), used()
    with sonde.start("scrub", "", "--literal", SECRET, "--pattern", "(a|a)+$") as process:
        assert process.stderr
        wait_busy(process.pid)
        process.send_signal(number)
        assert b"Stopped: nothing was taken out." in process.stderr.read()
        assert process.wait(PATIENCE) == 1
    assert used() - spent < 6
    assert sonde.history.read_bytes() == before


def used() -> float:
    """Return the seconds of a processor that the processes have used that are over."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def wait_busy(pid: int) -> None:
    """Wait until a process has used a second of a processor: it is started, and at work."""
    ticks = os.sysconf("SC_CLK_TCK")
    while True:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if int(fields[11]) + int(fields[12]) > 1.2 * ticks:
            return
        time.sleep(0.02)
