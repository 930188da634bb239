from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.history import gone
from sonde_core.history.entry import summary_from_json
from sonde_core.history.gone import Gone, Spool
from sonde_core.history.history import History
from sonde_core.history.lines import whole_record
from tests.full_disk import files_end_at
from tests.histories import http, line, open_files


def test_lines_that_are_many_lie_in_a_file_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone, "IN_MEMORY", 500)
    spool = Spool(tmp_path)
    lines = [line(f"id{number}") for number in range(50)]
    kept = [spool.put(each) for each in lines]
    assert isinstance(kept[0], bytes)
    assert isinstance(kept[-1], tuple)
    assert [spool.get(each) for each in reversed(kept)] == lines[::-1]
    assert list(tmp_path.iterdir()) == []


def test_without_room_for_a_file_they_stay_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone, "IN_MEMORY", 0)
    spool = Spool(tmp_path / "nowhere")
    assert spool.put(b"line") == b"line"
    assert spool.get((0, 4)) == b""  # of another spool


def test_what_was_changed_about_it_comes_back_with_it(tmp_path: Path) -> None:
    old = line("1", name="before")
    known = summary_from_json(whole_record(old) | {"name": "after", "tags": ["t"]})
    value, changes = Gone(known, old).anew(Spool(tmp_path))
    assert (value["name"], value["tags"], changes) == ("after", ["t"], {})
    value, changes = Gone(known, line("1", v=9)).anew(Spool(tmp_path))
    assert "name" not in value
    assert changes["name"] == "after"
    with pytest.raises(ValueError, match="not an object"):
        Gone(known, b"[]").anew(Spool(tmp_path))
    with pytest.raises(ValueError, match="another"):
        Gone(known, line("2")).anew(Spool(tmp_path))


def test_what_the_disk_has_no_room_for_stays_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone, "IN_MEMORY", 0)
    spool = Spool(tmp_path)
    lines = [line(f"id{number}") for number in range(20)]
    with files_end_at(1000):
        kept = [spool.put(each) for each in lines]
        assert [spool.get(each) for each in kept] == lines
    assert {type(each) for each in kept} == {bytes, tuple}


async def test_what_can_be_brought_back_no_more_takes_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone, "IN_MEMORY", 0)
    history = History(tmp_path / "history.json")
    history.open()
    one, two = [await history.add(http(number)) for number in range(2)]
    before = len(open_files(tmp_path))
    await history.delete([one.id])
    assert len(open_files(tmp_path)) == before + 1
    await history.compact()
    # The history itself is opened again when it is written to.
    assert len(open_files(tmp_path)) == before - 1
    await history.delete([two.id])
    assert await history.undo() == [two.id]
    await history.close()


async def test_many_deleted_entries_come_back_after_another_process_compacted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone, "IN_MEMORY", 2000)
    history = History(tmp_path / "history.json")
    history.open()
    found = [(await history.add(http(number))).id for number in range(20)]
    await history.delete(found)
    other = History(tmp_path / "history.json")
    other.open()
    await other.compact()
    await other.close()
    assert await history.undo() == found
    assert [each.id for each in history.summaries()] == found[::-1]
    assert (await history.get(found[7])).exchange.target == "http://127.0.0.1/7"
    await history.close()
