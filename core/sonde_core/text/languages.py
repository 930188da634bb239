"""The parts of a line of code or of a settings file, by Pygments, line by line.

What a line says is a stranger's: only its beginning is looked at, which bounds what a lexer can
take. A lexer is slow to import: `prepare` does it in a thread, and until then lines are plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pygments.lexer import RegexLexer
    from pygments.token import _TokenType

# So many characters of a line are coloured, and so many parts: a page is to be drawn at once.
LOOKED_AT: Final = 320
_PARTS: Final = 150

# Name of a language → module and class of its lexer.
_LEXERS: Final = {
    "css": ("css", "CssLexer"),
    "graphql": ("graphql", "GraphQLLexer"),
    "javascript": ("javascript", "JavascriptLexer"),
    "python": ("python", "PythonLexer"),
    "shell": ("shell", "BashLexer"),
    "sql": ("sql", "SqlLexer"),
    "toml": ("configs", "TOMLLexer"),
    "yaml": ("data", "YamlLexer"),
}
# What a media type ends with, after its tree (`text/x-yaml`, `application/yaml`).
_TYPES: Final = {
    "css": "css",
    "ecmascript": "javascript",
    "graphql": "graphql",
    "javascript": "javascript",
    "python": "python",
    "script.python": "python",
    "sh": "shell",
    "shellscript": "shell",
    "sql": "sql",
    "toml": "toml",
    "typescript": "javascript",
    "yaml": "yaml",
    "yml": "yaml",
}
# Kind of token, as Pygments names it, → our word; the longest name that fits counts.
_TOKENS: Final = {
    "Comment": "comment",
    "Comment.Preproc": "constant",
    "Keyword": "attribute",
    "Keyword.Constant": "constant",
    "Literal.Date": "number",
    "Literal.Number": "number",
    "Literal.String": "string",
    "Name.Attribute": "key",
    "Name.Builtin": "constant",
    "Name.Class": "key",
    "Name.Constant": "constant",
    "Name.Decorator": "constant",
    "Name.Function": "key",
    "Name.Namespace": "key",
    "Name.Property": "key",
    "Name.Tag": "key",
    "Name.Variable": "tag",
    "Operator": "punctuation",
    "Operator.Word": "attribute",
    "Punctuation": "punctuation",
}
# A line from the inside of a rule of CSS, which alone would be read as the head of one.
_DECLARATION: Final = re.compile(r"\s*[\w-]++\s*:[^{]*+$")

_ready: dict[str, RegexLexer] = {}


def language_of(media_type: str) -> str:
    """Return the language that a Content-Type names; empty for none that is known here."""
    main = media_type.partition(";")[0].strip().lower()
    name = main.partition("/")[2].removeprefix("x-").rpartition("+")[2].removeprefix("vnd.")
    return _TYPES.get(name, "")


def is_wanting(language: str) -> bool:
    """Whether a language has to be prepared before its lines can be coloured."""
    return language in _LEXERS and language not in _ready


def prepare(language: str) -> None:
    """Import the lexer of a language, which takes a moment; a kind that is none needs nothing."""
    if not is_wanting(language):
        return
    module, name = _LEXERS[language]
    made: RegexLexer = getattr(import_module(f"pygments.lexers.{module}"), name)()
    list(made.get_tokens_unprocessed("a: 1\n"))  # the rules are compiled by the first text
    _ready[language] = made


def tokens(language: str, line: str) -> list[tuple[int, int, str]]:
    """Return the parts of a line as (start, end, token); none before `prepare`."""
    lexer = _ready.get(language)
    if lexer is None:
        return []
    line = line[:LOOKED_AT]
    inside = language == "css" and _DECLARATION.match(line)
    stack = ("root", "content") if inside else ("root",)
    found: list[tuple[int, int, str]] = []
    for start, kind, text in islice(_lexed(lexer, f"{line}\n", stack), _PARTS):
        word, end = _word(kind), min(start + len(text), len(line))
        if not word or start >= end:
            continue
        if found and found[-1][1:] == (start, word):  # one string comes in several tokens
            start = found.pop()[0]
        found.append((start, end, word))
    return found


def _lexed(
    lexer: RegexLexer, text: str, stack: tuple[str, ...]
) -> Iterator[tuple[int, _TokenType, str]]:
    if stack == ("root",):  # not every lexer takes another
        return iter(lexer.get_tokens_unprocessed(text))
    return iter(lexer.get_tokens_unprocessed(text, stack))


def _word(kind: _TokenType) -> str:
    while kind.parent is not None:
        name = str(kind).removeprefix("Token.")
        if name in _TOKENS:
            return _TOKENS[name]
        kind = kind.parent
    return ""
