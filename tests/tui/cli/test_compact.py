from __future__ import annotations

import json

from tests.tui.cli.conftest import Command, Requests


def test_it_tells_what_it_frees_and_frees_that(sonde: Command, web: Requests) -> None:
    sonde("send", web.url, "-d", "x" * 50_000)
    sonde("send", web.url)
    sonde("set", "@1", "--name", "kept")
    (sonde.folder / "bodies" / "ab").mkdir()
    stray = sonde.folder / "bodies" / "ab" / ("ab" * 32)
    stray.write_bytes(b"-" * 70_000)
    before = sonde.history.read_bytes()
    outlook = json.loads(sonde("compact", "--dry-run", "--json").stdout)
    assert sonde.history.read_bytes() == before
    assert stray.exists()
    assert outlook["entries"] == 2
    result = sonde("compact")
    assert result.returncode == 0
    assert not stray.exists()
    after = sonde.history.read_bytes()
    assert len(after) == outlook["size_after"]
    assert [entry.get("name", "") for entry in json.loads(after)] == ["", "kept"]
    bodies = sum(each.stat().st_size for each in sonde.folder.glob("bodies/*/*"))
    assert bodies == outlook["bodies_after"]
    assert outlook["freed"] == len(before) - len(after) + 70_000
    assert b"file     " in result.stdout
    assert result.stderr.startswith(b"Freed 7")


def test_an_empty_history_has_nothing_to_free(sonde: Command) -> None:
    outlook = json.loads(sonde("compact", "--json").stdout)
    assert outlook["entries"] == outlook["freed"] == 0
    assert outlook["size_after"] == sonde.history.stat().st_size


def test_damaged_lines_are_told(sonde: Command, web: Requests) -> None:
    sonde("send", web.url)
    sonde.history.write_bytes(sonde.history.read_bytes().replace(b"[\n", b"[\n{oops,\n", 1))
    assert b"damaged  1 line\n" in sonde("compact", "--dry-run").stdout
    result = sonde("compact")
    assert b"damaged  1 line\n" in result.stdout
    assert b"1 damaged line of history.json went into history.json.torn." in result.stderr
    assert b"{oops" in (sonde.folder / "history.json.torn").read_bytes()
