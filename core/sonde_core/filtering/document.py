"""One JSON document, parsed once and picked from again and again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

from ..errors import BodyError
from . import spelled
from .expression import HINT, Key, Path, Query, parse, unfit
from .raw_values import CHECKED, Part, check_whole, first, items, members, too_deep

# What a program calls the whole answer; left out when the answer has no such name.
ROOTS: Final = frozenset({"data", "$", "body", "json", "response"})
# A larger result is given as it was received: the view indents it while it is looked at.
INDENTED: Final = 1 << 20

_NAMES_SHOWN: Final = 8
_NAME: Final = 60
_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Found:
    """What an expression leads to, in UTF-8: JSON, or the plain text of a string."""

    data: bytes
    media_type: str


class Document:
    """JSON that is picked from; what was parsed for one expression serves the next."""

    def __init__(self, data: bytes) -> None:
        """Take all bytes of a body, in UTF-8."""
        self._data = data.removeprefix(_MARK)
        self._levels: dict[tuple[Key, ...], _Level] = {}

    def pick(self, text: str) -> Found:
        """Return what an expression leads to.

        Raises:
            BodyError: The bytes are no JSON, the expression is none, or nothing is there.
        """
        return self.find(parse(text))

    def find(self, expression: object) -> Found:
        """Return what a parsed expression leads to; raises BodyError."""
        if isinstance(expression, Query):
            return _of_value(search(expression, self.value))
        if not isinstance(expression, Path):
            raise TypeError(type(expression).__name__)
        if not self._quick and len(self._data) > CHECKED:
            return _of_value(_walk_values(self.value, expression.keys))
        level = self._walk(expression.keys)
        if expression.unfinished:
            level.refuse_end(expression.text)
        return _of_raw(level.raw)

    @cached_property
    def value(self) -> spelled.Value:
        """The whole as Python values, for JMESPath; raises BodyError."""
        try:
            return spelled.reader()(self._top)
        except RecursionError:
            raise too_deep() from None

    @property
    def _quick(self) -> bool:
        """Whether the fast library reads it; raises BodyError when it is no JSON."""
        found = self._checked
        if isinstance(found, BodyError):
            raise BodyError(found.message, hint=found.advice)
        return found

    @cached_property
    def _checked(self) -> bool | BodyError:
        try:
            return check_whole(self._data)
        except BodyError as error:
            return error

    @cached_property
    def _top(self) -> bytes:
        _ = self._quick  # it raises unless this is JSON
        return self._data.strip()

    def _walk(self, keys: tuple[Key, ...]) -> _Level:
        try:
            return self._follow(keys)
        except BodyError:
            if not keys or keys[0] not in ROOTS:
                raise
            if len(keys) > 1 and keys[0] in (self._level(()).names or {}):
                # `data` is a name in it as well: the first error tells more than a second one.
                with suppress(BodyError):
                    return self._follow(keys[1:])
                raise
        return self._follow(keys[1:])

    def _follow(self, keys: tuple[Key, ...]) -> _Level:
        level = self._level(())
        for number, key in enumerate(keys, 1):
            known = self._levels.get(keys[:number])
            level = known or level.child(key)
            self._levels[keys[:number]] = level
        self._forget(keys)
        return level

    def _level(self, keys: tuple[Key, ...]) -> _Level:
        if keys not in self._levels:
            self._levels[keys] = _Level(self._top, "the top")
        return self._levels[keys]

    def _forget(self, keys: tuple[Key, ...]) -> None:
        """Keep what lies on the way to the last place only."""
        for known in [known for known in self._levels if known != keys[: len(known)]]:
            del self._levels[known]


class _Level:
    """One value in the document, and where it is."""

    def __init__(self, raw: Part, where: str) -> None:
        self.raw = raw
        self.where = where

    @cached_property
    def names(self) -> Mapping[str, Part] | None:
        return members(self.raw)

    @cached_property
    def items(self) -> Sequence[Part] | None:
        return None if self.names is not None else items(self.raw)

    def child(self, key: Key) -> _Level:
        if isinstance(key, str) and self.names is not None:
            if key not in self.names:
                raise BodyError(
                    f"There is no {key!r} at {self.where}.", hint=known(self.names, key)
                )
            return _Level(self.names[key], self._join(key))
        if isinstance(key, int) and self.items is not None:
            if not -len(self.items) <= key < len(self.items):
                raise BodyError(
                    f"There is no item {key} at {self.where}.",
                    hint=f"The list has {len(self.items):,} items, counted from 0.",
                )
            return _Level(self.items[key], f"{self._join('')}[{key}]")
        raise BodyError(
            f"{key!r} does not fit at {self.where}: {self._kind()} is there.", hint=HINT
        )

    def refuse_end(self, text: str) -> None:
        """Say what may follow on a path that leads here; raises BodyError."""
        if self.names is None:
            raise BodyError(f"{text!r} goes on, but {self._kind()} is there.", hint=HINT)
        raise BodyError(f"{text!r} goes on with a name.", hint=known(self.names))

    def _kind(self) -> str:
        if self.names is not None:
            return "an object"
        if self.items is not None:
            return f"a list of {len(self.items):,}"
        if first(self.raw) == b'"':
            return "a string"
        return bytes(memoryview(self.raw)[:20]).decode("utf-8", "replace")

    def _join(self, key: str) -> str:
        where = "" if self.where == "the top" else self.where
        return f"{where}.{key}" if where and key else where or key


def known(names: Mapping[str, object], typed: str = "") -> str:
    """Say which names there are, those first that begin with what was typed."""
    if not names:
        return "The object there is empty."
    typed = typed.lower()
    fitting = (name for name in names if typed and name.lower().startswith(typed))
    first = list(islice(fitting, _NAMES_SHOWN))
    others = islice((name for name in names if name not in first), _NAMES_SHOWN)
    shown = [name[:_NAME] for name in (*first, *others)][:_NAMES_SHOWN]
    return f"There are {', '.join(shown)}{', …' if len(names) > _NAMES_SHOWN else ''}."


def search(query: Query, value: spelled.Value) -> spelled.Value:
    """Apply JMESPath; raises BodyError."""
    from jmespath.exceptions import JMESPathError

    try:
        return query.apply(value)
    except (JMESPathError, ValueError, TypeError) as error:
        raise unfit(query.text, error) from error
    except RecursionError:
        raise too_deep() from None


def _walk_values(value: spelled.Value, keys: tuple[Key, ...]) -> spelled.Value:
    if keys and keys[0] in ROOTS and not (isinstance(value, dict) and keys[0] in value):
        keys = keys[1:]
    for key in keys:
        if isinstance(value, dict) and isinstance(key, str):
            if key not in value:
                raise BodyError(f"There is no {key!r} there.", hint=known(value, key))
            value = value[key]
        elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            value = value[key]
        else:
            raise BodyError(f"{key!r} does not fit there.", hint=HINT)
    return value


def _of_value(value: spelled.Value) -> Found:
    if isinstance(value, str):
        return _of_text(value)
    try:
        data = spelled.written(value, -1)
        if len(data) <= INDENTED:
            data = spelled.written(value, 2)
    except RecursionError:
        raise too_deep() from None
    return Found(data, "application/json")


def _of_text(text: str) -> Found:
    return Found(text.encode("utf-8", "surrogatepass"), "text/plain; charset=utf-8")


def _of_raw(part: Part) -> Found:
    raw = bytes(part).strip()
    if raw.startswith(b'"'):
        return _of_text(str(json.loads(raw.decode("utf-8", "replace"), strict=False)))
    if len(raw) > INDENTED:
        return Found(raw, "application/json")
    from ..text.pretty import render

    done = render(raw, "application/json")
    return Found(raw if done.text is None else done.text, "application/json")
