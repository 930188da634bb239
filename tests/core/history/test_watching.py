from __future__ import annotations

from pathlib import Path

from sonde_core.history.watching import Seen, Watching


def test_a_look_tells_what_happened_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    watching = Watching(path)
    assert watching.look() is Seen.SAME  # there is none yet
    path.write_bytes(b"a")
    assert watching.look() is Seen.CHANGED
    assert watching.look() is Seen.SAME
    path.write_bytes(b"ab")
    assert watching.look() is Seen.CHANGED
    other = tmp_path / "other"
    other.write_bytes(b"xy")
    other.replace(path)
    assert watching.look() is Seen.REPLACED
    assert watching.look() is Seen.SAME
    path.unlink()
    assert watching.look() is Seen.SAME


def test_where_no_file_can_be_nothing_changes() -> None:
    assert Watching(Path("no\0name")).look() is Seen.SAME
