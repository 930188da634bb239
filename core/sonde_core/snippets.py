"""Payloads with a name, in `snippets.toml`; what else a person wrote there stays.

    [[snippet]]
    name = "login"
    text = 'USER {{user}}'
    mode = "text"
    ending = "CRLF"

The file is edited where it must be, and comments survive. Where the result would not say just what
it should, the file is written anew and the old one is kept beside it as `snippets.toml.old`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .errors import SaveError
from .own_file import OwnFile, name_of, tables_in, toml, without_table
from .payload import InputMode, LineEnding
from .steps import MessageKind

FILE: Final = "snippets.toml"
LARGEST: Final = 8 << 20  # bytes of the file

_TABLE: Final = "snippet"
_NAME_LINE: Final = re.compile(r"(?m)^[ \t]*name[ \t]*=[^\n]*$")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A payload with a name, as it is typed.

    Attributes:
        fill: Whether `{{…}}` is filled in; None: when a name in it is known.
        kind: For WebSocket.
    """

    name: str
    text: str
    mode: InputMode = InputMode.TEXT
    ending: LineEnding = LineEnding.NONE
    kind: MessageKind = MessageKind.NONE
    fill: bool | None = None


@dataclass(slots=True)
class Snippets:
    """The file; each call reads it again, for others may write it.

    Attributes:
        path: It need not exist.
        warning: What of it was not understood when it was read last; empty for nothing.
    """

    path: Path
    warning: str = ""

    @classmethod
    def beside(cls, config: Path) -> Snippets:
        """Return those beside a `config.toml`."""
        return cls(config.with_name(FILE))

    def read(self) -> list[Snippet]:
        """Return the snippets, in their order; none of a file that cannot be read."""
        try:
            return self._parsed(self._file.read())
        except SaveError as error:
            self.warning = f"{error.message} {error.advice}".strip()
            return []

    def keep(self, snippet: Snippet, place: int | None = None) -> None:
        """Add a snippet, or write it in the place of the one with its name.

        Args:
            snippet: What to keep; its name is cut to 80 characters.
            place: Before which other one it is put when it is new; None for the end.

        Raises:
            SaveError: The name is empty, or the file cannot be read or written.
        """
        snippet = replace(snippet, name=name_of(snippet.name, "snippet"))
        text = self._file.read()
        before = self._parsed(text)
        names = [each.name for each in before]
        if snippet.name in names:
            place = names.index(snippet.name)
            after = [*before[:place], snippet, *before[place + 1 :]]
            text = without_table(text, _TABLE, place)
        else:
            place = len(before) if place is None else min(place, len(before))
            after = [*before[:place], snippet, *before[place:]]
        self._write(_with(text, place, snippet), after)

    def rename(self, old: str, new: str) -> None:
        """Give a snippet another name.

        Raises:
            SaveError: There is no such one, the name is taken, or the file cannot be written.
        """
        new = name_of(new, "snippet")
        text = self._file.read()
        before = self._parsed(text)
        place = _place(before, old)
        if new != old and any(each.name == new for each in before):
            raise SaveError(f"There is a snippet {new} already.", hint="Choose another name.")
        after = [*before]
        after[place] = replace(before[place], name=new)
        line = f"name = {toml(new)}"
        for start, end in tables_in(text, _TABLE)[place : place + 1]:
            block = _NAME_LINE.sub(lambda _: line, text[start:end], count=1)
            text = text[:start] + block + text[end:]
        self._write(text, after)

    def delete(self, name: str) -> tuple[Snippet, int]:
        """Delete a snippet; returns it and its place, for `keep` to put it back.

        Raises:
            SaveError: There is no such one, or the file cannot be written.
        """
        text = self._file.read()
        before = self._parsed(text)
        place = _place(before, name)
        after = before[:place] + before[place + 1 :]
        self._write(without_table(text, _TABLE, place), after)
        return before[place], place

    @property
    def _file(self) -> OwnFile:
        return OwnFile(self.path, "snippets", LARGEST)

    def _parsed(self, text: str) -> list[Snippet]:
        rows = self._file.parse(text).get(_TABLE, [])
        rows = rows if isinstance(rows, list) else []
        self.warning = ""
        snippets = [_snippet(row) for row in rows]
        if None in snippets:
            # Their places count, so one of them could take another's.
            number = snippets.index(None) + 1
            raise SaveError(
                f"Snippet {number} in {self.path} has no name, or an unknown mode.",
                hint="Nothing is written there until that is put right.",
            )
        return [each for each in snippets if each is not None]

    def _write(self, text: str, wanted: Sequence[Snippet]) -> None:
        anew = "\n".join(_block(each) for each in wanted)
        self._file.edit(text, lambda text: self._parsed(text) == list(wanted), anew)


def _place(snippets: Sequence[Snippet], name: str) -> int:
    for place, each in enumerate(snippets):
        if each.name == name:
            return place
    raise SaveError(f"There is no snippet {name} any more.")


def _snippet(row: object) -> Snippet | None:
    if not isinstance(row, dict):
        return None
    name, text, fill = row.get("name"), row.get("text", ""), row.get("fill")
    if not (isinstance(name, str) and name and isinstance(text, str)):
        return None
    try:
        mode = InputMode(row.get("mode", "text"))
        ending = LineEnding(row.get("ending", "none"))
        kind = MessageKind(row.get("kind", ""))
    except ValueError:
        return None
    return Snippet(name, text, mode, ending, kind, fill if isinstance(fill, bool) else None)


def _with(text: str, place: int, snippet: Snippet) -> str:
    starts = [start for start, _ in tables_in(text, _TABLE)]
    at = starts[place] if place < len(starts) else len(text)
    head, rest = text[:at], text[at:]
    gap = "" if not head or head.endswith("\n\n") else "\n" if head.endswith("\n") else "\n\n"
    return f"{head}{gap}{_block(snippet)}{'' if not rest else chr(10)}{rest}"


def _block(snippet: Snippet) -> str:
    lines = [f"name = {toml(snippet.name)}", f"text = {toml(snippet.text)}"]
    lines += [f'mode = "{snippet.mode}"', f'ending = "{snippet.ending}"']
    if snippet.kind:
        lines.append(f'kind = "{snippet.kind}"')
    if snippet.fill is not None:
        lines.append(f"fill = {str(snippet.fill).lower()}")
    return "\n".join(["[[snippet]]", *lines, ""])
