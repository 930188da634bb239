from __future__ import annotations

import json

import pytest

from sonde_core.history.history import History
from sonde_core.model import Chunk, Direction
from tests.histories import http
from tests.tui.cli.conftest import Command


async def keep(sonde: Command, *bodies: bytes) -> None:
    history = History(sonde.history)
    history.open()
    for body in bodies:
        await history.add(http(1, body=body))
    await history.close()


@pytest.fixture
def ruled(sonde: Command) -> Command:
    sonde.environment["SONDE_CONFIG"] = str(sonde.folder / "config.toml")
    (sonde.folder / "ignore.toml").write_text('[[ignore]]\nplace = "body.t"\n')
    return sonde


async def test_rules_and_flags_leave_out(ruled: Command) -> None:
    await keep(ruled, b'{"t": 1, "a": 1}', b'{"t": 2, "a": 2}')
    result = ruled("diff", "@2", "@1")
    assert result.returncode == 1
    assert result.stdout.startswith("~ body.a: 1 → 2\n  … 1 change left out by rules\n".encode())
    assert ruled("diff", "@2", "@1", "--ignore", "$.a").returncode == 0
    bare = ruled("diff", "@2", "@1", "--no-rules", "--json")
    assert [each["path"] for each in json.loads(bare.stdout)["changes"]] == ["t", "a"]
    shown = ruled("diff", "@2", "@1", "--ignore", "body.a", "--show-ignored")
    assert "  ~ body.a: 1 → 2\n".encode() in shown.stdout
    assert shown.returncode == 0
    quiet = ruled("diff", "@2", "@1", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (1, b"", b"")


async def test_a_regular_expression_leaves_out_what_it_matches(sonde: Command) -> None:
    await keep(sonde, b"Took 1 ms\nsame\n", b"Took 2 ms\nsame\n")
    assert sonde("diff", "@2", "@1", "--ignore", r"/\d+ ms/").returncode == 0
    wrong = sonde("diff", "@2", "@1", "--ignore", "/(/")
    assert wrong.returncode == 2
    assert b"no regular expression" in wrong.stderr


async def test_a_file_of_rules_that_is_damaged_is_told(ruled: Command) -> None:
    (ruled.folder / "ignore.toml").write_text("[[ignore")
    await keep(ruled, b"a", b"a")
    result = ruled("diff", "@2", "@1")
    assert result.returncode == 0
    assert b"ignore.toml were not read" in result.stderr


async def test_an_http_entry_and_a_session_are_compared_by_what_was_said(sonde: Command) -> None:
    from dataclasses import replace

    from sonde_core.session_request import SessionRequest

    history = History(sonde.history)
    history.open()
    said = (Chunk(0.1, Direction.SENT, b"GET / HTTP/1.1\r\n\r\n"),)
    one = replace(http(1), timeline=said, sent=18)
    await history.add(one)
    request = SessionRequest("tcp://127.0.0.1:1")
    await history.add(replace(one, kind="tcp", request=request, response=None))
    await history.close()
    result = sonde("diff", "@2", "@1", "--json")
    assert [each["where"] for each in json.loads(result.stdout)["changes"]] == ["kind"]
    assert sonde("diff", "@2", "@1", "--ignore", "kind").returncode == 0
