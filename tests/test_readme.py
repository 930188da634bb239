"""README names what there is: every action id, command, variable and dependency."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from textual.binding import Binding
from textual.dom import DOMNode

import sonde_tui
from sonde_tui.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def ours(base: type[DOMNode] = DOMNode) -> Iterator[type[DOMNode]]:
    """Yield our own widgets, screens and app."""
    for module in pkgutil.walk_packages(sonde_tui.__path__, "sonde_tui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting = [base]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if found.__module__.startswith("sonde_tui."):
            yield found


def bindings() -> set[tuple[str, str]]:
    """Return `(id, description)` of every binding that has an id."""
    return {
        (binding.id, binding.description)
        for widget in ours()
        for binding in widget.__dict__.get("BINDINGS", [])
        if isinstance(binding, Binding) and binding.id
    }


def test_every_action_id_is_in_the_key_table() -> None:
    missing = sorted(name for name, _ in bindings() if f"`{name}`" not in README)
    assert missing == []


def test_the_key_table_names_no_action_that_is_not_there() -> None:
    table = README.partition("## Keys")[2].partition("## ")[0]
    rows = [row.split("|")[-2] for row in table.splitlines() if row.count("|") >= 4]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert named - {name for name, _ in bindings()} == set()


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


def test_the_two_first_commands_are_the_ones_for_a_fresh_machine() -> None:
    assert README.index("make run") < README.index("make test") < README.index("pipx install")
