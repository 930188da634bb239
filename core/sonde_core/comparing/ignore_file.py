"""The file of rules for what comparisons leave out; what else a person wrote there stays.

    [[ignore]]
    place = "header:etag"
    endpoint = "https://api.example.com/*"

Without an endpoint a rule is for everywhere. A rule is added at the end and cut out where it
stands, so comments survive; where that would not say just what it should, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import HistoryError, RequestError, SaveError
from ..history.disk import Disk
from ..history.lock import BusyError, FileLock
from ..history.troubles import words
from ..own_file import BY_HAND, OwnFile, put, toml, without_table
from . import places
from .ignoring import IgnoreRule, IgnoreRules

FILE: Final = "ignore.toml"
LARGEST: Final = 1 << 20  # bytes of the file
MOST: Final = 1000  # rules
_PATIENCE: Final = 5.0  # seconds that another Sonde may be writing
_TOLD: Final = 4
_TABLE: Final = "ignore"


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The file; each call reads it again, for others may write it.

    Attributes:
        path: It need not exist.
    """

    path: Path

    @classmethod
    def beside(cls, config: Path) -> IgnoreFile:
        """Return the one beside a `config.toml`."""
        return cls(config.with_name(FILE))

    @classmethod
    def in_folder(cls, folder: Path) -> IgnoreFile:
        """Return the one in a folder."""
        return cls(folder / FILE)

    def read(self) -> IgnoreRules:
        """Return the rules; of what cannot be read only the warning."""
        try:
            rows = self._rows(self._file.read())
        except SaveError as error:
            return IgnoreRules(warning=f"{error.message} {error.advice}".strip())
        wrong = [number for number, row in enumerate(rows, 1) if row is None]
        warning = ""
        if wrong:
            told = ", ".join(map(str, wrong[:_TOLD])) + (", …" if len(wrong) > _TOLD else "")
            warning = f"Rule {told} in {self.path} was not understood, and leaves nothing out."
        return IgnoreRules(tuple(row for row in rows if row is not None), warning=warning)

    def add(self, rule: IgnoreRule) -> None:
        """Write a rule, unless it is there; takes up to seconds while others write.

        Raises:
            RequestError: Its place is none.
            SaveError: The file cannot be read or written, or has too many rules.
        """
        places.parse([rule.place])
        with self._alone():
            text = self._file.read()
            rows = self._rows(text)
            if rule in rows:
                return
            if len(rows) >= MOST:
                raise SaveError(f"There are {MOST} rules already.", hint="Delete some first.")
            gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
            self._write(f"{text}{gap}{_block(rule)}", [*rows, rule])

    def remove(self, rule: IgnoreRule) -> None:
        """Cut a rule out; nothing happens when it is not there. Raises SaveError."""
        with self._alone():
            text = self._file.read()
            rows = self._rows(text)
            if rule not in rows:
                return
            place = rows.index(rule)
            self._write(without_table(text, _TABLE, place), rows[:place] + rows[place + 1 :])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other instances from writing between our reading and writing."""
        real = self._file.real
        try:
            real.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(real.with_name(f".{FILE}.lock"), Disk())
            try:
                with lock.hold(_PATIENCE):
                    yield
            finally:
                lock.close()
        except BusyError as error:
            raise SaveError(f"Another Sonde is writing {self.path}.", hint="Try again.") from error
        except HistoryError as error:
            raise SaveError(f"{self.path} was not written: {error.message}") from error
        except OSError as error:
            raise SaveError(f"{self.path} was not written: {words(error)}.") from error

    @property
    def _file(self) -> OwnFile:
        return OwnFile(self.path, "rules", LARGEST)

    def _rows(self, text: str) -> list[IgnoreRule | None]:
        """Return a rule for each table, or None for one that is not understood."""
        rows = self._file.parse(text).get(_TABLE, [])
        return [_rule(row) for row in rows] if isinstance(rows, list) else []

    def _write(self, text: str, wanted: Sequence[IgnoreRule | None]) -> None:
        try:
            fits = self._rows(text) == list(wanted)
        except SaveError:
            fits = False
        if not fits:
            raise SaveError(f"{self.path} is written in a way of its own.", hint=BY_HAND)
        put(self._file.real, text)


def _rule(row: object) -> IgnoreRule | None:
    if not isinstance(row, dict):
        return None
    place, endpoint = row.get("place"), row.get("endpoint", "")
    if not (isinstance(place, str) and isinstance(endpoint, str)):
        return None
    try:
        places.parse([place])
    except RequestError:
        return None
    return IgnoreRule(place, endpoint)


def _block(rule: IgnoreRule) -> str:
    lines = ["[[ignore]]", f"place = {toml(rule.place)}"]
    if rule.endpoint:
        lines.append(f"endpoint = {toml(rule.endpoint)}")
    return "\n".join([*lines, ""])
