"""The steps of a session ⇄ plain JSON values; what is as usual is left out."""

from __future__ import annotations

from typing import Final, get_args

from ...body import Body
from ...steps import (
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    How,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)
from .bodies import GetBody, PutBody, from_body, to_body
from .values import (
    Record,
    count,
    finite,
    flag,
    from_ms,
    from_text,
    number,
    one_of,
    record,
    to_ms,
    to_text,
)

_HOWS: Final[tuple[How, ...]] = get_args(How)


def to_step(step: Step, put: PutBody | None, inline: int) -> object:
    """Write a step; its first name tells which it is."""
    value: Record = {"ms": to_ms(step.at), "after": step.after}
    match step:
        case SendStep():
            kind = {"kind": step.kind.value} if step.kind else {}
            template = {"template": True} if step.template else {}
            data = to_body(Body.of(step.data), put, inline)
            return {"send": data} | value | kind | template
        case HalfCloseStep():
            if (step.code, step.reason) != (1000, ""):
                value |= {"code": step.code, "reason": to_text(step.reason)}
            return {"half_close": True} | value
        case UpgradeStep():
            return {"upgrade": True} | value
        case ExpectStep():
            seconds = {} if step.seconds is None else {"seconds": finite(step.seconds)}
            many = {"count": step.count} if step.count else {}
            kind = {"kind": step.kind.value} if step.kind else {}
            data = to_body(Body.of(step.data), put, inline)
            return {"expect": step.how, "data": data} | value | many | seconds | kind
        case WaitStep():
            return {"wait": finite(step.seconds)} | value
    return {"close": True} | value | ({"reset": True} if step.reset else {})


def from_step(value: object, get: GetBody | None) -> Step | None:
    """Read a step; one whose bytes are not kept any more is left out.

    Raises:
        ValueError: It is none that this version knows.
    """
    plain = record(value)
    after, at = count(plain.get("after", 0)), from_ms(plain.get("ms", 0))
    if "send" in plain:
        data = _bytes(plain["send"], get)
        kind = MessageKind(from_text(plain.get("kind", "")))
        template = flag(plain.get("template", False))
        return None if data is None else SendStep(data, after, at, kind, template)
    if "half_close" in plain:
        reason = from_text(plain.get("reason", ""))
        return HalfCloseStep(after, at, count(plain.get("code", 1000)), reason)
    if "upgrade" in plain:
        return UpgradeStep(after, at)
    if "wait" in plain:
        return WaitStep(number(plain["wait"]), after, at)
    if "close" in plain:
        return CloseStep(flag(plain.get("reset", False)), after, at)
    if "expect" not in plain:
        raise ValueError("unknown step")
    data = _bytes(plain.get("data", {}), get)
    seconds = number(plain["seconds"]) if "seconds" in plain else None
    how = one_of(plain["expect"], _HOWS, why="unknown way to expect")
    many = count(plain.get("count", 0))
    kind = MessageKind(from_text(plain.get("kind", "")))
    return None if data is None else ExpectStep(how, data, many, seconds, after, at, kind)


def _bytes(value: object, get: GetBody | None) -> bytes | None:
    body = from_body(value, get)
    return body.read() if body.kept else None
