"""The torture of a history in a short form; `python -m tests.torture` is the long one."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.faults import fail_each_call
from tests.torture.forms import foreign_forms
from tests.torture.full import fill_the_disk
from tests.torture.images import Story, Write, applied, images, prefixes, sectors
from tests.torture.killing import Told
from tests.torture.report import Result, faults, table

ROOT = Path(__file__).resolve().parent.parent


def new() -> int:
    """Return a seed: other cases each time."""
    return random.randrange(1 << 30)  # noqa: S311 - a choice of cases


def check(result: Result, least: int) -> None:
    """Look that nothing was lost, and that enough was tried for that to mean something."""
    assert not result.faults, faults([result])
    assert result.cases >= least
    assert result.kept > 0


def test_a_write_that_was_cut_anywhere_loses_nothing() -> None:
    check(images(0.5, new()), 3000)


def test_a_call_that_fails_loses_nothing() -> None:
    check(fail_each_call(0.06, new()), 80)


def test_a_full_disk_loses_nothing() -> None:
    check(fill_the_disk(0.1), 5)


def test_what_others_wrote_is_taken_as_it_is() -> None:
    check(foreign_forms(0.3, new()), 60)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_processes_that_are_killed_lose_nothing() -> None:
    """In a process of its own, which has no threads: it forks."""
    words = [sys.executable, "-m", "tests.torture", "kills", "--scale", "0.03"]
    words += ["--seed", str(new())]
    outcome = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    row = outcome.stdout.splitlines()[-1].split()
    assert "kill" in row
    assert int(row[-3].replace(",", "")) > 50  # acknowledged


def test_the_images_are_what_a_crash_and_a_power_cut_leave() -> None:
    before = b"a" * 600
    story = Story(before, [Write(598, b"bcd"), Write(2, None)], [], [])
    assert list(prefixes(story)) == [
        before,
        b"a" * 598 + b"ba",
        b"a" * 598 + b"bc",
        b"a" * 598 + b"bcd",
        b"aa",
    ]
    grown = Story(before, [Write(600, b"b" * 600)], [], [])
    found = set(sectors(grown, random.Random(1), 200))  # noqa: S311 - a choice of cases
    whole = applied(before, grown.writes)
    assert whole in found
    assert before in found
    assert before + bytes(424) + whole[1024:] in found
    assert whole[:1024] + bytes(176) in found


def test_what_writers_told_decides_what_must_be_there() -> None:
    told = Told()
    _say(told, "adding a", "added a", "naming a x", "adding b")
    assert told.there == {"a": {"", "x"}}
    assert told.unsure == {"b"}
    _say(told, "named a x", "deleting a", "added b")
    assert told.there == {"b": {""}}
    assert told.unsure == {"a"}
    _say(told, "deleted a")
    assert told.unsure == set()


def _say(told: Told, *lines: str) -> None:
    for each in lines:
        told.take(each.split())


def test_a_fault_is_counted_and_shown() -> None:
    result = Result("part", cases=1)
    with result.timed():
        result.check(False, "lost one")
        result.check(True, "nothing")
    assert table([result]).splitlines()[1].split()[:4] == ["part", "1", "0", "1"]
    assert faults([result]) == "part: lost one"
