"""The borders and the rooms of the project, held by tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"core": "sonde_core", "tui": "sonde_tui"}
# Modules that hold nothing but names, or are tested with the one named beside them.
NOT_MIRRORED = {"__init__", "__main__"}


def modules(folder: str) -> set[Path]:
    base = ROOT / folder / PACKAGES[folder]
    return {path.relative_to(base) for path in base.rglob("*.py")}


def test_every_test_module_mirrors_a_module() -> None:
    for folder in PACKAGES:
        known = {path.with_suffix("") for path in modules(folder)}
        base = ROOT / "tests" / folder
        for test in base.rglob("test_*.py"):
            module = test.relative_to(base).with_name(test.stem.removeprefix("test_"))
            assert module in known or module.name == "main", f"{test} mirrors no module"


def test_core_brings_no_screen() -> None:
    code = "import sonde_core, sys; assert not {'textual', 'rich'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_first_paint_imports_nothing_heavy() -> None:
    heavy = "{'httpx', 'httpcore', 'h2', 'pyperclip', 'msgspec', 'markdown_it', 'cryptography'}"
    code = (
        "import sonde_tui.app, sonde_tui.screens.http, sys\n"
        f"found = {heavy} & set(sys.modules)\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_text_is_read_as_markup() -> None:
    for path in modules("tui"):
        source = (ROOT / "tui" / PACKAGES["tui"] / path).read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and _may_read_markup(node):
                raise AssertionError(f"{path}, line {node.lineno}: markup=False is missing")


def _may_read_markup(call: ast.Call) -> bool:
    """Tell of a call that shows text whether brackets in that may be read as markup."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name not in ("Static", "Label", "OptionList", "notify"):
        return False
    if any(each.arg == "markup" and _value(each.value) is False for each in call.keywords):
        return False
    texts = [_value(each) for each in call.args[:1]]
    return name == "OptionList" or any(not isinstance(t, str) or "[" in t for t in texts)


def _value(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def test_public_names_are_sorted_and_there() -> None:
    import sonde_core

    names = list(sonde_core.__all__)
    assert names == sorted(names)
    for name in names:
        assert getattr(sonde_core, name) is not None
