"""Filters with a name, in `filters.toml`: a line for each, like `slow = 'time>1s'`.

The file is edited line by line, so that comments survive. Where the result would not say just what
it should, the file is written anew and the old one is kept beside it as `filters.toml.old`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import SaveError
from ..own_file import OwnFile, name_of, toml
from .entry_filter import parse

FILE: Final = "filters.toml"
LARGEST: Final = 1 << 20  # bytes of the file


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
            return self._parsed(self._file.read())
        except SaveError as error:
            self.warning = f"{error.message} {error.advice}".strip()
            return {}

    def keep(self, name: str, text: str) -> None:
        """Add a filter, or write it in the place of the one with its name.

        Raises:
            FilterError: The text is no filter.
            SaveError: The name is empty, or the file cannot be read or written.
        """
        name = name_of(name, "filter")
        parse(text)
        old = self._file.read()
        wanted = self._parsed(old) | {name: text}
        self._write(_with(old, name, {name: text}), wanted)

    def rename(self, old: str, new: str) -> None:
        """Give a filter another name.

        Raises:
            SaveError: There is no such one, the name is taken, or the file cannot be written.
        """
        new = name_of(new, "filter")
        text = self._file.read()
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
        text = self._file.read()
        wanted = self._parsed(text)
        if name not in wanted:
            raise SaveError(f"There is no filter {name} any more.")
        gone = wanted.pop(name)
        self._write(_with(text, name, {}), wanted)
        return gone

    @property
    def _file(self) -> OwnFile:
        return OwnFile(self.path, "filters", LARGEST)

    def _parsed(self, text: str) -> dict[str, str]:
        values = self._file.parse(text)
        found = {name: each for name, each in values.items() if isinstance(each, str)}
        if len(found) < len(values):
            wrong = next(name for name in values if name not in found)
            raise self._file.refused(f"{wrong} is no text")
        return found

    def _write(self, text: str, wanted: Mapping[str, str]) -> None:
        anew = "".join(_line(name, each) for name, each in wanted.items())
        in_order = list(wanted.items())
        self._file.edit(text, lambda text: list(self._parsed(text).items()) == in_order, anew)


def _with(text: str, name: str, new: Mapping[str, str]) -> str:
    """Put other lines in the place of the one that holds a name, or at the end."""
    added = [_line(*pair) for pair in new.items()]
    lines = re.split(r"(?<=\n)", text)  # no other character ends a line of TOML
    for number, each in enumerate(lines):
        if name in _names(each):
            return "".join([*lines[:number], *added, *lines[number + 1 :]])
    gap = "" if not text or text.endswith("\n") else "\n"
    return "".join([text, gap, *added])


def _names(line: str) -> set[str]:
    try:
        return set(tomllib.loads(line))
    except (ValueError, RecursionError):
        return set()


def _line(name: str, text: str) -> str:
    return f"{toml(name)} = {toml(text)}\n"
