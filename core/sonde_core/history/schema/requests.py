"""Requests ⇄ plain JSON values: rows that are off, options and steps included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

from ...body import EMPTY, Body
from ...http_request import Auth, BodyKind, Field, HttpOptions, HttpRequest, RequestBody, Upload
from ...model import Request
from ...session_request import SessionRequest
from .bodies import GetBody, PutBody, from_body, to_body
from .many import from_many, to_many
from .session_options import from_session_options, to_session_options
from .steps import from_step, to_step
from .values import (
    Record,
    count,
    finite,
    flag,
    from_pairs,
    from_text,
    number,
    one_of,
    record,
    rows,
    to_pairs,
    to_text,
)

if TYPE_CHECKING:
    from ...listen_request import ListenRequest

_BODY_KINDS: Final[tuple[BodyKind, ...]] = get_args(BodyKind)
_AUTH_KINDS: Final[tuple[Literal["none", "basic", "bearer"], ...]] = ("none", "basic", "bearer")


def to_request(request: Request, put: PutBody | None, inline: int) -> Record:
    """Write a request; `url` tells HTTP from a session, which has an `address`."""
    if isinstance(request, SessionRequest):
        plain: Record = {
            "address": to_text(request.address),
            "opts": to_session_options(request.options),
            "steps": to_many([to_step(step, put, inline) for step in request.steps], put),
        }
        if request.listener is not None:
            from .listening import to_listener  # most sessions are of no listener

            plain["listen"] = to_listener(request.listener, put, inline)
        return plain
    return {
        "method": to_text(request.method),
        "url": to_text(request.url),
        "params": [_to_field(field) for field in request.params],
        "headers": [_to_field(field) for field in request.headers],
        "auth": _to_auth(request.auth),
        "opts": _to_http_options(request.options),
        "body": _to_request_body(request.body, put, inline),
    }


def from_request(value: object, get: GetBody | None) -> Request:
    """Read a request."""
    plain = record(value)
    if "url" not in plain:
        steps = (from_step(step, get) for step in from_many(plain.get("steps"), get))
        return SessionRequest(
            from_text(plain.get("address")),
            from_session_options(record(plain.get("opts", {}))),
            tuple(step for step in steps if step),
            _from_listener(plain.get("listen"), get),
        )
    return HttpRequest(
        from_text(plain.get("method", "GET")),
        from_text(plain["url"]),
        _from_fields(plain.get("params")),
        _from_fields(plain.get("headers")),
        _from_request_body(record(plain.get("body", {})), get),
        _from_auth(record(plain.get("auth", {}))),
        _from_http_options(record(plain.get("opts", {}))),
    )


def _from_listener(value: object, get: GetBody | None) -> ListenRequest | None:
    """Read what the listener was asked for; the session can be looked at without it, too."""
    if value is None:
        return None
    from .listening import from_listener

    try:
        return from_listener(value, get)
    except ValueError:  # a rule that another version wrote, say
        return None


def _to_field(field: Field) -> list[object]:
    row: list[object] = [to_text(field.name), to_text(field.value)]
    return row if field.on else [*row, False]


def _from_fields(value: object) -> tuple[Field, ...]:
    return tuple(_from_field(rows(row)) for row in rows(value))


def _from_field(row: list[object]) -> Field:
    if len(row) not in (2, 3):
        raise ValueError("a row has a name and a value")
    return Field(from_text(row[0]), from_text(row[1]), flag(row[2]) if len(row) == 3 else True)


def _to_auth(auth: Auth) -> Record:
    return {"kind": auth.kind, "user": to_text(auth.user), "secret": to_text(auth.secret)}


def _from_auth(plain: Record) -> Auth:
    return Auth(
        one_of(plain.get("kind", "none"), _AUTH_KINDS, why="unknown credentials"),
        from_text(plain.get("user", "")),
        from_text(plain.get("secret", "")),
    )


def _to_http_options(options: HttpOptions) -> Record:
    total = options.total_timeout
    return {
        "connect_timeout": finite(options.connect_timeout),
        "idle_timeout": finite(options.idle_timeout),
        "total_timeout": None if total is None else finite(total),
        "follow_redirects": options.follow_redirects,
        "max_redirects": options.max_redirects,
        "resend_body": options.resend_body,
        "verify": options.verify,
        "ca_file": to_text(options.ca_file),
        "max_bytes": options.max_bytes,
        "use_proxy": options.use_proxy,
    }


def _from_http_options(plain: Record) -> HttpOptions:
    usual = HttpOptions()
    total = plain.get("total_timeout", usual.total_timeout)
    return HttpOptions(
        connect_timeout=number(plain.get("connect_timeout", usual.connect_timeout)),
        idle_timeout=number(plain.get("idle_timeout", usual.idle_timeout)),
        total_timeout=None if total is None else number(total),
        follow_redirects=flag(plain.get("follow_redirects", usual.follow_redirects)),
        max_redirects=count(plain.get("max_redirects", usual.max_redirects)),
        resend_body=flag(plain.get("resend_body", usual.resend_body)),
        verify=flag(plain.get("verify", usual.verify)),
        ca_file=from_text(plain.get("ca_file", "")),
        max_bytes=count(plain.get("max_bytes", usual.max_bytes)),
        use_proxy=flag(plain.get("use_proxy", usual.use_proxy)),
    )


def _to_request_body(body: RequestBody, put: PutBody | None, inline: int) -> Record:
    value: Record = {"kind": body.kind}
    if body.text:
        value["text"] = _to_long_text(body.text, put, inline)
    if body.fields:
        value["fields"] = [_to_field(field) for field in body.fields]
    if body.path:
        value["path"] = to_text(body.path)
    if body.uploads:
        value["uploads"] = to_pairs((each.name, each.path) for each in body.uploads)
    if body.media_type:
        value["type"] = to_text(body.media_type)
    if body.data != EMPTY:
        value["data"] = to_body(body.data, put, inline)
    return value


def _from_request_body(plain: Record, get: GetBody | None) -> RequestBody:
    return RequestBody(
        kind=one_of(plain.get("kind", "none"), _BODY_KINDS, why="unknown kind of body"),
        text=_from_long_text(plain.get("text", ""), get),
        fields=_from_fields(plain.get("fields")),
        path=from_text(plain.get("path", "")),
        uploads=tuple(Upload(*pair) for pair in from_pairs(plain.get("uploads"))),
        data=from_body(plain["data"], get) if "data" in plain else EMPTY,
        media_type=from_text(plain.get("type", "")),
    )


def _to_long_text(text: str, put: PutBody | None, inline: int) -> object:
    """Write text that a person typed or pasted; very long text goes beside, like a body."""
    plain = to_text(text)
    if put is None or len(text) <= inline or not isinstance(plain, str):
        return plain
    return {"body": to_body(Body.of(text.encode("utf-8")), put, inline)}


def _from_long_text(value: object, get: GetBody | None) -> str:
    if isinstance(value, dict) and "body" in value:
        body = from_body(value["body"], get)
        return body.read().decode("utf-8") if body.kept else ""
    return from_text(value)
