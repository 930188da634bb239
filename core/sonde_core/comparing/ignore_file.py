"""The file of rules for what comparisons leave out; what else a person wrote there stays.

    [[ignore]]
    place = "header:etag"
    endpoint = "https://api.example.com/*"

Without an endpoint a rule is for everywhere. A rule is added at the end and cut out where it
stands, so comments survive; where that would not say just what it should, nothing is written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import HistoryError, RequestError, SaveError
from ..history.disk import Disk
from ..history.identity import new_id
from ..history.lock import BusyError, FileLock
from ..history.troubles import words
from . import places
from .ignoring import IgnoreRule, IgnoreRules

FILE: Final = "ignore.toml"
LARGEST: Final = 1 << 20  # bytes of the file
MOST: Final = 1000  # rules
_PATIENCE: Final = 5.0  # seconds that another Sonde may be writing
_TOLD: Final = 4
_HEADER: Final = re.compile(r"(?m)^[ \t]*\[\[[ \t]*ignore[ \t]*\]\][^\n]*\n?")
_BY_HAND: Final = "Change it with an editor."


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
            rows = self._rows(self._text())
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
            text = self._text()
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
            text = self._text()
            rows = self._rows(text)
            if rule not in rows:
                return
            place = rows.index(rule)
            self._write(_without(text, place), rows[:place] + rows[place + 1 :])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other instances from writing between our reading and writing."""
        real = self._real
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
    def _real(self) -> Path:
        return Path(os.path.realpath(self.path))  # people keep a link here to a file elsewhere

    def _text(self) -> str:
        try:
            if self.path.stat().st_size > LARGEST:
                raise SaveError(f"{self.path} has more than {LARGEST >> 20} MiB.", hint=_BY_HAND)
            return self.path.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            why = words(error) if isinstance(error, OSError) else "it is not UTF-8"
            raise SaveError(f"The rules in {self.path} were not read: {why}.") from error

    def _rows(self, text: str) -> list[IgnoreRule | None]:
        """Return a rule for each table, or None for one that is not understood."""
        import tomllib

        try:
            rows = tomllib.loads(text).get("ignore", [])
        except (ValueError, RecursionError) as error:
            raise SaveError(
                f"The rules in {self.path} were not read: {error}.",
                hint="Nothing is written there until that is put right.",
            ) from error
        return [_rule(row) for row in rows] if isinstance(rows, list) else []

    def _write(self, text: str, wanted: Sequence[IgnoreRule | None]) -> None:
        try:
            fits = self._rows(text) == list(wanted)
        except SaveError:
            fits = False
        if not fits:
            raise SaveError(f"{self.path} is written in a way of its own.", hint=_BY_HAND)
        real = self._real
        beside = real.with_name(f".{real.name}.{new_id()}")
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with open(os.open(beside, flags, 0o600), "w", encoding="utf-8") as opened:
                opened.write(text)
                opened.flush()
                os.fsync(opened.fileno())
            beside.replace(real)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


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


def _without(text: str, place: int) -> str:
    """Cut a table out, but not the comments that stand behind it, before the next one."""
    starts = [found.start() for found in _HEADER.finditer(text)]
    if place >= len(starts):
        return text
    start, end = starts[place], [*starts[1:], len(text)][place]
    kept = re.search(r"(?:^[ \t]*(?:#[^\n]*)?\n)+\Z", text[start:end], re.MULTILINE)
    return text[:start] + (kept[0].lstrip("\n") if kept else "") + text[end:]


def _block(rule: IgnoreRule) -> str:
    lines = ["[[ignore]]", f"place = {_toml(rule.place)}"]
    if rule.endpoint:
        lines.append(f"endpoint = {_toml(rule.endpoint)}")
    return "\n".join([*lines, ""])


def _toml(text: str) -> str:
    """Write text between single quotes where that can be, so that a path is not escaped twice."""
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    # A JSON string is a TOML string, but for DEL, and for halves of characters, which TOML lacks.
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
