"""An HTTP request as a person writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .body import EMPTY, Body


@dataclass(frozen=True, slots=True)
class Field:
    """One row of params, headers or a form; a row that is off is kept and not sent."""

    name: str
    value: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart form (RFC 7578), read when the request is sent."""

    name: str
    path: str


BodyKind: TypeAlias = Literal["none", "json", "form", "text", "file", "multipart", "bytes"]


@dataclass(frozen=True, slots=True)
class RequestBody:
    """What to send after the headers, as the person wrote it.

    Attributes:
        text: For `json` and `text`.
        fields: For `form` and `multipart`.
        path: For `file`: read when the request is sent.
        uploads: For `multipart`.
        data: For `bytes`, and in an entry what was really sent.
        media_type: Content-Type to send when no header row names one; for `bytes` and `file`.
    """

    kind: BodyKind = "none"
    text: str = ""
    fields: tuple[Field, ...] = ()
    path: str = ""
    uploads: tuple[Upload, ...] = ()
    data: Body = EMPTY
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Auth:
    """Credentials for one request (RFC 7617, RFC 6750)."""

    kind: Literal["none", "basic", "bearer"] = "none"
    user: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How to send an HTTP request; times in seconds, sizes in bytes."""

    connect_timeout: float = 10.0
    idle_timeout: float = 30.0
    total_timeout: float | None = 120.0
    follow_redirects: bool = True
    max_redirects: int = 20
    resend_body: bool = False  # let a 307 or 308 carry the body to another origin
    verify: bool = True
    ca_file: str = ""
    max_bytes: int = 1 << 30
    use_proxy: bool = True


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request as a person writes it; rows that are off are kept and not sent."""

    method: str = "GET"
    url: str = ""
    params: tuple[Field, ...] = ()
    headers: tuple[Field, ...] = ()
    body: RequestBody = RequestBody()
    auth: Auth = Auth()
    options: HttpOptions = HttpOptions()
