"""What a listener was asked for ⇄ plain JSON values; what is as usual is left out."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final, get_args

from ...errors import SondeError
from ...listen_request import ListenRequest
from ...session_request import TlsVersion
from ...steps import Step
from .bodies import GetBody, PutBody, from_body, to_body
from .many import from_many, to_many
from .session_options import from_session_options, to_session_options
from .steps import from_step, to_step
from .values import (
    Record,
    count,
    finite,
    flag,
    from_bytes,
    from_pairs,
    from_text,
    number,
    one_of,
    record,
    texts,
    to_bytes,
    to_pairs,
    to_text,
)

if TYPE_CHECKING:
    from ...serving.forward import Forward
    from ...serving.rule import HttpAnswer, Rule

_USUAL: Final = ListenRequest("")
_FLAGS: Final = ("echo", "greeting_template", "script_strict", "compression")
_TEXTS: Final = ("certificate", "key", "client_ca")
_LISTS: Final = ("alpn", "subprotocols")
_WORDS: Final = {
    "script_pace": ("fast", "recorded"),
    "min_tls": get_args(TlsVersion),
    "framing": ("auto", "lines", "stream"),
}


def to_listener(request: ListenRequest, put: PutBody | None, inline: int) -> Record:
    """Write it; rules and faults as the lines that a person types."""
    values = {each.name: getattr(request, each.name) for each in fields(request)}
    changed = {name for name, value in values.items() if value != getattr(_USUAL, name)}
    plain: Record = {"address": to_text(request.address)}
    plain |= {name: values[name] for name in (*_FLAGS, *_WORDS, "max_clients") if name in changed}
    plain |= {name: to_text(values[name]) for name in _TEXTS if name in changed}
    plain |= {name: [to_text(each) for each in values[name]] for name in _LISTS if name in changed}
    if request.greeting:
        plain["greeting"] = to_bytes(request.greeting)
    if request.idle_timeout is not None:
        plain["idle_timeout"] = finite(request.idle_timeout)
    if options := to_session_options(request.options):
        plain["opts"] = options
    return plain | _to_manner(request, put, inline)


def _to_manner(request: ListenRequest, put: PutBody | None, inline: int) -> Record:
    plain: Record = {}
    if request.rules:
        from ...serving.rule_text import write_rules

        plain["rules"] = to_text(write_rules(request.rules))
    if request.http is not None:
        answer = request.http
        body = to_body(answer.body, put, inline)
        headers = to_pairs(answer.headers)
        plain["http"] = {"status": answer.status, "headers": headers, "body": body}
    if request.script:
        plain["script"] = to_many([to_step(each, put, inline) for each in request.script], put)
    if request.forward is not None:
        plain["forward"] = _to_forward(request.forward)
    return plain


def _to_forward(forward: Forward) -> Record:
    from ...serving.fault_text import write_faults

    plain: Record = {"address": to_text(forward.address)}
    if options := to_session_options(forward.options):
        plain["opts"] = options
    for name, faults in (("there", forward.there), ("back", forward.back)):
        if text := write_faults(faults):
            plain[name] = text
    return plain


def from_listener(value: object, get: GetBody | None) -> ListenRequest:
    """Read it; what is missing is as usual.

    Raises:
        ValueError: It is none; so is one with a rule that cannot be used.
    """
    plain = record(value)
    idle = plain.get("idle_timeout")
    try:
        return ListenRequest(
            from_text(plain.get("address")),
            from_bytes(record(plain.get("greeting", {}))) or b"",
            idle_timeout=None if idle is None else number(idle),
            max_clients=count(plain.get("max_clients", _USUAL.max_clients)),
            rules=_from_rules(plain.get("rules", "")),
            http=_from_http(plain.get("http"), get),
            script=_from_script(plain.get("script"), get),
            forward=_from_forward(plain.get("forward")),
            options=from_session_options(record(plain.get("opts", {}))),
            **_from_named(plain),  # type: ignore[arg-type]  # each of its field's type
        )
    except SondeError as error:
        raise ValueError(error.message) from error


def _from_script(value: object, get: GetBody | None) -> tuple[Step, ...]:
    steps = (from_step(step, get) for step in from_many(value, get))
    return tuple(step for step in steps if step)


def _from_named(plain: Record) -> dict[str, object]:
    read: dict[str, object] = {}
    read |= {name: flag(plain[name]) for name in _FLAGS if name in plain}
    read |= {name: from_text(plain[name]) for name in _TEXTS if name in plain}
    read |= {name: texts(plain[name]) for name in _LISTS if name in plain}
    for name, known in _WORDS.items():
        if name in plain:
            read[name] = one_of(plain[name], known, why="no known word")
    return read


def _from_rules(value: object) -> tuple[Rule, ...]:
    if not value:
        return ()
    from ...serving.rule_text import read_rules

    return read_rules(from_text(value), None)  # its environment may be another by now


def _from_http(value: object, get: GetBody | None) -> HttpAnswer | None:
    if value is None:
        return None
    from ...serving.rule import HttpAnswer

    plain = record(value)
    headers = from_pairs(plain.get("headers"))
    return HttpAnswer(count(plain.get("status", 200)), headers, from_body(plain.get("body"), get))


def _from_forward(value: object) -> Forward | None:
    if value is None:
        return None
    from ...serving.fault_text import read_faults
    from ...serving.forward import Forward

    plain = record(value)
    return Forward(
        from_text(plain.get("address")),
        from_session_options(record(plain.get("opts", {}))),
        read_faults(from_text(plain.get("there", ""))),
        read_faults(from_text(plain.get("back", ""))),
    )
