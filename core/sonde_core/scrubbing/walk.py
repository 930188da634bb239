"""Changing all text and bytes in a value of the model, whatever fields it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Final, Protocol, TypeVar, cast

from ..body import Body
from ..formats.contents import kind_of
from ..http_request import Auth, Field, HttpRequest, RequestBody
from ..model import Message
from ..secret_contents import Kind

T = TypeVar("T")

# Fields whose text is one of a few words of ours, or tells no more than a digest.
_FIXED: Final = frozenset(
    ("kind", "how", "role", "phase", "cut", "coding", "sha256", "method", "version", "min_tls")
) | {"framing", "script_pace"}
# The fact of a handshake that holds its header lines.
_LINES: Final = "headers"


class Change(Protocol):
    """What is done to each text and each bytes; `place` tells where they stand."""

    def text(self, data: bytes, place: str) -> bytes:
        """Change text that may hold URLs."""
        ...

    def named(self, name: str, data: bytes, place: str) -> bytes:
        """Change the value of a header, a parameter or a field."""
        ...

    def secret(self, name: str, data: bytes, place: str) -> bytes:
        """Change what is a secret as a whole."""
        ...

    def data(self, data: bytes, place: str) -> bytes:
        """Change what one side says over a socket."""
        ...

    def content(self, data: bytes, kind: Kind, place: str) -> bytes:
        """Change a body of a known kind."""
        ...

    def body(self, body: Body, kind: Kind | None, place: str) -> Body:
        """Change a body, of a kind that is told by its Content-Type where none is given."""
        ...


def walked(value: T, change: Change, place: str) -> T:
    """Return a value of the model with all text and bytes in it changed."""
    return cast("T", _walked(value, change, place))


def on_text(text: str, change: Callable[[bytes], bytes]) -> str:
    """Change text as bytes; half characters and bytes that are no UTF-8 come back."""
    for way in ("surrogateescape", "surrogatepass"):
        try:
            raw = text.encode("utf-8", way)
        except UnicodeEncodeError:
            continue
        done = change(raw)
        return text if done == raw else done.decode("utf-8", way)
    return text


def _walked(value: object, change: Change, place: str) -> object:
    match value:
        case Enum() | None | bool() | int() | float():
            return value
        case str():
            return on_text(value, lambda data: change.text(data, place))
        case bytes():
            done = change.data(value, place)
            return Message.of(done, value.kind) if isinstance(value, Message) else done
        case Body():
            return change.body(value, None, place)
        case Field():
            return replace(value, value=_named(value.name, value.value, change, place))
        case Auth():
            return _auth(value, change, place)
        case tuple() | list():
            return tuple(_item(item, change, place) for item in value)
        case Mapping():
            return {name: _fact(str(name), fact, change, place) for name, fact in value.items()}
    return _fields(value, change, place) if is_dataclass(value) else value


def _named(name: str, value: str, change: Change, place: str) -> str:
    return on_text(value, lambda data: change.named(name, data, place))


def _item(item: object, change: Change, place: str) -> object:
    match item:
        case (str(name), str(value)):
            return name, _named(name, value, change, place)
    return _walked(item, change, place)


def _fact(name: str, fact: object, change: Change, place: str) -> object:
    if name != _LINES or not isinstance(fact, str):
        return _walked(fact, change, place)
    pairs = [line.partition(": ") for line in fact.split("\n")]
    return "\n".join(
        f"{key}{sign}{_named(key, value, change, place)}" for key, sign, value in pairs
    )


def _auth(auth: Auth, change: Change, place: str) -> Auth:
    def put(name: str, text: str) -> str:
        return on_text(text, lambda data: change.secret(name, data, place)) if text else text

    if auth.secret:
        return replace(
            auth, secret=put("token" if auth.kind == "bearer" else "password", auth.secret)
        )
    return replace(auth, user=put("user", auth.user))  # alone it is a key


def _fields(value: object, change: Change, place: str) -> object:
    changed: dict[str, object] = {}
    for each in fields(value):  # type: ignore[arg-type]
        before = getattr(value, each.name)
        if not each.init or each.name in _FIXED:
            continue
        where = f"{place} {each.name}" if " " not in place else place
        if isinstance(before, RequestBody) and isinstance(value, HttpRequest):
            after: object = _request_body(before, kind_of(value), change, where)
        else:
            after = _walked(before, change, where)
        if after is not before and after != before:
            changed[each.name] = after
    return replace(value, **changed) if changed else value  # type: ignore[type-var]


def _request_body(body: RequestBody, kind: Kind, change: Change, place: str) -> RequestBody:
    return replace(
        body,
        text=on_text(body.text, lambda data: change.content(data, kind, place)),
        fields=walked(body.fields, change, place),
        path=on_text(body.path, lambda data: change.text(data, place)),
        data=change.body(body.data, kind, place),
        media_type=body.media_type,
    )


class Each:
    """Does the same to all text and bytes; see `Change`."""

    def __init__(self, change: Callable[[bytes], bytes]) -> None:
        self._change = change

    def text(self, data: bytes, place: str) -> bytes:
        return self._change(data)

    def named(self, name: str, data: bytes, place: str) -> bytes:
        return self._change(data)

    def secret(self, name: str, data: bytes, place: str) -> bytes:
        return self._change(data)

    def data(self, data: bytes, place: str) -> bytes:
        return self._change(data)

    def content(self, data: bytes, kind: Kind, place: str) -> bytes:
        return self._change(data)

    def body(self, body: Body, kind: Kind | None, place: str) -> Body:
        if not body.kept or not body.stored:
            return body
        raw = body.read()
        data = self._change(raw)
        if data == raw:
            return body
        return Body.of(data).in_place_of(body)
