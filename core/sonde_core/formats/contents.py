"""What the body of a request is, and the request with it masked."""

from __future__ import annotations

from ..errors import BodyError
from ..http_request import Field, HttpRequest
from ..model import Header
from ..secret_contents import SNIFFED, Kind, kind_by, mask_content


def kind_of(request: HttpRequest) -> Kind:
    """Tell what the body is: by its kind, by its Content-Type, or JSON by its first bytes."""
    body = request.body
    if body.kind in ("form", "multipart", "json"):
        return "form" if body.kind == "form" else "json" if body.kind == "json" else "multipart"
    named = [row.value for row in request.headers if row.on and _names_type(row)]
    media_type = named[0] if named else body.media_type or body.data.media_type
    main = media_type.partition(";")[0].strip().lower()
    return kind_by(main, _first(request))


def _names_type(row: Field) -> bool:
    return row.name.strip().lower() == "content-type"


def _first(request: HttpRequest) -> bytes:
    body = request.body
    if body.text:
        return body.text[:SNIFFED].lstrip().encode("utf-8", "replace")
    try:
        return body.data.read(0, SNIFFED).lstrip() if body.data.kept else b""
    except BodyError:
        return b""


def mask_body(
    data: bytes, headers: tuple[Header, ...], request: HttpRequest
) -> tuple[bytes, tuple[Header, ...]]:
    """Mask a request's body, and let its Content-Length be that of what is shown."""
    masked = mask_content(data, kind_of(request))
    if masked == data:
        return data, headers
    size = str(len(masked))
    return masked, tuple(
        (name, size if name.lower() == "content-length" else value) for name, value in headers
    )
