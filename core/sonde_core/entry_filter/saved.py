"""Filters with a name, in `filters.toml`: a line for each, like `slow = 'time>1s'`.

The file is edited line by line, so that comments survive. Where the result would not say just what
it should, the file is written anew and the old one is kept beside it as `filters.toml.old`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import SaveError
from ..history.troubles import words
from ..own_file import put, toml
from .entry_filter import parse

FILE: Final = "filters.toml"
LARGEST: Final = 1 << 20  # bytes of the file
LONGEST_NAME: Final = 80


@dataclass(slots=True)
class SavedFilters:
    """The file; each call reads it again, for others may write it.

    Attributes:
        path: It need not exist.
        warning: Why none of it was read; empty if it was.
    """

    path: Path
    warning: str = ""

    @classmethod
    def beside(cls, config: Path) -> SavedFilters:
        """Return those beside a `config.toml`."""
        return cls(config.with_name(FILE))

    def read(self) -> dict[str, str]:
        """Return text by name, in the file's order; none of a file that cannot be read."""
        self.warning = ""
        try:
            return self._parsed(self._text())
        except SaveError as error:
            self.warning = f"{error.message} {error.advice}".strip()
            return {}

    def keep(self, name: str, text: str) -> None:
        """Add a filter, or write it in the place of the one with its name.

        Raises:
            FilterError: The text is no filter.
            SaveError: The name is empty, or the file cannot be read or written.
        """
        name = _name(name)
        parse(text)
        old = self._text()
        wanted = self._parsed(old) | {name: text}
        self._write(_with(old, name, {name: text}), wanted)

    def rename(self, old: str, new: str) -> None:
        """Give a filter another name.

        Raises:
            SaveError: There is no such one, the name is taken, or the file cannot be written.
        """
        new = _name(new)
        text = self._text()
        before = self._parsed(text)
        if old not in before:
            raise SaveError(f"There is no filter {old} any more.")
        if new != old and new in before:
            raise SaveError(f"There is a filter {new} already.", hint="Choose another name.")
        wanted = {new if name == old else name: each for name, each in before.items()}
        self._write(_with(text, old, {new: before[old]}), wanted)

    def delete(self, name: str) -> str:
        """Delete a filter; returns its text, for `keep` to put it back.

        Raises:
            SaveError: There is no such one, or the file cannot be written.
        """
        text = self._text()
        wanted = self._parsed(text)
        if name not in wanted:
            raise SaveError(f"There is no filter {name} any more.")
        gone = wanted.pop(name)
        self._write(_with(text, name, {}), wanted)
        return gone

    def _text(self) -> str:
        try:
            if self.path.stat().st_size > LARGEST:
                raise SaveError(f"{self.path} has more than {LARGEST >> 20} MiB.")
            return self.path.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            why = words(error) if isinstance(error, OSError) else "it is not UTF-8"
            raise SaveError(f"The filters in {self.path} were not read: {why}.") from error

    def _parsed(self, text: str) -> dict[str, str]:
        try:
            values = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            why = str(error)
        else:
            found = {name: each for name, each in values.items() if isinstance(each, str)}
            if len(found) == len(values):
                return found
            why = f"{next(name for name in values if name not in found)} is no text"
        raise SaveError(
            f"The filters in {self.path} were not read: {why}.",
            hint="Nothing is written there until that is put right.",
        )

    def _write(self, text: str, wanted: Mapping[str, str]) -> None:
        """Write the file if it says what is wanted; else anew, and keep the old one."""
        path = Path(os.path.realpath(self.path))  # people keep a link here to a file elsewhere
        try:
            if not self._says(text, wanted):
                text = "".join(_line(name, each) for name, each in wanted.items())
                with suppress(FileNotFoundError):
                    put(path.with_name(path.name + ".old"), path.read_text("utf-8"))
            put(path, text)
        except OSError as error:
            raise SaveError(f"{self.path} was not written: {words(error)}.") from error

    def _says(self, text: str, wanted: Mapping[str, str]) -> bool:
        try:
            return list(self._parsed(text).items()) == list(wanted.items())
        except SaveError:
            return False


def _name(name: str) -> str:
    name = " ".join(name.split())[:LONGEST_NAME].encode("utf-8", "replace").decode()
    if not name:
        raise SaveError("A filter needs a name.", hint="Type one.")
    return name


def _with(text: str, name: str, new: Mapping[str, str]) -> str:
    """Put other lines in the place of the one that holds a name, or at the end."""
    added = [_line(*pair) for pair in new.items()]
    lines = text.splitlines(keepends=True)
    for number, each in enumerate(lines):
        if name in _names(each):
            return "".join([*lines[:number], *added, *lines[number + 1 :]])
    gap = [] if not lines or lines[-1].endswith("\n") else ["\n"]
    return "".join([*lines, *gap, *added])


def _names(line: str) -> set[str]:
    try:
        return set(tomllib.loads(line))
    except (ValueError, RecursionError):
        return set()


def _line(name: str, text: str) -> str:
    return f"{toml(name)} = {toml(text)}\n"
