"""Small TOML files of settings that Sonde writes, and that a person may write as well.

They are edited where they must be, so that comments survive.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import SaveError
from .history.identity import new_id
from .history.troubles import words

LONGEST_NAME: Final = 80
BY_HAND: Final = "Change it with an editor."

_HEADER: Final = re.compile(r"(?m)^[ \t]*\[\[?([^][,\n]+)\]\]?[ \t]*(?:#[^\n]*)?$")
_COMMENTS_AT_END: Final = re.compile(r"(?m)(?:^[ \t]*(?:#[^\n]*)?\n)+\Z")


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of settings; each call reads it again, for others may write it.

    Attributes:
        path: It need not exist.
        what: Of which things it tells, like `filters`.
        largest: Bytes of it that are read at the most.
    """

    path: Path
    what: str
    largest: int

    @property
    def real(self) -> Path:
        """The file itself: people keep a link to a file elsewhere."""
        return Path(os.path.realpath(self.path))

    def read(self) -> str:
        """Return its text, empty where there is no file; raises SaveError."""
        try:
            if self.path.stat().st_size > self.largest:
                raise SaveError(
                    f"{self.path} has more than {self.largest >> 20} MiB.",
                    hint=BY_HAND,
                )
            return self.path.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            why = words(error) if isinstance(error, OSError) else "it is not UTF-8"
            raise SaveError(f"The {self.what} in {self.path} were not read: {why}.") from error

    def parse(self, text: str) -> dict[str, object]:
        """Return what a text of it says; raises SaveError."""
        import tomllib  # most people have no such file

        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise self.refused(str(error)) from error

    def refused(self, why: str) -> SaveError:
        """Return the error for a file that is not understood."""
        return SaveError(
            f"The {self.what} in {self.path} were not read: {why}.",
            hint="Nothing is written there until that is put right.",
        )

    def edit(self, text: str, says: Callable[[str], bool], anew: str) -> None:
        """Write an edited text if it says what it should; else anew, and keep the old file beside.

        Args:
            text: The file as it was, with lines changed.
            says: Tells whether a text says what is wanted; where it raises SaveError, it does not.
            anew: A text that says what is wanted, without anything else.

        Raises:
            SaveError: The file cannot be written.
        """
        real = self.real
        try:
            if not _holds(says, text):
                text = anew
                with suppress(FileNotFoundError):
                    put(real.with_name(real.name + ".old"), real.read_text("utf-8"))
            put(real, text)
        except OSError as error:
            raise SaveError(f"{self.path} was not written: {words(error)}.") from error


def _holds(says: Callable[[str], bool], text: str) -> bool:
    try:
        return says(text)
    except SaveError:
        return False


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner only; raises OSError.

    Its folder is made when it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{new_id()}")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(file, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def toml(text: str) -> str:
    """Write text as TOML: as it is between single quotes where that can be, else with escapes."""
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    # A JSON string is a TOML string, but for DEL, and for halves of characters, which TOML lacks.
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def name_of(typed: str, what: str) -> str:
    """Return a name as it is kept: on one line, of 80 characters at most; raises SaveError.

    Args:
        typed: What a person wrote.
        what: What has the name, like `filter`.
    """
    name = " ".join(typed.split())[:LONGEST_NAME].encode("utf-8", "replace").decode()
    if not name:
        raise SaveError(f"A {what} needs a name.", hint="Type one.")
    return name


def tables_in(text: str, name: str) -> list[tuple[int, int]]:
    """Return where each `[[name]]` stands, to where another table begins that is not within it."""
    headers = [(found.start(), found[1].strip()) for found in _HEADER.finditer(text)]
    outer = [(start, table) for start, table in headers if not table.startswith(f"{name}.")]
    ends = [*(start for start, _ in outer[1:]), len(text)]
    return [(start, end) for (start, table), end in zip(outer, ends, strict=False) if table == name]


def without_table(text: str, name: str, place: int) -> str:
    """Cut a `[[name]]` out, but not the comments that stand behind it, before the next."""
    tables = tables_in(text, name)
    if place >= len(tables):
        return text
    start, end = tables[place]
    kept = _COMMENTS_AT_END.search(text[start:end])
    return text[:start] + (kept[0].lstrip("\n") if kept else "") + text[end:]
