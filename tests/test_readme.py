"""README names what there is: every action id, command, variable and dependency."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import sonde_core
from sonde_tui.cli import COMMANDS
from sonde_tui.commands import action_ids

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_every_action_id_is_in_the_key_table() -> None:
    missing = sorted(name for name in action_ids() if f"`{name}`" not in README)
    assert missing == []


def test_the_key_table_names_no_action_that_is_not_there() -> None:
    table = README.partition("## Keys")[2].partition("## ")[0]
    rows = [row.split("|")[-2] for row in table.splitlines() if row.count("|") >= 4]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert named - action_ids() == set()


def test_every_command_is_shown() -> None:
    for name in COMMANDS:
        assert f"sonde {name}" in README


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    built_on = README.partition("## Built on")[2].partition("## ")[0].lower()
    for dependency in project["dependencies"]:
        name = re.split(r"[<>=]", dependency)[0]
        assert name in built_on


def test_every_setting_is_told() -> None:
    sources = "".join(
        path.read_text("utf-8")
        for folder in ("core", "tui")
        for path in (ROOT / folder).rglob("*.py")
    )
    for variable in set(re.findall(r"\bSONDE_[A-Z]+\b", sources)):
        assert variable in README


@pytest.mark.parametrize("number", range(3))
def test_the_programs_of_the_library_run_as_written(number: int, tmp_path: Path) -> None:
    section = README.partition("## As a library")[2].partition("\n## ")[0]
    programs = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(programs) == 3
    told = {
        0: ["Match(data=b'250 hello me", "503"],
        1: ["Same: done", "Same by its steps", "3 of 3 the same", '= send "more'],
        2: ["ann", "Differs: "],
    }
    (tmp_path / "program.py").write_text(programs[number], "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "program.py"],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for words in told[number]:
        assert words in done.stdout
    if number == 2:
        assert len(list(tmp_path.glob("talk.*"))) == 5


def test_the_programs_use_only_what_the_package_shows() -> None:
    section = README.partition("## As a library")[2].partition("\n## ")[0]
    names = set(re.findall(r"\w+", " ".join(re.findall(r"from sonde_core import (.*)", section))))
    assert names
    assert names <= set(sonde_core.__all__)
    assert not re.findall(r"sonde_core\.\w+", section)


def test_the_two_first_commands_are_the_ones_for_a_fresh_machine() -> None:
    assert README.index("make run") < README.index("make test") < README.index("pipx install")
