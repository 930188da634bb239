"""Each call that reaches the disk made to fail in turn: once, or from then on until the end."""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sonde_core.errors import HistoryError, NotFoundError
from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from sonde_core.settings import Limits
from tests.histories import FaultyDisk, http, line, open_files, write

from .report import Result, folder

CALLS: Final = (
    "open",
    "flock",
    "pread",
    "pwrite",
    "fdatasync",
    "ftruncate",
    "replace",
    "sync_folder",
    "fstat",
    "stat",
    "unlink",
    "link",
    "make_folder",
    "open_following",
)
CODES: Final = (errno.EIO, errno.ENOSPC, errno.EINTR, errno.EACCES)
_LIMITS: Final = Limits(body_inline=60)
_TORN: Final = b',\n{"v":1,"id":"torn","kind":"tc'


@dataclass(frozen=True, slots=True)
class Fault:
    """What fails: a call of a kind, by its number."""

    name: str
    at: int
    code: int
    lasting: bool

    def __str__(self) -> str:
        again = " and all after it" if self.lasting else ""
        return f"{self.name} number {self.at}{again}: {errno.errorcode[self.code]}"


class Day:
    """What is done with a history while its disk fails, and what was acknowledged.

    Attributes:
        kept: Ids of entries that must be there; those in `unsure` may be.
    """

    def __init__(self, path: Path, disk: FaultyDisk) -> None:
        self.kept: list[str] = ["old"]
        self.unsure: set[str] = set()
        self._path = path
        self._disk = disk

    def live(self) -> None:
        """Do it: open a torn file, add, change, delete, bring back, compact."""
        write(self._path, line("old"), line("other", note="x" * 300))
        with self._path.open("r+b") as stream:
            stream.seek(-3, 2)
            stream.write(_TORN)
        self.kept.append("other")
        archive = Archive(self._path, limits=_LIMITS, disk=self._disk)
        archive.open()
        for number in range(3):
            self._add(archive, number)
        self._try(lambda: archive.change([self.kept[-1]], {"name": "named"}))
        self._bring_back(archive, "old")
        self._delete(archive, "other")
        self._try(lambda: archive.tidy())
        self._add(archive, 3)
        archive.close()

    def _add(self, archive: Archive, number: int) -> None:
        entry = archive.add(Entry(new_id(), http(number, body=b"%d" % number * 200)))
        if entry.saved:
            self.kept.append(entry.id)
        else:
            self.unsure.add(entry.id)

    def _bring_back(self, archive: Archive, identity: str) -> None:
        self.kept.remove(identity)
        self.unsure.add(identity)
        self._try(lambda: archive.restore(archive.delete([identity])))
        if archive.telling.saving:
            self.kept.append(identity)

    def _delete(self, archive: Archive, identity: str) -> None:
        self.kept.remove(identity)
        self.unsure.add(identity)
        self._try(lambda: archive.delete([identity]))

    def _try(self, work: Callable[[], object]) -> None:
        with suppress(HistoryError, NotFoundError):  # told in a sentence
            work()


def fail_each_call(scale: float = 1.0, seed: int = 0) -> Result:
    """Let every call of a day's work fail, each in turn."""
    result = Result("each call to the disk failing")
    dice = random.Random(seed)  # noqa: S311 - a choice of cases
    with result.timed(), folder() as where:
        _all(where, dice, scale, result)
        result.check(not open_files(where), "a file is left open")
    return result


def _all(where: Path, dice: random.Random, scale: float, result: Result) -> None:
    for name in CALLS:
        most = _calls(where / "count" / name, name)
        for code in CODES:
            for lasting in (False, True):
                for at in range(1, most + 1):
                    if dice.random() < scale:
                        fault = Fault(name, at, code, lasting)
                        _one(where / f"{name}-{code}-{lasting}-{at}", fault, result)
                        result.cases += 1


def _calls(place: Path, name: str) -> int:
    """Count the calls of a kind in a day on which nothing fails."""
    place.mkdir(parents=True)
    disk = FaultyDisk()
    Day(place / "history.json", disk).live()
    return disk.calls.get(name, 0)


def _one(place: Path, fault: Fault, result: Result) -> None:
    place.mkdir()
    path = place / "history.json"
    disk = FaultyDisk(fault.name, fault.at, fault.code, lasting=fault.lasting)
    disk.short = fault.at * 7
    day = Day(path, disk)
    try:
        day.live()
    except Exception as error:  # noqa: BLE001 - whatever ends the app is what is looked for
        result.faults.append(f"{fault}: the app ended with {error!r}")
        return
    again = Archive(path, limits=_LIMITS)
    again.open()
    again.load()
    shown = [each.id for each in again.view.summaries()]
    result.kept += len(day.kept)
    result.check(again.telling.saving, f"{fault}: {again.telling.trouble}")
    result.check(set(day.kept) <= set(shown), f"{fault}: lost {set(day.kept) - set(shown)}")
    result.check(set(shown) <= {*day.kept, *day.unsure}, f"{fault}: foreign entries")
    result.check(len(set(shown)) == len(shown), f"{fault}: an entry is there twice")
    for identity in shown:
        if identity not in ("old", "other"):
            again.get(identity)
    again.close()
