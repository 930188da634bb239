"""One part of a JSON body, by a dotted path or a JMESPath expression.

`description`, `a.b[0].c`, `["key with space"]`, and `data["description"]` as a Python program
would write it. A path keeps what it finds as it was received, number spellings too.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from .body import Body
from .errors import BodyError
from .json_check import check, parts
from .pretty import INLINE, kind_of

if TYPE_CHECKING:
    from msgspec import Raw

Key: TypeAlias = str | int
Part: TypeAlias = "Raw | bytes"
Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"

_HINT: Final = 'Write a path like a.b[0].c or ["a key"], or a JMESPath expression.'
_NAME: Final = re.compile(r"""\.?(?:([^\s.\[\]"'|*?&(){},:@`!<>=]+)|"((?:[^"\\]|\\.)*)")""")
_INDEX: Final = re.compile(r"""\[\s*(?:(-?\d+)|"((?:[^"\\]|\\.)*)"|'([^']*)')\s*\]""")
# What a program calls the whole answer; left out when the answer has no such name.
_ROOTS: Final = frozenset({"data", "$", "body", "json", "response"})
_NAMES_SHOWN: Final = 8
_FIRST: Final = 1024  # bytes in which JSON has begun
# Above the first the interpreter refuses a plain `int`; above the second it takes too long.
_DIGITS: Final = 4000
_MAX_DIGITS: Final = 20_000


def pick(data: bytes, expression: str) -> str:
    """Return a part of JSON as indented JSON, or as plain text when it is a string.

    Args:
        data: All bytes of a body.
        expression: A path or JMESPath; empty or `@` for the whole.

    Raises:
        BodyError: The bytes are no JSON, the expression is none, or nothing is there.
    """
    expression = expression.strip()
    data = data.removeprefix(b"\xef\xbb\xbf")
    path = _parse(expression)
    if path is None:
        return _shown(_search(data, expression))
    return _text(_walk(data, path))


async def pick_from(body: Body, expression: str) -> str:
    """Pick without holding the event loop; in a process of its own when the body is large.

    Raises:
        BodyError: As for `pick`, or the body cannot be read.
    """
    if body.size <= INLINE:
        return await asyncio.to_thread(lambda: pick(body.read(), expression))
    from .offload import offload

    done = await offload("pick", body, expression)
    found = await asyncio.to_thread(done.body.read) if done.body else b""
    return found.decode("utf-8", "surrogatepass")


def is_json(body: Body) -> bool:
    """Whether a body is JSON by its type or its first character; it may be damaged all the same.

    Raises:
        BodyError: The bytes cannot be read.
    """
    if not body.size:
        return False
    return kind_of(body) == "json" or body.read(0, _FIRST).strip()[:1] in (b"{", b"[")


def _parse(expression: str) -> list[Key] | None:
    """Read a path; None for what only JMESPath can be."""
    if expression in ("", "@", "$", "."):
        return []
    path: list[Key] = []
    position = 1 if expression.startswith("$") else 0
    while position < len(expression):
        match = _INDEX.match(expression, position)
        if match:
            path.append(int(match[1]) if match[1] else _unquote(match[2], match[3]))
        else:
            match = _NAME.match(expression, position)
            if not match or (position and expression[position] != "."):
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


@dataclass(frozen=True, slots=True)
class _Found:
    raw: bytes
    where: str


def _walk(data: bytes, path: list[Key]) -> bytes:
    top = _whole(data)
    try:
        return _follow(top, path)
    except BodyError:
        if path[0] not in _ROOTS:
            raise
        if len(path) > 1 and path[0] in (_members(top) or {}):
            # `data` is a name in it as well: the first error tells more than a second one.
            with suppress(BodyError):
                return _follow(top, path[1:])
            raise
    return _follow(top, path[1:])


def _follow(top: bytes, path: list[Key]) -> bytes:
    found = _Found(top, "the top")
    for key in path:
        found = _child(found, key, _members(found.raw))
    return found.raw


def _child(found: _Found, key: Key, names: Mapping[str, Part] | None) -> _Found:
    if isinstance(key, str) and names is not None:
        if key not in names:
            raise BodyError(f"There is no {key!r} at {found.where}.", hint=_known(names))
        return _Found(bytes(names[key]), _join(found.where, key))
    items = _items(found.raw) if names is None else None
    if isinstance(key, int) and items is not None:
        if not -len(items) <= key < len(items):
            raise BodyError(
                f"There is no item {key} at {found.where}.",
                hint=f"The list has {len(items):,} items, counted from 0.",
            )
        return _Found(bytes(items[key]), f"{_join(found.where, '')}[{key}]")
    kind = _kind(found.raw, names, items)
    raise BodyError(f"{key!r} does not fit at {found.where}: {kind} is there.", hint=_HINT)


def _kind(raw: bytes, names: Mapping[str, Part] | None, items: Sequence[Part] | None) -> str:
    if names is not None:
        return "an object"
    if items is not None:
        return f"a list of {len(items):,}"
    return "a string" if raw.startswith(b'"') else raw[:20].decode("utf-8", "replace")


def _join(where: str, key: str) -> str:
    where = "" if where == "the top" else where
    return f"{where}.{key}" if where and key else where or key


def _known(names: Mapping[str, Part]) -> str:
    if not names:
        return "The object there is empty."
    shown = ", ".join(list(names)[:_NAMES_SHOWN])
    return f"There are {shown}{', …' if len(names) > _NAMES_SHOWN else ''}."


def _whole(data: bytes) -> bytes:
    import msgspec

    try:
        return bytes(msgspec.json.decode(data, type=msgspec.Raw)).strip()
    except msgspec.DecodeError as error:
        fault = check(data)
        if fault is None:
            return data.strip()
        raise BodyError(fault.sentence(data), hint=fault.hint) from error
    except RecursionError:
        raise _too_deep() from None


def _members(raw: bytes) -> Mapping[str, Part] | None:
    import msgspec

    if not raw.startswith(b"{"):
        return None
    try:
        return msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:  # a lone surrogate as an escape, which the grammar allows
        return {str(json.loads(name)): value for name, value in parts(raw)}
    except RecursionError:
        raise _too_deep() from None


def _items(raw: bytes) -> Sequence[Part] | None:
    import msgspec

    if not raw.startswith(b"["):
        return None
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.DecodeError:
        return [value for _, value in parts(raw)]
    except RecursionError:
        raise _too_deep() from None


def _text(raw: bytes) -> str:
    raw = raw.strip()
    if raw.startswith(b'"'):
        return str(json.loads(raw.decode("utf-8", "replace"), strict=False))
    from .pretty import render

    done = render(raw, "application/json")
    return (raw if done.text is None else done.text).decode("utf-8", "replace")


class _Spelled(float):
    """A number that remembers how it was written; JMESPath knows types by their names."""

    __slots__ = ("text",)
    text: str


class _SpelledInt(int):
    """A whole number that remembers how it was written."""

    text: str


_Spelled.__name__ = "float"
_SpelledInt.__name__ = "int"


def _float(text: str) -> float:
    plain = float(text)
    if repr(plain) == text:  # it takes a third of the memory, and a large body has millions
        return plain
    number = _Spelled(text)
    number.text = text
    return number


def _int(text: str) -> int:
    if len(text) <= _DIGITS and text != "-0":
        return int(text)
    if len(text) > _MAX_DIGITS:
        raise BodyError(
            f"A number has {len(text):,} digits, too many for JMESPath.",
            hint="A plain path such as a.b[0] shows it exactly.",
        )
    number = _SpelledInt(Decimal(text))
    number.text = text
    return number


def _load(data: bytes) -> Value:
    _whole(data)
    try:
        text = data.decode("utf-8", "replace")
        value: Value = json.loads(text, parse_float=_float, parse_int=_int)
    except RecursionError:
        raise _too_deep() from None
    return value


def _search(data: bytes, expression: str) -> Value:
    import jmespath
    from jmespath.exceptions import JMESPathError, LexerError, ParseError

    try:
        compiled = jmespath.compile(expression)
        found: Value = compiled.search(_load(data))
    except (LexerError, ParseError) as error:
        name = "lex_position" if isinstance(error, ParseError) else "lexer_position"
        position = int(getattr(error, name, 0))
        raise BodyError(
            f"{expression!r} is no path: it breaks off at character {position + 1}.", hint=_HINT
        ) from error
    except (JMESPathError, ValueError, TypeError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise BodyError(f"{expression!r} does not fit: {reason}.", hint=_HINT) from error
    except RecursionError:
        raise _too_deep() from None
    return found


def _shown(value: Value) -> str:
    import msgspec

    if isinstance(value, str):
        return value
    try:
        return msgspec.json.format(msgspec.json.encode(value, enc_hook=_written), indent=2).decode()
    except (UnicodeEncodeError, ValueError):  # lone surrogates
        return json.dumps(value, indent=2)
    except RecursionError:
        raise _too_deep() from None


def _written(value: object) -> object:
    """Give msgspec, which knows no subclasses, a number as it was spelled."""
    import msgspec

    if isinstance(value, _Spelled | _SpelledInt):
        return msgspec.Raw(value.text.encode())
    raise TypeError(type(value).__name__)


def _too_deep() -> BodyError:
    return BodyError("The JSON is nested too deeply to pick from.", hint="Copy it as it is.")
