r"""The words of a filter, each with its place.

A word ends at a space, or at a closing parenthesis that it did not open. In quotes `\"`, `\\`,
`\n`, `\r` and `\t` are escapes; another backslash stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, auto
from typing import Final

from ..endpoint import HTTP_SCHEMES, SESSION_SCHEMES
from .errors import FilterError, ValueRefused
from .keys import FLAGS, KEYS, Key
from .tree import Term

LONGEST: Final = 10_000  # characters of a filter

_SPACE: Final = re.compile(r"\s*")
_KEY: Final = re.compile(r"([A-Za-z]+)(:(?:<=|>=|!=|<|>|=)?|<=|>=|!=|<|>|=)")
_NAME: Final = re.compile(r'([^\s=()"]+)=?')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE: Final = re.compile(r'\\([\\"nrt])')
_ESCAPES: Final = {"\\": "\\", '"': '"', "n": "\n", "r": "\r", "t": "\t"}
_NEAR: Final = 0.8
_AFTER_HOST: Final = frozenset("0123456789:/ \t\r\n")
# What may stand before a colon and letters, and is no key.
_BEFORE_COLON: Final = (
    HTTP_SCHEMES | SESSION_SCHEMES | {"data", "file", "localhost", "mailto", "urn"}
)


class Kind(Enum):
    """What a token is."""

    OPEN = auto()
    CLOSE = auto()
    OR = auto()
    AND = auto()
    NOT = auto()
    WORD = auto()
    FLAG = auto()
    TERM = auto()


_KEYWORDS: Final = {"or": Kind.OR, "and": Kind.AND, "not": Kind.NOT}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a filter.

    Attributes:
        start: Where it begins, in characters.
        end: Where it ends.
        text: Of a word, without quotes; of a flag its name.
        term: Of a term.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    term: Term | None = None


def tokens(text: str) -> list[Token]:
    """Cut a filter into its words; raises FilterError."""
    if len(text) > LONGEST:
        raise FilterError(f"A filter has {LONGEST:,} characters at most.", LONGEST, len(text))
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    place = _after_space(text, 0)
    while place < len(text):
        token = _token(text, place)
        yield token
        place = _after_space(text, token.end)


def _after_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _token(text: str, start: int) -> Token:
    match text[start]:
        case "(":
            return Token(Kind.OPEN, start, start + 1)
        case ")":
            return Token(Kind.CLOSE, start, start + 1)
        case "-":
            if _after_space(text, start + 1) != start + 1 or start + 1 == len(text):
                raise FilterError(
                    "After - stands what is to be left out.", start, start + 1, hint="Like -500."
                )
            return Token(Kind.NOT, start, start + 1)
        case '"':
            value, end = _quoted(text, start)
            return Token(Kind.WORD, start, end, value)
    return _term_or_word(text, start)


def _term_or_word(text: str, start: int) -> Token:
    match = _KEY.match(text, start)
    if match:
        key = KEYS.get(match[1].lower())
        if key is None:
            _check_slip(match, text)
        elif match[2] in key.signs:
            return _term(text, start, match.end(), key, match[2])
        elif match[2].startswith(":"):  # what follows belongs to the value
            return _term(text, start, match.start(2) + 1, key, ":")
        elif match[2] not in ("=", "!="):
            raise FilterError(
                f"{key.name} takes a colon.", start, match.end(), hint=f"Like {key.example}."
            )
    word, end = _bare(text, start)
    kind = _KEYWORDS.get(word.lower())
    if kind is None and word.lower() in FLAGS:
        return Token(Kind.FLAG, start, end, word.lower())
    return Token(kind or Kind.WORD, start, end, word)


def _check_slip(match: re.Match[str], text: str) -> None:
    """Refuse what is nearly a key, and what looks like one; addresses have a colon, too."""
    name, sign, end = match[1].lower(), match[2], match.end()
    if text.startswith("//", end) or sign in ("=", "!="):
        return
    near = get_close_matches(name, KEYS, 1, _NEAR)
    if name in FLAGS:
        raise FilterError(
            f"{name} takes no value.", match.start(), end, hint=f"Write {name}, or -{name}."
        )
    if not near and (not sign.startswith(":") or _is_address(name, text[end:])):
        return
    meant = f"Did you mean {near[0]}:?" if near else "F1 and sonde history --help list the keys."
    raise FilterError(
        f"There is no {match[1]}{sign} to filter by.",
        match.start(),
        end,
        hint=f"{meant} Quotes make it a word.",
    )


def _is_address(name: str, rest: str) -> bool:
    """Whether what stands before a colon is a scheme, or a host before a port; or more is to come.

    The colons of IPv6 are beside digits or each other.
    """
    return name in _BEFORE_COLON or not rest.strip() or rest[0] in _AFTER_HOST


def _term(text: str, start: int, place: int, key: Key, sign: str) -> Token:
    sign = sign.removeprefix(":") or sign
    name = ""
    if key.named:
        name, place = _name(text, start, place, key)
    quoted = text.startswith('"', place)
    value, end = _quoted(text, place) if quoted else _bare(text, place)
    if not value and not name:
        raise FilterError(f"{key.name} needs a value.", start, end, hint=f"Like {key.example}.")
    term = Term(key.name, sign, value, quoted and bool(value), name)
    try:
        key.check(term)
    except ValueRefused as error:
        raise FilterError(error.message, place, end, hint=error.hint) from error
    return Token(Kind.TERM, start, end, term=term)


def _name(text: str, start: int, place: int, key: Key) -> tuple[str, int]:
    """Read the name up to a `=`, or all when there is none."""
    match = _NAME.match(text, place)
    if match is None:
        raise FilterError(f"{key.name} needs a name.", start, place, hint=f"Like {key.example}.")
    return match[1].lower(), match.end()


def _bare(text: str, start: int) -> tuple[str, int]:
    end = _end_of_word(text, start)
    return text[start:end], end


def _end_of_word(text: str, place: int) -> int:
    opened: list[int] = []
    while place < len(text) and not text[place].isspace():
        if text[place] == "(":
            opened.append(place)
        elif text[place] == ")":
            if not opened:
                break
            opened.pop()
        place += 1
    if opened:
        raise FilterError(
            "This parenthesis is not closed.",
            opened[0],
            opened[0] + 1,
            hint="Add a ), or put the word in quotes.",
        )
    return place


def is_bare(value: str) -> bool:
    """Whether a value behind a sign needs no quotes."""
    try:
        return bool(value) and not value.startswith('"') and _bare(value, 0) == (value, len(value))
    except FilterError:
        return False


def _quoted(text: str, start: int) -> tuple[str, int]:
    match = _QUOTED.match(text, start)
    if match is None:
        raise FilterError("The quote is not closed.", start, len(text), hint='End it with ".')
    return _ESCAPE.sub(lambda found: _ESCAPES[found[1]], match[1]), match.end()
