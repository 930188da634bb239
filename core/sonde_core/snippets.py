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

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .errors import SaveError
from .history.troubles import words
from .own_file import put, toml
from .payload import InputMode, LineEnding
from .steps import MessageKind

FILE: Final = "snippets.toml"
LARGEST: Final = 8 << 20  # bytes of the file
LONGEST_NAME: Final = 80

_HEADER: Final = re.compile(r"(?m)^[ \t]*\[\[[ \t]*snippet[ \t]*\]\][^\n]*\n?")
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
            return self._parsed(self._text())
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
        snippet = replace(snippet, name=_name(snippet.name))
        text = self._text()
        before = self._parsed(text)
        names = [each.name for each in before]
        if snippet.name in names:
            place = names.index(snippet.name)
            after = [*before[:place], snippet, *before[place + 1 :]]
            text = _without(text, place)
        else:
            place = len(before) if place is None else min(place, len(before))
            after = [*before[:place], snippet, *before[place:]]
        self._write(_with(text, place, snippet), after)

    def rename(self, old: str, new: str) -> None:
        """Give a snippet another name.

        Raises:
            SaveError: There is no such one, the name is taken, or the file cannot be written.
        """
        new = _name(new)
        text = self._text()
        before = self._parsed(text)
        place = _place(before, old)
        if new != old and any(each.name == new for each in before):
            raise SaveError(f"There is a snippet {new} already.", hint="Choose another name.")
        after = [*before]
        after[place] = replace(before[place], name=new)
        line = f"name = {toml(new)}"
        for start, end in _blocks(text)[place : place + 1]:
            block = _NAME_LINE.sub(lambda _: line, text[start:end], count=1)
            text = text[:start] + block + text[end:]
        self._write(text, after)

    def delete(self, name: str) -> tuple[Snippet, int]:
        """Delete a snippet; returns it and its place, for `keep` to put it back.

        Raises:
            SaveError: There is no such one, or the file cannot be written.
        """
        text = self._text()
        before = self._parsed(text)
        place = _place(before, name)
        self._write(_without(text, place), before[:place] + before[place + 1 :])
        return before[place], place

    # the file

    def _text(self) -> str:
        try:
            if self.path.stat().st_size > LARGEST:
                raise SaveError(f"{self.path} has more than {LARGEST >> 20} MiB.")
            return self.path.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            why = words(error) if isinstance(error, OSError) else "it is not UTF-8"
            raise SaveError(f"The snippets in {self.path} were not read: {why}.") from error

    def _parsed(self, text: str) -> list[Snippet]:
        import tomllib  # most people have no such file

        try:
            rows = tomllib.loads(text).get("snippet", [])
        except (ValueError, RecursionError) as error:
            raise SaveError(
                f"The snippets in {self.path} were not read: {error}.",
                hint="Nothing is written there until that is put right.",
            ) from error
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
        """Write the file if it says what is wanted; else anew, and keep the old one."""
        try:
            path = Path(os.path.realpath(self.path))  # people keep a link here to a file elsewhere
            if not self._says(text, wanted):
                text = "\n".join(_block(each) for each in wanted)
                with suppress(FileNotFoundError):
                    put(path.with_name(path.name + ".old"), path.read_text("utf-8"))
            put(path, text)
        except OSError as error:
            raise SaveError(f"{self.path} was not written: {words(error)}.") from error

    def _says(self, text: str, wanted: Sequence[Snippet]) -> bool:
        try:
            return self._parsed(text) == list(wanted)
        except SaveError:
            return False


def _name(name: str) -> str:
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise SaveError("A snippet needs a name.", hint="Type one.")
    return name


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


def _blocks(text: str) -> list[tuple[int, int]]:
    """Return where each snippet stands: from its header to the next one's."""
    starts = [found.start() for found in _HEADER.finditer(text)]
    return list(zip(starts, [*starts[1:], len(text)], strict=False))


def _with(text: str, place: int, snippet: Snippet) -> str:
    starts = [start for start, _ in _blocks(text)]
    at = starts[place] if place < len(starts) else len(text)
    head, rest = text[:at], text[at:]
    gap = "" if not head or head.endswith("\n\n") else "\n" if head.endswith("\n") else "\n\n"
    return f"{head}{gap}{_block(snippet)}{'' if not rest else chr(10)}{rest}"


def _without(text: str, place: int) -> str:
    """Cut a snippet out, but not the comments that stand behind it, before the next one."""
    blocks = _blocks(text)
    if place >= len(blocks):
        return text
    start, end = blocks[place]
    block = text[start:end]
    kept = re.search(r"(?:^[ \t]*(?:#[^\n]*)?\n)+\Z", block, re.MULTILINE)
    return text[:start] + (kept[0].lstrip("\n") if kept else "") + text[end:]


def _block(snippet: Snippet) -> str:
    lines = [f"name = {toml(snippet.name)}", f"text = {toml(snippet.text)}"]
    lines += [f'mode = "{snippet.mode}"', f'ending = "{snippet.ending}"']
    if snippet.kind:
        lines.append(f'kind = "{snippet.kind}"')
    if snippet.fill is not None:
        lines.append(f"fill = {str(snippet.fill).lower()}")
    return "\n".join(["[[snippet]]", *lines, ""])
