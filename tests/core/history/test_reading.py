from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sonde_core.errors import HistoryError, NotFoundError
from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from sonde_core.history.history import History
from sonde_core.history.identity import new_id
from sonde_core.history.reading import read, read_all
from sonde_core.known_secrets import mask_known
from sonde_core.left_out import Hidden
from sonde_core.model import Chunk, Direction
from tests.histories import http, line, session, write


def opened(path: Path) -> Archive:
    archive = Archive(path)
    archive.open()
    return archive


def test_entries_are_read_in_one_go_and_what_cannot_be_says_why(path: Path) -> None:
    write(path, line("a"), line("broken", req=7), line("b"))
    archive = opened(path)
    found = read_all(archive, ["b", "none", "broken", "a"])
    assert [getattr(each, "id", type(each)) for each in found] == [
        *("b", NotFoundError, HistoryError, "a")
    ]
    assert read_all(archive, []) == []
    archive.close()


def test_secret_variables_of_an_entry_are_known_once_it_is_read(path: Path) -> None:
    archive = opened(path)
    for name, secret in (("one", b"hush-hush"), ("two", b"psst-psst")):
        sent = (Chunk(0.1, Direction.SENT, b"hello " + secret),)
        exchange = replace(session(), timeline=sent, sent=15)
        archive.add(Entry(name, exchange, hidden=(Hidden(6, 9),)))
    assert mask_known(b"hush-hush, psst-psst") == b"hush-hush, psst-psst"
    assert read(archive, "one").id == "one"
    assert mask_known(b"hush-hush, psst-psst") == b"*********, psst-psst"
    (found,) = read_all(archive, ["two"])
    assert isinstance(found, Entry)
    assert mask_known(b"hush-hush, psst-psst") == b"*********, *********"
    archive.close()


def test_what_another_process_rewrote_is_read_anew_in_one_go(path: Path) -> None:
    archive = opened(path)
    added = [archive.add(Entry(new_id(), http(number))).id for number in range(3)]
    other = opened(path)
    other.delete(added[:1])
    other.compact()
    other.close()
    found = read_all(archive, added)
    assert [getattr(each, "id", type(each)) for each in found] == [NotFoundError, *added[1:]]
    archive.close()


async def test_a_history_reads_in_a_thread(path: Path) -> None:
    write(path, line("a"), line("b"))
    history = History(path)
    history.open()
    assert (await history.get("a")).id == "a"
    found = await history.get_all(["b", "none"])
    assert [getattr(each, "id", type(each)) for each in found] == ["b", NotFoundError]
    await history.close()
