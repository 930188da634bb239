from __future__ import annotations

import errno
from pathlib import Path

from sonde_core.errors import BodyError, HistoryError
from sonde_core.history.telling import Telling

PATH = Path("/home/history.json")


def test_each_thing_is_told_once() -> None:
    telling = Telling(PATH)
    for _ in range(2):
        telling.find("found")
        telling.warn("wrong")
        telling.bad_lines(3)
        telling.not_reading(OSError(errno.EIO, "broken"))
    assert telling.findings == [
        "found",
        "3 lines of history.json could not be read and were skipped.",
    ]
    assert telling.warnings == [
        "found",
        "wrong",
        "3 lines of history.json could not be read and were skipped.",
        "/home/history.json cannot be read: broken.",
    ]
    telling.bad_lines(0)
    telling.bad_lines(1)
    assert telling.findings[-1].startswith("1 line of")


def test_that_it_is_not_saved_is_told_until_it_is() -> None:
    telling = Telling(PATH)
    telling.now_saving()
    assert telling.warnings == []
    for _ in range(2):
        telling.not_saving(OSError(errno.ENOSPC, "full"))
    assert not telling.saving
    assert "no room left" in telling.trouble
    telling.not_saving(HistoryError("Another reason.", hint="Do this."))
    assert telling.trouble == "Another reason. Do this."
    assert len(telling.warnings) == 2
    telling.now_saving()
    assert (telling.saving, telling.trouble) == (True, "")
    assert telling.warnings[-1] == "The history is being saved again."


def test_an_entry_that_fits_nowhere_and_what_is_still_there_are_told() -> None:
    telling = Telling(PATH)
    telling.not_fitting(BodyError("Too long.", hint="Make it short."))
    assert telling.warnings == ["An entry is kept in memory only: Too long. Make it short."]
    telling.still_there(HistoryError("Busy."))
    assert telling.findings == ["Deleted entries are still in the file. Busy."]
