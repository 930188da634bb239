"""What a person types to filter by: a path, a JMESPath expression, or `/` and a text."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from ..errors import BodyError
from ..quoting import quoted
from .compiled import Step, compiled

if TYPE_CHECKING:
    from jmespath.visitor import _TreeNode

Key: TypeAlias = str | int

HINT: Final = 'Write a path like a.b[0].c or ["a key"], or a JMESPath expression.'
MAX_LENGTH: Final = 4000

_NAME: Final = re.compile(r"""\.?(?:([^\s.\[\]"'|*?&(){},:@`!<>=]+)|"((?:[^"\\]|\\.)*)")""")
_INDEX: Final = re.compile(r"""\[\s*(?:(-?\d+)|"((?:[^"\\]|\\.)*)"|'([^']*)')\s*\]""")
# A number that is compared with; JMESPath itself takes it in backquotes only.
_COMPARED: Final = re.compile(
    r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)"""
    r"""|([=<>]\s*)(-?\d+(?:\.\d+)?)(?![\w.`'"])"""
)
_STRING_COMPARED: Final = re.compile(
    r"""'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`"""
    r"""|[=<>]\s*"((?:[^"\\]|\\.)*)"|"(?:[^"\\]|\\.)*\""""
)
# What gives true or false only.
_CONDITIONS: Final = frozenset({"comparator", "not_expression"})
_JOINED: Final = frozenset({"and_expression", "or_expression"})
_BUILT: Final = frozenset({"multi_select_dict", "multi_select_list"})
_TESTS: Final = frozenset({"contains", "starts_with", "ends_with"})


@dataclass(frozen=True, slots=True)
class Path:
    """Names and places, one after the other; none for the whole.

    Attributes:
        unfinished: A dot stands at its end: the names that may follow are to be told.
    """

    text: str
    keys: tuple[Key, ...]
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A JMESPath expression.

    Attributes:
        tree: As parsed.
        apply: What makes a value of another; it raises what JMESPath does.
        condition: It says yes or no, so that whatever it says yes to is kept as it is.
        built: It makes an object or a list of several parts, any of which may be missing.
    """

    text: str
    tree: _TreeNode
    apply: Step
    condition: bool
    built: bool


@dataclass(frozen=True, slots=True)
class Words:
    """A text to be contained; capitals count when it has some."""

    text: str
    exact: bool
    needle: bytes

    def within(self, record: bytes) -> bool:
        """Whether a record, in UTF-8, contains it."""
        if self.exact:
            return self.needle in record
        if self.needle.isascii():
            return self.needle in record.lower()
        return self.text in record.decode("utf-8", "replace").lower()


Expression: TypeAlias = Path | Query | Words


def parse(text: str, *, listed: bool = False) -> Expression:
    """Read what was typed.

    Args:
        text: Without white space around it.
        listed: For a list of records, where `/` begins a text to look for.

    Raises:
        BodyError: It is nothing of all that.
    """
    if len(text) > MAX_LENGTH:
        raise BodyError(
            f"The expression has {len(text):,} characters; {MAX_LENGTH:,} are read.", hint=HINT
        )
    if text.startswith("/"):
        return _words(text[1:], listed=listed)
    unfinished = len(text) > 1 and text.endswith(".")
    keys = keys_of(text[:-1] if unfinished else text)
    return _query(text) if keys is None else Path(text, tuple(keys), unfinished)


def keys_of(text: str) -> list[Key] | None:
    """Read a path; None for what only JMESPath can be."""
    if text in ("", "@", "$", "."):
        return []
    path: list[Key] = []
    position = 1 if text.startswith("$") else 0
    while position < len(text):
        match = _INDEX.match(text, position)
        if match:
            path.append(int(match[1]) if match[1] else _unquote(match[2], match[3]))
        else:
            match = _NAME.match(text, position)
            if not match or (position and text[position] != "."):
                return None
            path.append(match[1] if match[1] is not None else _unquote(match[2], None))
        position = match.end()
    return path


def _unquote(double: str | None, single: str | None) -> str:
    if double is None:
        return single or ""
    try:
        return str(json.loads(f'"{double}"', strict=False))
    except ValueError:
        return double


def _words(text: str, *, listed: bool) -> Words:
    if not listed:
        raise BodyError(
            "A text behind / keeps lines or events; this is one JSON document.",
            hint=f"{HINT} In the body itself / finds text.",
        )
    return Words(text, text != text.lower(), text.encode("utf-8", "replace"))


def _query(text: str) -> Query:
    import jmespath
    from jmespath.exceptions import JMESPathError, LexerError, ParseError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of literals in a spelling that is out of use
            tree = jmespath.compile(_COMPARED.sub(_quoted, text)).parsed
            apply = compiled(tree)
    except (LexerError, ParseError) as error:
        name = "lex_position" if isinstance(error, ParseError) else "lexer_position"
        position = min(int(getattr(error, name, 0)), len(text))
        raise BodyError(
            f"{quoted(text)} is no path: it breaks off at character {position + 1}.", hint=HINT
        ) from error
    except (JMESPathError, ValueError, TypeError) as error:
        raise unfit(text, error) from error
    except RecursionError:
        raise BodyError("The expression is nested too deeply.", hint=HINT) from None
    return Query(text, tree, apply, _is_condition(tree), str(tree["type"]) in _BUILT)


def _quoted(match: re.Match[str]) -> str:
    return match[1] or f"{match[2]}`{match[3]}`"


def unfit(text: str, error: Exception) -> BodyError:
    """Say why a JMESPath expression cannot be applied."""
    reason = str(error).partition("\n")[0].rstrip(".")
    return BodyError(f"{quoted(text)} does not fit: {reason}.", hint=HINT)


def advice(text: str) -> str:
    """Say what an expression that found nothing may have meant; mostly nothing."""
    for match in _STRING_COMPARED.finditer(text):
        if match[1] is not None:
            told = f'In JMESPath "{match[1]}" is a name; a text stands in single quotes: '
            return told + f"'{match[1]}'."
    return ""


def _is_condition(node: _TreeNode) -> bool:
    kind = node["type"]
    if kind in _JOINED:
        return all(_is_condition(child) for child in node["children"])
    return kind in _CONDITIONS or (kind == "function_expression" and node.get("value") in _TESTS)
