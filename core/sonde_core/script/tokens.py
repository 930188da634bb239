"""The words of steps as text, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..errors import PayloadSyntaxError
from ..quoting import quoted

_TOKEN: Final = re.compile(
    r"""\s+ | \#.* | (?P<string>"(?:[^"\\]|\\.)*") | (?P<raw>/(?:[^/\\]|\\.)*/)"""
    r"""| (?P<hex>(?:0x)?[0-9A-Fa-f]{2}(?:\s+(?:0x)?[0-9A-Fa-f]{2}(?!\S))+)"""
    r"""| (?P<word>[^\s"/][^\s"]*)""",
    re.VERBOSE,
)
_STEP_LINES: Final = re.compile(r"(?m)^.*$")


class StepsSyntaxError(PayloadSyntaxError):
    """Text that is no step.

    Attributes:
        line: Where, from 1.
        column: Likewise.
    """

    hint = "A step is send, expect, wait, half-close, upgrade, close or reset, with what it needs."

    def __init__(self, line: int, column: int, message: str, *, hint: str = "") -> None:
        super().__init__(f"Line {line}, column {column}: {message}", hint=hint)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    """A word.

    Attributes:
        kind: `string`, `raw` for a pattern between slashes, `hex` for several pairs of digits,
            `word`; empty at the end of a step.
        line: From 1.
        column: Likewise.
    """

    kind: str
    text: str
    line: int
    column: int

    @property
    def shown(self) -> str:
        """It as a message about it quotes it."""
        text = self.text if len(self.text) <= 30 else self.text[:29] + "…"
        return quoted(text) if text else "the end"

    def wrong(self, message: str, *, hint: str = "") -> StepsSyntaxError:
        """Make an error of what is wrong with it."""
        return StepsSyntaxError(self.line, self.column, message, hint=hint)


def steps_in(text: str) -> Iterator[list[Token]]:
    """Yield the words of each step: those of a line and of the indented ones under it."""
    held: list[Token] = []
    left_out = True
    for number, match in enumerate(_STEP_LINES.finditer(text), 1):
        row = match[0]
        if not row.strip():
            continue
        if row[0].isspace():
            tokens = [] if left_out else list(_tokens(row, number))
            if left_out and not row.lstrip().startswith("#") and not held:
                _refuse_first(row, number, commented="#" in text[: match.start()])
            held += tokens
            continue
        if held:
            yield held
        held = list(_tokens(row, number))
        left_out = not held
    if held:
        yield held


def _refuse_first(row: str, number: int, *, commented: bool) -> None:
    if not commented:
        column = len(row) - len(row.lstrip()) + 1
        raise StepsSyntaxError(
            number, column, "an indented line goes on with a step, and there is none above it."
        )


def _tokens(row: str, number: int) -> Iterator[Token]:
    at = 0
    while at < len(row):
        match = _TOKEN.match(row, at)
        if match is None:
            what = "a quotation mark" if row[at] == '"' else "a slash"
            raise StepsSyntaxError(number, at + 1, f"{what} that closes is missing.")
        if match.lastgroup:
            yield Token(match.lastgroup, match[0], number, at + 1)
        at = match.end()
