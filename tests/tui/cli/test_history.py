from __future__ import annotations

import json
import re

import pytest

from sonde_tui.cli.history import short_ids

from .conftest import Command, Requests


@pytest.fixture
def three(sonde: Command, web: Requests) -> Requests:
    """Record three exchanges: `/`, `/json`, `/missing`, the last one newest."""
    for path in ("/?token=hush", "/json", "/missing"):
        sonde("send", web.url + path, "-H", "Authorization: Bearer hush")
    return web


def ids(sonde: Command) -> list[str]:
    return [entry["id"] for entry in json.loads(sonde("history", "--json").stdout)]


def test_newest_comes_first(sonde: Command, three: Requests) -> None:
    lines = sonde("history").stdout.decode().splitlines()
    found = [re.search(r"(@\d).* (\d{3}) ", line) for line in lines]
    assert [match.groups() for match in found if match] == [
        *[("@1", "404"), ("@2", "200"), ("@3", "200")]
    ]
    assert "hush" not in "".join(lines)


def test_a_filter_behind_two_dashes_may_begin_with_one(sonde: Command, three: Requests) -> None:
    found = sonde("history", "--json", "--limit", "9", "--", "-status:404", "-path:/json")
    assert [entry["status"] for entry in json.loads(found.stdout)] == [200]
    assert found.returncode == 0
    refused = sonde("history", "-status:404")
    assert refused.returncode == 2
    assert b"stands behind --" in refused.stderr
    joined = sonde("delete", "--filter", "-status:404", "--dry-run")
    assert joined.returncode == 2
    assert b"joined to its option by =" in joined.stderr
    assert b"2 entries" in sonde("delete", "--filter=-status:404", "--dry-run").stderr


def test_filter_and_limit(sonde: Command, three: Requests) -> None:
    assert sonde("history", "json", "GET").stdout.count(b"\n") == 1
    limited = sonde("history", "--limit", "2")
    assert limited.stdout.count(b"\n") == 2
    assert b"2 of 3" in limited.stderr
    nothing = sonde("history", "nowhere")
    assert (nothing.returncode, nothing.stdout) == (0, b"")


def test_json_is_for_machines(sonde: Command, three: Requests) -> None:
    entries = json.loads(sonde("history", "--json").stdout)
    assert [entry["status"] for entry in entries] == [404, 200, 200]
    assert json.loads(sonde("history", "--json", "nowhere").stdout) == []


def test_history_may_be_named_before_and_after_the_command(sonde: Command, web: Requests) -> None:
    sonde("--history", "other.json", "send", web.url)
    assert b"200" in sonde("history", "--history", "other.json").stdout
    assert b"200" in sonde("--history=other.json", "history").stdout
    assert sonde("history").stdout == b""


@pytest.mark.parametrize("name", ["@3", "id", "prefix"])
def test_show_prints_request_and_answer(sonde: Command, three: Requests, name: str) -> None:
    entry = ids(sonde)[2]
    reference = {"@3": "@3", "id": entry, "prefix": short_ids(ids(sonde))[entry]}[name]
    text = sonde("show", reference).stdout.decode()
    assert "GET /?token=" in text
    assert "HTTP/1.1 200 OK" in text
    assert text.endswith("Hello, World!\n")
    assert "hush" not in text
    assert "hush" in sonde("show", reference, "--reveal").stdout.decode()


def test_show_json(sonde: Command, three: Requests) -> None:
    entry = json.loads(sonde("show", "@1", "--json").stdout)
    assert entry["id"] == ids(sonde)[0]


@pytest.mark.parametrize("reference", ["@9", "@0", "@x", "zzz", "0", ""])
@pytest.mark.parametrize("command", ["show", "copy", "delete"])
def test_unknown_id_is_explained(
    sonde: Command, three: Requests, command: str, reference: str
) -> None:
    result = sonde(command, reference)
    assert result.returncode == 1
    assert result.stderr.startswith(b"sonde: ")
    assert b"Traceback" not in result.stderr


def test_delete_is_for_good(sonde: Command, three: Requests) -> None:
    assert sonde("delete", "@1", "@9").returncode == 1
    assert len(ids(sonde)) == 3
    assert b"2 entries" in sonde("delete", "@1", "@2").stderr
    assert len(ids(sonde)) == 1
    assert b"missing" not in sonde.history.read_bytes()


def test_damaged_history_is_repaired_and_said(sonde: Command, web: Requests) -> None:
    sonde("send", web.url)
    data = sonde.history.read_bytes()
    sonde.history.write_bytes(data[:-3] + b',\n{"v":1,"id":"torn')
    result = sonde("history")
    assert result.returncode == 0
    assert result.stdout.count(b"\n") == 1
    assert b"Traceback" not in result.stderr
    sonde("send", web.url)
    assert len(json.loads(sonde.history.read_bytes())) >= 2


def test_history_that_cannot_be_written_is_said_and_the_answer_printed(
    sonde: Command, web: Requests
) -> None:
    result = sonde("--history", "/proc/nowhere/history.json", "send", web.url)
    assert (result.returncode, result.stdout) == (1, b"Hello, World!")
    assert result.stderr.count(b"not in the history") == 1
    assert b"Traceback" not in result.stderr


def test_short_ids_tell_entries_apart() -> None:
    short = short_ids(["0193-aaaaaaaaaaaa1", "0193-aaaaaaaaaaaa2", "0194-bbbbbbbbbbbbbbbb"])
    assert short["0193-aaaaaaaaaaaa1"] == "0193-aaaaaaaaaaaa1"
    assert short["0194-bbbbbbbbbbbbbbbb"] == "0194-bbbbbbbb"
