"""A tree as text, written so that it is read as the same tree."""

from __future__ import annotations

from typing import Final

from .errors import FilterError
from .tokens import Kind, tokens
from .tree import All, Any, Every, Flag, Node, Not, Term, Word

_ESCAPED: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def printed(node: Node) -> str:
    """Write a tree."""
    match node:
        case Every():
            return ""
        case Word(text):
            return text if _is_plain(text) else quote(text)
        case Flag(name):
            return name
        case Term():
            return _term(node)
        case Not(of):
            return "-" + (_bracketed(of) if isinstance(of, All | Any) else printed(of))
        case All(parts):
            return " ".join(
                _bracketed(part) if isinstance(part, All | Any) else printed(part) for part in parts
            )
        case Any(parts):
            return " or ".join(
                _bracketed(part) if isinstance(part, Any) else printed(part) for part in parts
            )


def quote(text: str) -> str:
    """Write text in quotes."""
    return f'"{text.translate(_ESCAPED)}"'


def _bracketed(node: Node) -> str:
    return f"({printed(node)})"


def _term(term: Term) -> str:
    value = quote(term.value) if term.quoted else term.value
    if not term.name:
        return f"{term.key}{term.sign}{value}"
    return f"{term.key}:{term.name}={value}" if value else f"{term.key}:{term.name}"


def _is_plain(text: str) -> bool:
    """Whether text is read as a word also without quotes."""
    try:
        found = tokens(text)
    except FilterError:
        return False
    return [(one.kind, one.text) for one in found] == [(Kind.WORD, text)]
