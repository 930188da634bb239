"""What a listener was asked for, as a person writes it: `listen_plan` makes the same of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from . import option_texts, payload
from .body import Body
from .listen_fields import BY_HAND, ECHO, FORWARD, HTTP, OF_SOCKETS, RECORDING, RULES
from .listen_plan import ListenPlan
from .listen_request import ListenRequest
from .option_texts import NO, YES
from .words import count, size

LONGEST: Final = 1 << 16  # bytes of an answer's body that are brought back as text


@dataclass(frozen=True, slots=True)
class Written:
    """A listener in texts.

    Attributes:
        greeting: With escapes.
        missing: What could not be brought back, in a sentence; empty for nothing.
    """

    plan: ListenPlan
    greeting: str
    missing: str = ""


def write(request: ListenRequest, before: ListenPlan) -> Written:
    """Write what a listener was asked for; of other manners all stays as it was before."""
    texts, missing = dict(_texts(request)), ""
    if request.http is not None:
        before = replace(before, headers=request.http.headers)
        body = _body(request.http.body)
        texts["body"] = body or ""
        if body is None:
            told = size(request.http.body.size)
            missing = f"The body it answered with ({told}) is not brought back."
    plan = replace(before, manner=_manner(request), texts={**before.texts, **texts})
    if request.script:
        words = f"a recording of {count(len(request.script), 'step')}"
        plan = plan.playing(request.script, words)
    if request.forward is not None:
        plan = replace(plan, far=request.forward.options)
    return Written(plan, payload.escape(request.greeting), missing)


def _manner(request: ListenRequest) -> str:
    """Return what it does, as `serving.answering` chooses."""
    chosen = (
        (FORWARD, request.forward is not None),
        (HTTP, request.http is not None),
        (RECORDING, bool(request.script)),
        (RULES, bool(request.rules)),
        (ECHO, request.echo),
    )
    return next((manner for manner, is_it in chosen if is_it), BY_HAND)


def _texts(request: ListenRequest) -> Iterator[tuple[str, str]]:
    """Yield the text of each field that means something."""
    for name in OF_SOCKETS:
        yield name, option_texts.text_of(request.options, name)
    for name in ("certificate", "key", "client_ca", "min_tls"):
        yield name, getattr(request, name)
    yield "alpn", ", ".join(request.alpn)
    yield "subprotocols", ", ".join(request.subprotocols)
    yield "compression", YES if request.compression else NO
    yield "max_clients", str(request.max_clients)
    yield "idle", "" if request.idle_timeout is None else f"{request.idle_timeout:.12g}"
    yield "fill", YES if request.greeting_template or b"{{" not in request.greeting else NO
    yield from _of_manner(request)


def _of_manner(request: ListenRequest) -> Iterator[tuple[str, str]]:
    if request.forward is not None:
        from .serving.fault_text import write_faults

        yield "forward", request.forward.address
        yield "there", write_faults(request.forward.there)
        yield "back", write_faults(request.forward.back)
    elif request.http is not None:
        yield "status", str(request.http.status)
    elif request.script:
        yield "pace", request.script_pace
        yield "strict", YES if request.script_strict else NO
    elif request.rules:
        from .serving.rule_text import write_rules

        yield "rules", write_rules(request.rules)
        yield "framing", request.framing


def _body(body: Body) -> str | None:
    """Write an answer's body as text; None where it is too long, or its bytes are gone."""
    if not body.kept or body.size > LONGEST:
        return None
    text = payload.escape(body.read())
    return rf"\x40{text[1:]}" if text.startswith("@") else text
