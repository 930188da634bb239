from __future__ import annotations

import re
from pathlib import Path

import pytest

from sonde_core.errors import LensError
from sonde_core.lenses.catalogue import BUILT_IN, all_lenses, folder, lens_of
from sonde_core.lenses.cutter import split

PAGE = Path(__file__).resolve().parents[3] / "docs" / "lenses.md"


def test_the_lens_in_the_page_works_as_written(tmp_path: Path) -> None:
    source = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert source is not None
    assert source[1].count("\n") <= 30
    (tmp_path / "chat.py").write_text(source[1], "utf-8")
    lens = lens_of("chat", tmp_path)
    data = b"\1\0\3Ada\2\0\2hi\x09\3\0\0"
    assert split(lens, data) == [b"\1\0\3Ada", b"\2\0\2hi", b"\x09", b"\3\0\0"]
    found = lens.read(b"\2\0\2hi")
    assert (found.title, found.error) == ("say: hi", "")
    assert [(part.name, part.value) for part in found.parts] == [("type", "say"), ("text", "hi")]


def test_the_page_names_every_lens() -> None:
    page = PAGE.read_text("utf-8")
    assert all(re.search(rf"^\| `{kind.name}[:`]", page, re.MULTILINE) for kind in BUILT_IN)


def test_files_that_are_no_lenses_say_why(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("1 / 0")
    (tmp_path / "empty.py").write_text("from sonde_core.lenses.text_lenses import Lines")
    (tmp_path / "leaves.py").write_text("raise SystemExit(3)")
    (tmp_path / "stops.py").write_text("raise KeyboardInterrupt")
    (tmp_path / "loops.py").write_text("while True: pass")
    told = {each.name: each.about for each in all_lenses(tmp_path) if each.kind is None}
    assert told == {
        "broken": "ZeroDivisionError: division by zero",
        "empty": "there is no lens in it",
        "leaves": "SystemExit: 3",
        "stops": "KeyboardInterrupt",
        "loops": "it takes too long to load",
    }
    with pytest.raises(LensError, match="division by zero"):
        lens_of("broken", tmp_path)


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("raise SystemExit(3)", "The lens a failed: SystemExit: 3"),
        ("1 / 0", "The lens a failed: ZeroDivisionError: division by zero"),
        ("while True: pass", "The lens a takes too long to be made."),
    ],
)
def test_a_lens_that_cannot_be_made_says_why(tmp_path: Path, does: str, told: str) -> None:
    source = (
        "from sonde_core.lenses.text_lenses import Lines\n"
        "class A(Lines):\n    name = 'a'\n"
        f"    def __init__(self, argument):\n        {does}\n"
    )
    (tmp_path / "a.py").write_text(source)
    with pytest.raises(LensError, match=f"^{re.escape(told)}$"):
        lens_of("a", tmp_path)


def test_a_lens_of_the_folder_takes_no_name_of_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from sonde_core.lenses.text_lenses import Lines\n"
        "class Http(Lines):\n    name = 'http'\n"
        "class Wrong(Lines):\n    name = 'two words'\n"
    )
    assert [each.name for each in all_lenses(tmp_path)] == [
        *(kind.name for kind in BUILT_IN),
        "mine",
    ]


def test_a_file_that_changed_is_loaded_again(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("1 / 0")
    assert all_lenses(tmp_path)[-1].kind is None
    source = "from sonde_core.lenses.text_lenses import Lines\nclass A(Lines):\n    name = 'a'\n"
    path.write_text(source)
    assert lens_of("a", tmp_path).read(b"x\n").title == "x  LF"


def test_names_that_are_not_there(tmp_path: Path) -> None:
    for wrong in ("", "nothing", "lines:3", "nothing:x"):
        with pytest.raises(LensError):
            lens_of(wrong, tmp_path)
    assert folder().name == "lenses"
    assert all_lenses(tmp_path / "missing")
