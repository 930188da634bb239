"""An HTTP request as the practice server received it, and what can be read out of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, unquote

from ..model import Header

# A larger body is told by size and digest only: an echo of it would hold up who shares our loop.
ECHO: Final = 1 << 18
_ORIGIN: Final = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")

Values: TypeAlias = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form (RFC 7578)."""

    name: str
    filename: str | None
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Attributes:
        target: As it stands in the request line.
        headers: In wire order and case.
        body: The first part of the body: all of it up to `connection.KEPT` bytes.
        size: Bytes of the whole body.
        sha256: Hex digest of the whole body.
        origin: Scheme and authority of this server.
        client: Address of the client.
    """

    method: str
    target: str
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    size: int = 0
    sha256: str = hashlib.sha256(b"").hexdigest()
    origin: str = ""
    client: str = ""

    @property
    def path(self) -> str:
        """The path as sent, also from a target in absolute form (RFC 9112, section 3.2.2)."""
        return _ORIGIN.sub("", self.target, count=1).partition("?")[0] or "/"

    @property
    def segments(self) -> list[str]:
        """The parts of the path, decoded."""
        return [unquote(part) for part in self.path.split("/")[1:]]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query, in order."""
        return _pairs(self.target.partition("?")[2])

    def argument(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        return next((value for key, value in self.pairs if key == name), default)

    def header(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies as sent (RFC 6265, section 4.2)."""
        texts = [value for key, value in self.headers if key.lower() == "cookie"]
        pairs = (pair.partition("=") for text in texts for pair in text.split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}

    @property
    def media_type(self) -> str:
        return self._content_type().get_content_type() if self.header("content-type") else ""

    def parts(self) -> Iterator[Part]:
        """Yield the parts of a multipart body; none of a body that is none."""
        boundary = self._content_type().get_boundary("")
        if not self.media_type.startswith("multipart/") or not boundary:
            return
        mark = b"\r\n--" + boundary.encode("utf-8", "replace")
        for piece in (b"\r\n" + self.body).split(mark)[1:]:
            if piece.startswith(b"--"):
                return
            head, _, data = piece.partition(b"\r\n\r\n")
            yield _part(head, data)

    def echo(self) -> dict[str, object]:
        """Return all of it as a JSON value."""
        value: dict[str, object] = {
            "method": self.method,
            "url": self.origin + self.target if self.target.startswith("/") else self.target,
            "path": self.path,
            "args": merge(self.pairs),
            "headers": [list(header) for header in self.headers],
            "client": self.client,
            "size": self.size,
            "sha256": self.sha256,
        }
        return value | self._body_value()

    def _body_value(self) -> dict[str, object]:
        if self.size > ECHO:
            return {"note": f"a body above {ECHO} bytes is not echoed"}
        if self.media_type.startswith("multipart/"):
            parts = list(self.parts())
            return {"form": fields(parts), "json": None, "files": files(parts)}
        is_form = self.media_type == "application/x-www-form-urlencoded"
        form = _pairs(self.body.decode("utf-8", "replace")) if is_form else []
        value: dict[str, object] = {"form": merge(form), "json": _json(self.body), "files": []}
        try:
            value["text"] = self.body.decode()
        except UnicodeDecodeError:
            value["base64"] = base64.b64encode(self.body).decode("ascii")
        return value

    def _content_type(self) -> Message:
        message = Message()
        message["content-type"] = self.header("content-type")
        return message


def fields(parts: Iterable[Part]) -> Values:
    """Return the parts of a form that are no files."""
    return merge((part.name, _text(part.data)) for part in parts if part.filename is None)


def files(parts: Iterable[Part]) -> list[dict[str, object]]:
    """Return the files of a form by size and digest, without their bytes."""
    return [_file(part) for part in parts if part.filename is not None]


def _file(part: Part) -> dict[str, object]:
    return {
        "name": part.name,
        "filename": part.filename,
        "type": part.media_type,
        "size": len(part.data),
        "sha256": hashlib.sha256(part.data).hexdigest(),
    }


def merge(pairs: Iterable[tuple[str, str]]) -> Values:
    """Make a dictionary of pairs; a name that comes again has a list."""
    merged: Values = {}
    for name, value in pairs:
        known = merged.get(name)
        if known is None:
            merged[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            merged[name] = [known, value]
    return merged


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, errors="replace")


def _part(head: bytes, data: bytes) -> Part:
    message = Message()
    for line in _text(head).split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            message[key.strip()] = value.strip()
    name = message.get_param("name", "", "content-disposition")
    filename = message.get_filename()
    return Part(str(name), filename, message.get_content_type(), data)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _json(data: bytes) -> object:
    """Read JSON; None for what is none, and for what could not be written again."""
    try:
        value: object = json.loads(data, parse_constant=_refuse)
        json.dumps(value, indent=2)
    except (ValueError, RecursionError):
        return None
    return value


def _refuse(name: str) -> object:
    raise ValueError(name)
