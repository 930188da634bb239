"""A secret that was scrubbed is nowhere in the data folder any more."""

from __future__ import annotations

import base64
import errno
import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.errors import HistoryError
from sonde_core.history import rewriting
from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from sonde_core.history.rewriting import Rewriting
from sonde_core.http_request import Field, HttpRequest
from sonde_core.model import Chunk, Direction, Event, EventKind, Exchange, HttpResponse
from sonde_core.scrubbing import patterns
from sonde_core.scrubbing.patterns import Pattern, SlowPatternError
from sonde_core.scrubbing.scrubber import Scrubber
from tests.histories import FaultyDisk, http, ids, line, session, values, write

SECRET = b"hunter2-hunter2"


def bearer(body: bytes = b"ok") -> Exchange:
    """Return an exchange that holds a token in a header, on the wire and in its answer."""
    wire = b"GET / HTTP/1.1\r\nAuthorization: Bearer " + SECRET + b"\r\n\r\n"
    return replace(
        http(),
        request=HttpRequest(
            url="http://127.0.0.1/", headers=(Field("Authorization", f"Bearer {SECRET.decode()}"),)
        ),
        response=HttpResponse(200, "OK", body=Body.of(body + SECRET)),
        timeline=(
            Chunk(0.1, Direction.SENT, wire[:50]),
            Chunk(0.1, Direction.SENT, wire[50:]),
            Chunk(0.2, Direction.RECEIVED, b"HTTP/1.1 200 OK\r\n\r\n" + body + SECRET),
        ),
    )


def opened(path: Path, disk: FaultyDisk | None = None) -> Archive:
    archive = Archive(path, disk=disk)
    archive.open()
    return archive


def added(archive: Archive, exchange: Exchange, **more: str) -> str:
    return archive.add(Entry(new_id(), exchange, **more)).id  # type: ignore[arg-type]


def holders(folder: Path, secret: bytes = SECRET) -> list[str]:
    """Return the files under a folder that hold a secret, also as base64."""
    coded = [base64.b64encode(b"\0" * lead + secret)[4 * bool(lead) : -4] for lead in range(3)]
    return [
        path.name
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(each in path.read_bytes() for each in (secret, *coded))
    ]


@pytest.mark.parametrize("size", [10, 40_000])
def test_nothing_of_the_secret_stays(path: Path, size: int) -> None:
    archive = opened(path)
    name = added(archive, bearer(b"x" * size), note=f"it is {SECRET.decode()}")
    other = added(archive, http(1))
    archive.compact()
    assert holders(path.parent)
    (done,) = archive.scrub(Rewriting([name], Scrubber()))
    assert [each.name for each in done.secrets] == ["Authorization"]
    assert set(done.secrets[0].places) >= {"request headers", "sent", "received", "answer body"}
    assert holders(path.parent) == []
    assert ids(path) == [name, other]
    again = opened(path).get(name)
    assert again.left_out == done.secrets
    assert again.exchange.response
    assert again.exchange.response.body.read() == b"x" * size + b"***secret-1***"
    assert again.note == "it is ***secret-1***"


def test_a_change_that_was_a_line_of_its_own_is_scrubbed_too(path: Path) -> None:
    archive = opened(path)
    name = added(archive, bearer())
    archive.change([name], {"note": SECRET.decode(), "tags": [SECRET.decode()]})
    archive.scrub(Rewriting([name], Scrubber()))
    assert holders(path.parent) == []


def test_what_was_deleted_and_what_was_torn_goes(path: Path) -> None:
    archive = opened(path)
    gone, name = added(archive, bearer()), added(archive, bearer(b"y" * 40_000))
    archive.delete([gone])
    path.with_name("history.json.torn").write_bytes(SECRET)
    archive.scrub(Rewriting([name], Scrubber()))
    assert holders(path.parent) == []
    assert any("torn" in each for each in archive.telling.findings)


def test_a_look_changes_nothing(path: Path) -> None:
    archive = opened(path)
    name = added(archive, bearer(b"z" * 40_000))
    before = {each: each.read_bytes() for each in path.parent.rglob("*") if each.is_file()}
    (done,) = archive.scrub(Rewriting([name], Scrubber(), written=False))
    assert done.changed
    assert {each: each.read_bytes() for each in path.parent.rglob("*") if each.is_file()} == before


def test_only_the_chosen_ones_are_looked_at(path: Path) -> None:
    archive = opened(path)
    kept, chosen = added(archive, bearer()), added(archive, bearer())
    done = archive.scrub(Rewriting([chosen], Scrubber()))
    assert [each.id for each in done] == [chosen]
    assert SECRET in path.read_bytes()
    assert opened(path).get(kept).left_out == ()


def test_what_another_program_sorted_is_scrubbed_too(path: Path) -> None:
    archive = opened(path)
    exchange = bearer()
    told = tuple(Event(0.1, EventKind.NOTE, f"note {number}") for number in range(20))
    name = added(archive, replace(exchange, timeline=(*told, *exchange.timeline)))
    other = added(archive, bearer())
    archive.close()
    broken = b'{"not": an entry, "id":"%s"}' % name.encode()
    write(path, *(json.dumps(each, sort_keys=True).encode() for each in values(path)), broken)
    archive = opened(path)
    done = archive.scrub(Rewriting([name], Scrubber()))
    assert [(each.id, each.changed) for each in done] == [(name, True)]
    found = {each["id"]: json.dumps(each) for each in values(path)}
    assert [SECRET.decode() in found[each] for each in (name, other)] == [False, True]


def test_an_id_of_half_a_character_is_like_any_other(path: Path) -> None:
    write(path, line("a\ud800"), line("b"))
    archive = opened(path)
    done = archive.scrub(Rewriting(["a\ud800"], Scrubber()))
    assert [each.id for each in done] == ["a\ud800"]


def test_patterns_and_literals_reach_sessions_and_bodies(path: Path) -> None:
    archive = opened(path)
    name = added(archive, session(b"card 4111-1111, code XYZZY! " * 2000))
    scrubber = Scrubber([Pattern("card ([0-9-]+)")], {b"XYZZY!": "code"})
    (done,) = archive.scrub(Rewriting([name], scrubber))
    assert {each.name for each in done.secrets} == {"code", "pattern 1"}
    assert holders(path.parent, b"4111-1111") == holders(path.parent, b"XYZZY!") == []
    (chunk,) = opened(path).get(name).exchange.chunks()
    assert b"4111" not in chunk.data
    assert b"XYZZY" not in chunk.data


def test_it_works_beside_another_writer(path: Path) -> None:
    archive, other = opened(path), opened(path)
    name = added(archive, bearer())
    later: list[str] = []

    def write(_: int) -> None:
        if not later:
            later.append(added(other, http(2)))
            other.change([name], {"name": "meanwhile"})

    archive.scrub(Rewriting([name], Scrubber(), tell=write))
    assert holders(path.parent) == []
    assert ids(path) == [name, *later]
    assert other.get(name).name == "meanwhile"
    assert other.get(name).left_out  # not what it had read before


def test_what_a_newer_version_wrote_into_an_entry_stays(path: Path) -> None:
    archive = opened(path)
    name = added(archive, bearer())
    path.write_bytes(path.read_bytes().replace(b'"kind":"http"', b'"kind":"http","mood":7', 1))
    archive.scrub(Rewriting([name], Scrubber()))
    assert values(path)[0]["mood"] == 7


def test_an_entry_of_a_newer_format_is_told_and_kept(path: Path) -> None:
    archive = opened(path)
    name = added(archive, bearer())
    path.write_bytes(path.read_bytes().replace(b'"v":1', b'"v":9', 1))
    (done,) = archive.scrub(Rewriting([name], Scrubber()))
    assert "newer" in done.trouble
    assert SECRET in path.read_bytes()


@pytest.mark.parametrize("name", ["replace", "pwrite", "fdatasync", "open"])
def test_a_disk_that_fails_leaves_the_old_entry_or_the_new_one(path: Path, name: str) -> None:
    archive = opened(path)
    entry = added(archive, bearer(b"q" * 40_000))
    for at in range(1, 12):
        disk = FaultyDisk(name, at, errno.EIO)
        failing = opened(path, disk)
        try:
            failing.scrub(Rewriting([entry], Scrubber()))
        except HistoryError:
            whole = opened(path).get(entry)
            assert whole.exchange.response
            assert whole.exchange.response.body.read().startswith(b"q" * 40_000)
            assert ids(path) == [entry]
    archive.scrub(Rewriting([entry], Scrubber()))
    assert holders(path.parent) == []


_SCRUB = """
import sys
from pathlib import Path
from sonde_core.history.archive import Archive
from sonde_core.history.rewriting import Rewriting
from sonde_core.scrubbing.scrubber import Scrubber

archive = Archive(Path(sys.argv[1]))
archive.open()
archive.load()
chosen = [each.id for each in archive.view.summaries()]
print("ready", flush=True)
archive.scrub(Rewriting(chosen, Scrubber()))
"""


def test_a_kill_leaves_each_entry_old_or_new(path: Path) -> None:
    archive = opened(path)
    names = [added(archive, bearer(b"%d" % number * 20_000)) for number in range(12)]
    archive.close()
    for round_ in range(6):
        command = [sys.executable, "-c", _SCRUB, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.005 * (round_ + 1))
            process.kill()
        again = opened(path)
        assert ids(path) == names
        for number, name in enumerate(names):
            entry = again.get(name)
            assert entry.exchange.response
            body = entry.exchange.response.body.read()
            assert body == b"%d" % number * 20_000 + (
                b"***secret-1***" if entry.left_out else SECRET
            )
        again.close()
    last = opened(path)
    last.scrub(Rewriting(names, Scrubber()))
    assert holders(path.parent) == []


def test_scrubbing_twice_changes_nothing_more(path: Path) -> None:
    archive = opened(path)
    name = added(archive, bearer(b"w" * 40_000))
    archive.scrub(Rewriting([name], Scrubber()))
    once = values(path)
    (done,) = archive.scrub(Rewriting([name], Scrubber()))
    assert not done.changed
    assert values(path) == once


def test_damaged_lines_are_removed_and_counted(path: Path) -> None:
    archive = opened(path)
    name = added(archive, bearer())
    archive.close()
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"[\n", b"[\n{oops,\n{again,\n", 1))
    archive = opened(path)
    archive.scrub(Rewriting([name], Scrubber()))
    assert (
        "history.json.torn was removed, with 2 damaged lines, as secrets may have been in it."
        in archive.telling.findings
    )
    archive.close()


def test_a_look_sees_what_stands_in_a_change(path: Path) -> None:
    archive = opened(path)
    name = added(archive, http())
    archive.change([name], {"note": f"it was {SECRET.decode()} once, and {SECRET.decode()}"})
    before = path.read_bytes()
    scrubber = Scrubber(literals={SECRET: "mine"})
    look = archive.scrub(Rewriting([name], scrubber, written=False))
    assert path.read_bytes() == before
    assert [each.name for each in look[0].secrets] == ["mine"]
    assert archive.scrub(Rewriting([name], scrubber)) == look
    assert holders(path.parent) == []
    archive.close()


def test_one_that_is_stopped_takes_nothing_out(path: Path) -> None:
    archive = opened(path)
    for number in range(3):
        added(archive, bearer(b"%d" % number))
    names = ids(path)
    before = path.read_bytes()

    def stop(_: int) -> None:
        assert run.stop()

    run = Rewriting(names, Scrubber(), tell=stop)
    with pytest.raises(HistoryError, match="nothing was taken out"):
        archive.scrub(run)
    assert path.read_bytes() == before
    done = Rewriting(names, Scrubber())
    assert len(archive.scrub(done)) == 3
    assert not done.stop()
    archive.close()


def test_a_look_is_at_the_chosen_ones_only(path: Path) -> None:
    archive = opened(path)
    added(archive, bearer())
    chosen = added(archive, bearer())
    done = archive.scrub(Rewriting([chosen], Scrubber(), written=False))
    assert [each.id for each in done] == [chosen]


def test_the_line_of_a_change_is_no_entry(path: Path) -> None:
    newer = b'{"v":2,"id":"s","kind":"set","of":"a","name":"' + SECRET + b'"}'
    write(path, line("a"), newer)
    assert opened(path).scrub(Rewriting(["s"], Scrubber(literals={SECRET: "x"}))) == []
    assert newer in path.read_bytes()


@pytest.mark.parametrize("written", [True, False])
def test_a_pattern_that_takes_too_long_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.1)
    archive = opened(path)
    name = added(archive, bearer(b"a" * 5000 + b"!"))
    before = path.read_bytes()
    with pytest.raises(SlowPatternError, match="Nothing was changed"):
        archive.scrub(Rewriting([name], Scrubber([Pattern("(a+)+$")]), written=written))
    assert path.read_bytes() == before


def test_without_room_for_a_body_without_its_secrets_nothing_is_changed(path: Path) -> None:
    name = added(opened(path), bearer(b"q" * 40_000))
    before = path.read_bytes()
    told = ""
    for at in range(1, 4):
        failing = opened(path, FaultyDisk("pwrite", at, errno.ENOSPC, lasting=True))
        try:
            failing.scrub(Rewriting([name], Scrubber()))
        except HistoryError as error:
            told += error.message
            assert path.read_bytes() == before
        failing.close()
    assert "There is no room for bodies without their secrets" in told


def test_a_body_that_finds_no_room_for_its_name_is_not_lost(path: Path) -> None:
    name = added(opened(path), bearer(b"q" * 40_000))
    before = path.read_bytes()
    failing = opened(path, FaultyDisk("replace", 2, errno.ENOSPC))  # the first is the file's
    with pytest.raises(HistoryError, match="There is no room for bodies without their secrets"):
        failing.scrub(Rewriting([name], Scrubber()))
    assert path.read_bytes() == before
    response = failing.get(name).exchange.response
    assert response
    assert response.body.read(0, 50_000).startswith(b"q" * 40_000)


def test_a_line_that_grows_beyond_all_others_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened(path)
    name = added(archive, bearer())
    before = path.read_bytes()
    monkeypatch.setattr(rewriting, "LONGEST", 500)
    with pytest.raises(HistoryError, match="more than a line of the history holds"):
        archive.scrub(Rewriting([name], Scrubber()))
    assert path.read_bytes() == before


def test_what_was_torn_off_and_cannot_be_removed_is_told(path: Path) -> None:
    archive = opened(path)
    name = added(archive, bearer())
    path.with_name("history.json.torn").mkdir()
    with pytest.raises(HistoryError, match="was not scrubbed"):
        archive.scrub(Rewriting([name], Scrubber()))
