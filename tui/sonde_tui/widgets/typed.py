"""What stands in the line to send from, and how it is meant."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sonde_core.errors import PayloadSyntaxError
from sonde_core.left_out import refuse_in
from sonde_core.model import Chunk
from sonde_core.payload import InputMode, LineEnding, encode, escape, one_line, spread
from sonde_core.secrets import mask_wire
from sonde_core.snippets import Snippet
from sonde_core.steps import MessageKind
from sonde_core.templates import Values, check, fill, is_template

TEXTS: Final = frozenset({InputMode.TEXT, InputMode.RAW})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Typed:
    """A message as it is typed.

    Attributes:
        kind: For WebSocket.
        fill: Whether `{{…}}` is filled in; None: when a name in it is known.
    """

    text: str
    mode: InputMode = InputMode.TEXT
    ending: LineEnding = LineEnding.NONE
    kind: MessageKind = MessageKind.NONE
    fill: bool | None = None

    @classmethod
    def of_chunk(cls, chunk: Chunk) -> Typed:
        """Return what sends these bytes again, just as they are."""
        fill = False if b"{{" in chunk.data else None
        return cls(escape(chunk.data), kind=chunk.kind, fill=fill)

    @classmethod
    def of_snippet(cls, snippet: Snippet) -> Typed:
        return cls(snippet.text, snippet.mode, snippet.ending, snippet.kind, snippet.fill)

    def as_snippet(self, name: str) -> Snippet:
        return Snippet(name, self.text, self.mode, self.ending, self.kind, self.fill)

    @property
    def data(self) -> bytes:
        """The bytes, but of a file, before they are filled in; raises PayloadSyntaxError."""
        return encode(self.text, self.mode, self.ending)

    @property
    def has_braces(self) -> bool:
        """Whether something in it may be there to be filled in."""
        return self.mode in TEXTS and "{{" in self.text

    def is_filled(self, values: Values) -> bool:
        """Whether its fields are filled in; raises PayloadSyntaxError."""
        if not self.has_braces:
            return False
        return is_template(self.data, values) if self.fill is None else self.fill

    def filled(self, values: Values) -> bytes:
        """Return the bytes to send; raises PayloadSyntaxError, also where a secret is missing."""
        refuse_in(self.data, PayloadSyntaxError)
        return fill(self.data, values) if self.is_filled(values) else self.data

    def fill_in(self, values: Values) -> tuple[bytes, Callable[[], None]]:
        """Return the bytes to send like `filled`, and what gives back the numbers they took."""
        before = dict(values.counters)
        return self.filled(values), values.giving_back(before)

    def check(self, values: Values) -> None:
        """Raise what `filled` would raise of its fields, without counting."""
        if self.is_filled(values):
            check(self.data, values)
        else:
            _ = self.data

    def on_lines(self) -> Typed:
        """Return the same message for an editor of many lines."""
        return replace(self, text=spread(self.text)) if self.mode is InputMode.TEXT else self

    def on_one_line(self) -> Typed:
        """Return the same message for a field of one line."""
        match self.mode:
            case InputMode.TEXT:
                return replace(self, text=one_line(self.text))
            case InputMode.RAW if _CONTROL.search(self.text) or "\n" in self.text:
                return replace(self, text=_escaped(self.text), mode=InputMode.TEXT)
            case InputMode.RAW:
                return self
            case _:
                return replace(self, text=" ".join(self.text.split("\n")).strip())

    def veiled(self) -> Typed:
        """Return it as it may be shown: with stars over what is secret in HTTP."""
        if self.mode is InputMode.FILE:
            return self
        try:
            data = encode(self.text, self.mode)
        except PayloadSyntaxError:
            return replace(self, text=mask_wire(self.text.encode("utf-8", "replace")).decode())
        hidden = mask_wire(data)
        if hidden == data:
            return self
        return replace(self, text=Typed(escape(hidden)).text_in(self.mode))

    def text_in(self, mode: InputMode) -> str:
        """Return the text that sends the same bytes in another mode; raises PayloadSyntaxError."""
        if self.mode is mode or InputMode.FILE in (self.mode, mode):
            return self.text
        data = encode(self.text, self.mode)
        match mode:
            case InputMode.HEX:
                return data.hex(" ")
            case InputMode.BASE64:
                return b64encode(data).decode()
            case InputMode.RAW:
                return data.decode("utf-8", "replace")
            case _:
                return escape(data)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What becomes of a block of lines that is pasted.

    Attributes:
        before: What stands before the cursor, as it has to be written then.
        text: The block.
        after: What stands behind the cursor.
    """

    before: str
    text: str
    after: str
    mode: InputMode


def paste(block: str, before: str, after: str, mode: InputMode, *, lines: bool) -> Pasted:
    """Put a block into what is typed, so that just its bytes are sent.

    Nothing in it is an escape: where escapes count, its backslashes are doubled; and into an empty
    field it goes raw. Many terminals paste carriage returns for line feeds.

    Args:
        block: What is pasted.
        before: What stands before the cursor.
        after: What stands behind it.
        mode: How they are meant.
        lines: Whether there is room for more than one line; else line feeds are escapes.
    """
    if "\n" not in block:
        block = block.replace("\r", "\n")
    if mode not in TEXTS:
        return Pasted(before, " ".join(block.split()), after, mode)
    plain = lines and _CONTROL.search(block) is None
    if plain and (mode is InputMode.RAW or not (before or after)):
        return Pasted(before, block, after, InputMode.RAW)
    if mode is InputMode.RAW:
        before, after = _escaped(before), _escaped(after)
    return Pasted(before, _escaped(block), after, InputMode.TEXT)


def _escaped(text: str) -> str:
    return escape(text.encode("utf-8", "replace"))
