"""What a listener is to do by itself, as a person writes it, and the request that it makes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import option_texts, payload
from .endpoint import SESSION_SCHEMES
from .errors import RequestError, SondeError
from .listen_fields import (
    BY_HAND,
    ECHO,
    FORWARD,
    HTTP,
    OF_SOCKETS,
    RECORDING,
    RULES,
    USUAL,
    fields_of,
    read_field,
)
from .listen_request import ListenRequest
from .model import Header
from .session_request import SessionOptions
from .steps import SendStep, Step
from .words import count

if TYPE_CHECKING:
    from .body import Body


@dataclass(frozen=True, slots=True)
class ListenPlan:
    """What is written; also for the manners that are not chosen, so that none of it is lost.

    Attributes:
        manner: One of `MANNERS`.
        texts: Of each field, by its name; of one that is not there the usual text counts.
        headers: Of the answer to HTTP.
        script: The server's side of a recording.
        script_of: Which recording that is, in words.
        far: How the far side is opened, of a listener that forwards.
    """

    manner: str = BY_HAND
    texts: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[Header, ...] = ()
    script: tuple[Step, ...] = ()
    script_of: str = ""
    far: SessionOptions = field(default_factory=SessionOptions)

    def text(self, name: str) -> str:
        """Return the text of a field."""
        return self.texts.get(name, USUAL[name])

    def is_like(self, other: ListenPlan) -> bool:
        """Whether both say the same: a usual text may be written, or left out."""
        texts = all(self.text(name) == other.text(name) for name in USUAL)
        return texts and replace(self, texts={}) == replace(other, texts={})

    def playing(self, script: tuple[Step, ...], script_of: str) -> ListenPlan:
        """Return one that plays a recording to each client."""
        return replace(self, manner=RECORDING, script=script, script_of=script_of)


def scheme_of(address: str) -> str:
    """Return the scheme that an address has so far, `tcp` where it has none."""
    named = address.strip().partition(":")[0].lower()
    return named if named in SESSION_SCHEMES else "tcp"


def fault_of(
    plan: ListenPlan, scheme: str, names: Collection[str] = ()
) -> tuple[str, SondeError] | None:
    """Return the first field that is wrong, and why; no file is looked at.

    Args:
        plan: What is written.
        scheme: Of where it is to listen.
        names: What replies may name besides what their rules catch.
    """
    for each in fields_of(scheme, plan.manner):
        try:
            read_field(each.name, plan.text(each.name), names)
        except SondeError as error:
            return each.name, error
    if plan.manner == HTTP:
        try:
            option_texts.read_headers(plan.headers)
        except SondeError as error:
            return "headers", error
    if plan.manner == RECORDING and not plan.script:
        return "script", RequestError(
            "There is no recording to play yet.", hint="Choose one of the history."
        )
    return None


def request_of(
    plan: ListenPlan, address: str, greeting: str, names: Collection[str] = ()
) -> ListenRequest:
    """Return what is to be bound; it reads the files that are named.

    Args:
        plan: What is written.
        address: Where it is to listen.
        greeting: With escapes.
        names: What greeting and replies may name, such as the values of an environment.

    Raises:
        SondeError: A field is wrong, or a file cannot be read.
    """
    from .templates import Values, is_template

    scheme = scheme_of(address)
    fault = fault_of(plan, scheme, names)
    if fault is not None:
        raise fault[1]
    read: dict[str, Any] = {
        each.name: read_field(each.name, plan.text(each.name), names)
        for each in fields_of(scheme, plan.manner)
    }
    said = payload.unescape(greeting)
    fills = read.pop("fill") and is_template(said, Values(dict.fromkeys(("peer", *names), b"")))
    request = ListenRequest(
        address,
        said,
        echo=plan.manner == ECHO,
        greeting_template=fills,
        idle_timeout=read.pop("idle"),
        options=SessionOptions(**{name: read.pop(name) for name in OF_SOCKETS if name in read}),
    )
    _check_files(read)
    return replace(request, **_of_manner(plan, read), **read)


def _check_files(read: Mapping[str, Any]) -> None:
    from .outlets import files

    for name in ("certificate", "key", "client_ca"):
        if read.get(name):
            files.check_readable(read[name])


def _of_manner(plan: ListenPlan, read: dict[str, Any]) -> dict[str, Any]:
    """Take what belongs to the manner out of what was read, and put it as a request has it."""
    if plan.manner == HTTP:
        from .serving.rule import HttpAnswer

        headers = option_texts.read_headers(plan.headers)
        return {"http": HttpAnswer(read.pop("status"), headers, _body(read.pop("body")))}
    if plan.manner == FORWARD:
        from .serving.forward import Forward

        names = ("forward", "there", "back")
        address, there, back = (read.pop(name) for name in names)
        return {"forward": Forward(address, plan.far, there, back)}
    if plan.manner == RECORDING:
        pace, strict = read.pop("pace"), read.pop("strict")
        return {"script": plan.script, "script_pace": pace, "script_strict": strict}
    return {}


def _body(found: str | bytes) -> Body:
    from .body import Body, Spool
    from .outlets import files

    if isinstance(found, bytes):
        return Body.of(found)
    files.check_regular(found)
    spool = Spool()
    for piece in files.read_slices(found):
        spool.write(piece)
    return spool.body()


def plan_of(options: SessionOptions, before: ListenPlan) -> ListenPlan:
    """Return a plan with what a client's session knows of its listener, the rest as before."""
    texts = {name: option_texts.text_of(options, name) for name in OF_SOCKETS}
    texts["idle"] = option_texts.text_of(options, "idle_timeout")
    return replace(before, texts={**before.texts, **texts})


def differing(plan: ListenPlan, scheme: str) -> str:
    """Say in one line what the listener does, and what differs from the usual."""
    parts = [*_does(plan), *_differing(plan, scheme)]
    return " · ".join(filter(None, parts))


def _does(plan: ListenPlan) -> Iterator[str]:
    if plan.manner == RULES:
        try:
            rules = read_field("rules", plan.text("rules"), None)
        except SondeError:
            yield "no rules yet"
        else:
            yield count(len(rules), "rule")  # type: ignore[arg-type]  # its reader gives a tuple
    elif plan.manner == HTTP:
        yield f"answers {plan.text('status')}"
        yield count(len(plan.headers), "header") if plan.headers else ""
        yield _said(plan.text("body"))
    elif plan.manner == RECORDING:
        yield f"plays {plan.script_of}" if plan.script else "no recording yet"
    elif plan.manner == FORWARD:
        yield f"to {plan.text('forward')}" if plan.text("forward") else "no far side yet"
        yield option_texts.differing(plan.far, scheme_of(plan.text("forward")))


def _said(body: str) -> str:
    if body.startswith("@"):
        return f"body from {body[1:]}"
    return "a body" if body else ""


def _differing(plan: ListenPlan, scheme: str) -> Iterator[str]:
    for each in fields_of(scheme, plan.manner):
        text = plan.text(each.name).strip()
        if text != each.usual and each.name not in ("rules", "status", "body", "forward"):
            yield f"{each.label} {text or 'none'}"


def can_be_played(script: tuple[Step, ...]) -> bool:
    """Whether the server says anything in it."""
    return any(isinstance(step, SendStep) for step in script)
