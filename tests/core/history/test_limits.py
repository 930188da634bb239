"""Limits of the history, over real files and bodies."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sonde_core.clock import SystemClock
from sonde_core.history.history import History
from sonde_core.settings import Keep, Limits
from tests.histories import STARTED, bodies, http, ids, line, values, write

LARGE = 100_000


class Late(SystemClock):
    """A clock that stands so many days after the entries of these tests."""

    def __init__(self, days: float) -> None:
        self._now = STARTED + timedelta(days=days)

    def now(self) -> datetime:
        return self._now


def history(folder: Path, keep: Keep, *, days: float = 0) -> History:
    """Open a history as it is so many days after the entries."""
    opened = History(folder / "history.json", limits=Limits(keep=keep), clock=Late(days))
    opened.open()
    return opened


async def fill(folder: Path, number: int, *, large: bool = False, pinned: int = -1) -> list[str]:
    """Write entries of successive minutes; return the ids, oldest first."""
    made = history(folder, Keep())
    found = []
    for each in range(number):
        body = b"%d " % each * LARGE if large else b"hello"
        started = STARTED + timedelta(minutes=each)
        found.append((await made.add(http(each, body=body, started=started))).id)
    if pinned >= 0:
        await made.set(found[pinned], pinned=True)
    await made.close()
    return found


async def kept(folder: Path, keep: Keep, *, days: float = 0) -> tuple[int, list[str]]:
    """Apply limits as a start does; return how many went and the ids in the file."""
    opened = history(folder, keep, days=days)
    gone = await opened.expiry.keep_limits()
    assert opened.expiry.expired == gone
    await opened.close()
    return gone, ids(folder / "history.json")


async def test_no_limit_is_set_by_default(tmp_path: Path) -> None:
    assert not Limits().keep.any
    found = await fill(tmp_path, 3)
    assert await kept(tmp_path, Keep()) == (0, found)


async def test_the_oldest_go_beyond_a_number_but_not_the_pinned(tmp_path: Path) -> None:
    found = await fill(tmp_path, 30, pinned=2)
    gone, left = await kept(tmp_path, Keep(max_entries=20))
    assert gone == 10
    assert left == [found[2], *found[11:]]
    assert await kept(tmp_path, Keep(max_entries=20)) == (0, left)


@pytest.mark.parametrize(("most", "left"), [(5, 5), (999, 999), (1000, 950)])
async def test_small_numbers_are_kept_to(tmp_path: Path, most: int, left: int) -> None:
    write(tmp_path / "history.json", *(line(f"e{number}") for number in range(most + 1)))
    gone, ids_left = await kept(tmp_path, Keep(max_entries=most))
    assert (gone, len(ids_left)) == (most + 1 - left, left)


async def test_what_is_too_old_goes(tmp_path: Path) -> None:
    found = await fill(tmp_path, 20, pinned=0)
    minute = 1 / 1440
    gone, left = await kept(tmp_path, Keep(max_age_days=1), days=1 + 10.5 * minute)
    assert gone == 10
    assert left == [found[0], *found[11:]]
    assert await kept(tmp_path, Keep(max_age_days=1), days=9) == (9, [found[0]])


async def test_an_age_before_all_times_is_no_limit(tmp_path: Path) -> None:
    found = await fill(tmp_path, 3)
    assert await kept(tmp_path, Keep(max_age_days=1e6), days=9) == (0, found)
    assert await kept(tmp_path, Keep(max_age_days=1e300, max_entries=2), days=9) == (1, found[1:])


async def test_what_a_newer_version_wrote_stays(tmp_path: Path) -> None:
    newer = [line(f"new{number}", v=2, t=number) for number in range(3)]
    write(tmp_path / "history.json", *newer)
    found = await fill(tmp_path, 10)
    left = ["new0", "new1", "new2", *found[7:]]
    assert await kept(tmp_path, Keep(max_entries=6), days=900) == (7, left)
    assert await kept(tmp_path, Keep(max_age_days=1), days=900) == (3, left[:3])


async def test_what_is_too_large_goes_with_its_bodies(tmp_path: Path) -> None:
    found = await fill(tmp_path, 10, large=True, pinned=1)
    assert len(bodies(tmp_path / "history.json")) == 10
    gone, left = await kept(tmp_path, Keep(max_size=1_000_000))
    files = bodies(tmp_path / "history.json")
    assert left == [found[1], *found[-len(left) + 1 :]]
    assert gone == 10 - len(left)
    assert len(files) == len(left)
    whole = (tmp_path / "history.json").stat().st_size + sum(each.stat().st_size for each in files)
    assert 600_000 < whole <= 900_000


async def test_the_newest_stays_whatever_its_size(tmp_path: Path) -> None:
    found = await fill(tmp_path, 3, large=True)
    assert await kept(tmp_path, Keep(max_size=1000)) == (2, found[-1:])
    assert await kept(tmp_path, Keep(max_size=1000)) == (0, found[-1:])


async def test_a_body_that_a_later_entry_names_does_not_count_for_the_earlier(
    tmp_path: Path,
) -> None:
    made = history(tmp_path, Keep())
    same = b"x" * LARGE
    found = [(await made.add(http(each, body=same))).id for each in range(5)]
    await made.close()
    size = (tmp_path / "history.json").stat().st_size
    gone, left = await kept(tmp_path, Keep(max_size=LARGE + size // 2))
    assert left == found[gone:]
    assert len(bodies(tmp_path / "history.json")) == 1


async def test_limits_are_kept_while_entries_come(tmp_path: Path) -> None:
    opened = history(tmp_path, Keep(max_entries=10))
    told: list[int] = []
    opened.expiry.on_expired.append(told.append)
    added = [(await opened.add(http(each))).id for each in range(40)]
    await opened.expiry.keep_limits()  # it waits for what was begun by itself
    await asyncio.sleep(0)
    assert len(told) > 1
    assert len(opened.summaries()) <= 10
    assert opened.expiry.expired == sum(told) == 40 - len(opened.summaries())
    assert [each.id for each in opened.summaries()] == added[: -len(opened.summaries()) - 1 : -1]
    await opened.close()
    assert ids(tmp_path / "history.json") == added[-len(opened.summaries()) :]


async def test_a_deletion_that_can_be_undone_stays_so(tmp_path: Path) -> None:
    found = await fill(tmp_path, 30)
    opened = history(tmp_path, Keep(max_entries=20))
    await opened.delete([found[25]])
    assert await opened.expiry.keep_limits() == 9
    assert await opened.undo() == [found[25]]
    assert [each.id for each in opened.summaries()] == found[:8:-1]
    await opened.close()


async def test_what_went_does_not_come_back_with_undo(tmp_path: Path) -> None:
    await fill(tmp_path, 30)
    opened = history(tmp_path, Keep(max_entries=20))
    await opened.expiry.keep_limits()
    assert await opened.undo() == []
    await opened.close()


async def test_changes_of_entries_are_not_taken_for_entries(tmp_path: Path) -> None:
    opened = history(tmp_path, Keep(max_entries=10))
    for each in range(5):
        entry = await opened.add(http(each))
        for number in range(5):
            await opened.set(entry.id, name=str(number))
    assert await opened.expiry.keep_limits() == 0
    assert len(opened.summaries()) == 5
    await opened.close()


_OTHER = """
import asyncio, sys
from pathlib import Path
from sonde_core.history.history import History
from sonde_core.settings import Keep, Limits
from tests.histories import http

async def main():
    opened = History(Path(sys.argv[1]), limits=Limits(keep=Keep(max_entries=50)))
    opened.open()
    for number in range(200):
        entry = await opened.add(http(number))
        print(entry.id, flush=True)
    await opened.close()
    print("gone", opened.expiry.expired)

asyncio.run(main())
"""


def test_two_processes_keep_one_limit(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    root = Path(__file__).parents[3]
    both = [
        subprocess.Popen(
            [sys.executable, "-c", _OTHER, str(path)], stdout=subprocess.PIPE, text=True, cwd=root
        )
        for _ in range(2)
    ]
    said = [each.communicate(timeout=60)[0].splitlines() for each in both]
    gone = sum(int(lines.pop().removeprefix("gone ")) for lines in said)
    left = ids(path)
    assert 1 <= len(left) <= 50
    assert gone == 400 - len(left)  # none is told of twice
    assert set(left) <= {line for lines in said for line in lines}
    assert all("of" not in value for value in values(path))


async def test_what_goes_by_its_number_counts_no_more_by_its_size(tmp_path: Path) -> None:
    found = await fill(tmp_path, 10, large=True)
    gone, left = await kept(tmp_path, Keep(max_entries=4, max_size=100_000_000))
    assert (gone, left) == (6, found[6:])
    gone, left = await kept(tmp_path, Keep(max_entries=3, max_size=200_000))
    assert left == found[-len(left) :]
    assert gone == 4 - len(left) > 1


async def test_the_age_is_that_of_the_first_line_that_tells_one(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    change = b'{"v":1,"id":"s","kind":"set","of":"a","name":"n"}'
    write(path, b'{"id":7}', change, line("pinned", pin=True), line("a"))
    assert (await kept(tmp_path, Keep(max_age_days=1), days=0.5))[0] == 0
    assert (await kept(tmp_path, Keep(max_age_days=1), days=2))[0] == 1
    write(path, change, line("pinned", pin=True))
    assert await kept(tmp_path, Keep(max_age_days=1), days=2) == (0, ["s", "pinned"])
