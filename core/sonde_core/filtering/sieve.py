"""An expression applied to each record of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ..errors import BodyError
from ..text.json_check import check
from . import spelled
from .document import ROOTS, Document, known, search
from .expression import Expression, Key, Path, Query, Words, advice
from .forms import RECORDS, Form
from .raw_values import items, members, too_deep
from .records import Record

if TYPE_CHECKING:
    from msgspec import Raw

_CHECKED: Final = 1 << 20


class Sieve:
    """Lets through what an expression makes of each record.

    Attributes:
        seen: Records so far.
        matched: Those that gave something.
        skipped: Those that are no JSON.
    """

    def __init__(self, form: Form, expression: Expression) -> None:
        self.seen = 0
        self.matched = 0
        self.skipped = 0
        self._form: Form = form
        self._expression = expression
        self._made = _maker(expression)
        self._first = b""  # the first record that is JSON: its names are told
        self._refused = ""  # why the expression does not fit the first record that it does not fit

    def through(self, records: Sequence[Record]) -> bytes:
        """Return what comes out of some more records, as a list of the same form."""
        out: list[bytes] = []
        for record in records:
            self.seen += 1
            try:
                made = self._made(record)
            except ValueError:  # msgspec.DecodeError is one
                self.skipped += 1
                continue
            except BodyError as error:
                self._refused = self._refused or f"{error.message} {error.advice}".rstrip()
                continue
            if not self._first:
                self._first = record.data
            if made is not None and (made is record.data or made != b"null"):
                self.matched += 1
                out.append(self._written(record, made))
        return b"".join(out)

    def _written(self, record: Record, made: bytes) -> bytes:
        if self._form != "events":
            return _on_one_line(record.source if made is record.data else made) + b"\n"
        if made is record.data:
            return record.source + b"\n\n"
        head = record.head + b"\n" if record.head else b""
        return head + b"data: " + _on_one_line(made) + b"\n\n"

    @property
    def selects(self) -> bool:
        """Whether records come through as they are, so that none is an answer as well."""
        wanted = self._expression
        return isinstance(wanted, Words) or (isinstance(wanted, Query) and wanted.condition)

    def advice(self) -> str:
        """Say why nothing came through, where that can be known; mostly empty otherwise."""
        if isinstance(self._expression, Words):
            return ""
        if self._refused:
            return self._refused
        name = RECORDS[self._form]
        if self.skipped == self.seen:
            return f"The {name} are no JSON; / and a text keeps those {name} that contain it."
        if hint := advice(self._expression.text):
            return hint
        return self._first_tells(self._expression) if self._first else ""

    def _first_tells(self, expression: Path | Query) -> str:
        """Say which names the first record has, at the place where an expression fails."""
        if isinstance(expression, Path):
            try:
                Document(self._first).find(expression)
            except BodyError as error:
                return f"In the first: {error.message} {error.advice}".rstrip()
            return ""
        names = members(self._first.strip())
        return f"In the first: {known(names)}" if names else ""


def _maker(expression: Expression) -> Callable[[Record], bytes | None]:
    """Return what makes the result of one record: None for none, ValueError for no JSON."""
    if isinstance(expression, Words):
        return lambda record: record.data if expression.within(record.source) else None
    if isinstance(expression, Path):
        return _path_maker(expression)
    return _query_maker(expression)


def _path_maker(path: Path) -> Callable[[Record], bytes | None]:
    import msgspec

    keys, check_whole = path.keys, msgspec.json.Decoder(msgspec.Raw).decode
    rooted = bool(keys) and keys[0] in ROOTS

    def make(record: Record) -> bytes | None:
        try:
            try:
                check_whole(record.data)
            except msgspec.DecodeError:
                if not _is_json_all_the_same(record.data):
                    raise
            found = _step_to(record.data, keys)
            if found is None and rooted:
                found = _step_to(record.data, keys[1:])
        except RecursionError:
            raise too_deep() from None
        return None if found is None or path.unfinished else bytes(found)

    return make


def _is_json_all_the_same(data: bytes) -> bool:
    """Whether a record is JSON that the fast library refuses, such as a lone surrogate."""
    return b"\\u" in data and len(data) <= _CHECKED and check(data) is None


def _step_to(data: bytes, keys: tuple[Key, ...]) -> Raw | bytes | None:
    found: Raw | bytes | None = data.strip()
    for key in keys:
        if found is None:
            return None
        if isinstance(key, str):
            names = members(found)
            found = names.get(key) if names is not None else None
        else:
            values = items(found)
            fits = values is not None and -len(values) <= key < len(values)
            found = values[key] if values is not None and fits else None
    return found


def _on_one_line(raw: bytes) -> bytes:
    """Take the line feeds out of JSON, where only white space has some."""
    return raw.strip(b"\n").replace(b"\n", b" ") if b"\n" in raw else raw


def _query_maker(query: Query) -> Callable[[Record], bytes | None]:
    read = spelled.reader()

    def make(record: Record) -> bytes | None:
        try:
            value = read(record.data)
        except RecursionError:
            raise too_deep() from None
        found = search(query, value)
        if query.condition:
            return record.data if found is True else None
        if found is None or (query.built and _is_hollow(found)):
            return None
        return spelled.written(found, -1)

    return make


def _is_hollow(value: spelled.Value) -> bool:
    parts = value.values() if isinstance(value, dict) else value
    return isinstance(parts, Iterable) and all(part is None for part in parts)
