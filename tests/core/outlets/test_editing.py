import os
import sys
import tempfile
from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError, RequestError
from sonde_core.outlets.editing import Copy, edit, editor
from sonde_core.outlets.saving import Content, pieces_of


def script(tmp_path: Path, code: str) -> str:
    path = tmp_path / "editor.py"
    path.write_text(f"import sys\nfrom pathlib import Path\npath = Path(sys.argv[1])\n{code}\n")
    return f"'{sys.executable}' '{path}'"


async def test_the_editor_changes_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "path.write_text(path.read_text() + ' née' + chr(10), 'utf-8')"
    monkeypatch.setenv("VISUAL", script(tmp_path, code))
    assert await edit('{"a": 1}', suffix=".json") == '{"a": 1} née'


async def test_the_file_is_private_has_the_suffix_and_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "path.write_text(f'{path} {path.stat().st_mode & 0o777:o}')"
    monkeypatch.setenv("VISUAL", script(tmp_path, code))
    name, mode = (await edit("x", suffix=".json")).split()
    folder = Path(name).parent
    assert mode == "600"
    assert name.endswith(".json")
    assert name not in map(str, folder.iterdir())


async def test_a_final_line_feed_of_the_text_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", script(tmp_path, ""))
    assert await edit("a\n") == "a\n"


async def test_an_editor_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", script(tmp_path, "sys.exit(3)"))
    with pytest.raises(RequestError, match="status 3; nothing was changed"):
        await edit("x")


async def test_an_editor_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "/nowhere/editor --wait")
    with pytest.raises(RequestError, match="/nowhere/editor"):
        await edit("x")


async def test_bytes_that_are_no_text_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", script(tmp_path, "path.write_bytes(bytes([255]))"))
    with pytest.raises(RequestError, match="no UTF-8"):
        await edit("x")


def test_visual_wins_over_editor() -> None:
    assert editor({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor({"VISUAL": " ", "EDITOR": "vi"}) == ["vi"]


def test_a_broken_command_is_told() -> None:
    with pytest.raises(RequestError, match="no command"):
        editor({"EDITOR": "vi 'x"})


async def test_a_copy_is_read_only_has_a_telling_name_and_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    code = (
        f"Path({str(seen)!r}).write_text(f'{{path}} {{path.stat().st_mode & 0o777:o}} ' "
        "+ path.read_text())"
    )
    monkeypatch.setenv("VISUAL", script(tmp_path, code))
    copy = await Copy.of(Content("body", pieces_of(b"text"), "data.json"))
    try:
        await copy.show()
    finally:
        await copy.remove()
    name, mode, text = seen.read_text().split()
    assert (mode, text) == ("400", "text")
    assert name.endswith("-data.json")
    assert Path(name).name not in os.listdir(Path(name).parent)


async def test_a_copy_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    body = Body.in_file(tmp_path / "gone", 9, "0" * 64)
    with pytest.raises(BodyError):
        await Copy.of(Content("body", body.slices, "data.json"))
    assert os.listdir(tmp_path) == []
