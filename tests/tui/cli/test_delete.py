from __future__ import annotations

import json

from tests.tui.cli.conftest import Command, Requests


def test_an_entry_and_its_body_are_gone(sonde: Command, web: Requests) -> None:
    sonde("send", web.url, "-d", "hush" * 10_000)
    sonde("send", web.url)
    assert len(list(sonde.folder.glob("bodies/*/*"))) > 0
    result = sonde("delete", "@2")
    assert (result.returncode, result.stderr) == (0, b"Deleted 1 entry.\n")
    assert len(json.loads(sonde.history.read_bytes())) == 1
    left = [each for each in sonde.folder.rglob("*") if each.is_file()]
    assert not [each for each in left if b"hush" in each.read_bytes()]


def test_a_deletion_that_cannot_be_written_fails(sonde: Command, web: Requests) -> None:
    sonde("send", web.url)
    link = sonde.folder / "link.json"
    link.symlink_to(sonde.history)
    result = sonde("--history", str(link), "delete", "@1")
    assert result.returncode == 1
    assert b"could not be compacted" in result.stderr
    assert b"Deleted" not in result.stderr
    assert len(json.loads(sonde.history.read_bytes())) == 1


def test_all_that_pass_a_filter_go_and_their_number_is_told(sonde: Command, web: Requests) -> None:
    for _ in range(3):
        sonde("send", web.url)
    sonde("send", web.url, "-d", "x")
    told = sonde("delete", "--filter", "method:get", "--dry-run")
    assert (told.returncode, told.stderr) == (0, b"3 entries would be deleted.\n")
    assert len(json.loads(sonde.history.read_bytes())) == 4
    assert sonde("delete", "--filter", "method:get").stderr == b"Deleted 3 entries.\n"
    (left,) = json.loads(sonde.history.read_bytes())
    assert left["method"] == "POST"
    assert sonde("delete", "--filter", "").returncode == 2
    assert sonde("delete").returncode == 2
