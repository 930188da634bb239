"""Steps → text, one step a line, made to be read and edited; `text.read_steps` reads it back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ..payload import escape, to_bytes
from ..steps import (
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)

_WIDTH: Final = 72  # characters of a string
_HEX_WIDTH: Final = 24  # bytes of a line
_INDENT: Final = "    "
# Where a text breaks into strings: after each line feed.
_LINES: Final = re.compile(rb"[^\n]*\n|[^\n]+")
_SMALL: Final = 200
# An escape, or one character: a string is never broken within one.
_UNITS: Final = re.compile(r"\\x[0-9a-f]{2}|\\.|.", re.DOTALL)
_RAW: Final = re.compile(r"(?:\\[^/]|[^\\/])+")


def write_steps(steps: Sequence[Step]) -> str:
    """Write steps, one a line; long bytes go on in indented lines."""
    return "".join(f"{written}\n" for step in steps for written in _lines(step))


def write_step(step: Step, *, limit: int = 60) -> str:
    """Write a step in one line without its time, shortened; controls are escapes."""
    words = _words(step)
    data = _data(step)
    if data is not None:
        cut = data[: limit * 4]
        shown = f'"{_quoted(cut)}"' if _is_text(cut) else f"hex {cut[:limit].hex(' ')}"
        words.append(shown if len(cut) == len(data) else shown[:-1] + "…")
    text = " ".join(words)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _lines(step: Step) -> Iterator[str]:
    words, data, options = _words(step), _data(step), _options(step)
    first, *more = [""] if data is None else _data_lines(step, data)
    rows = [" ".join(word for word in (*words, first) if word), *(_INDENT + row for row in more)]
    if options and len(rows) > 1 and len(rows[-1]) + len(options) > _WIDTH + 20:
        rows.append(_INDENT + options)
    elif options:
        rows[-1] += f"  {options}"
    yield from rows


def _words(step: Step) -> list[str]:
    match step:
        case SendStep():
            mark = "!" if step.template else ""
            if step.kind in (MessageKind.PING, MessageKind.PONG):
                return [f"{step.kind}{mark}"]
            return [f"send{mark}", *([step.kind.value] if step.kind else [])]
        case ExpectStep():
            count = [str(step.count)] if step.how == "count" else []
            return ["expect", *([step.kind.value] if step.kind else []), step.how, *count]
        case HalfCloseStep():
            plain = (step.code, step.reason) == (1000, "")
            return ["half-close"] if plain else ["half-close", str(step.code)]
        case WaitStep():
            return ["wait", f"{_number(step.seconds)}s"]
        case UpgradeStep():
            return ["upgrade"]
        case CloseStep():
            return ["reset" if step.reset else "close"]


def _data(step: Step) -> bytes | None:
    match step:
        case SendStep():
            return step.data
        case ExpectStep(how="equal" | "prefix" | "regex"):
            return step.data
        case HalfCloseStep(reason=reason) if reason:
            return to_bytes(reason)
        case _:
            return None


def _options(step: Step) -> str:
    options: list[str] = []
    if isinstance(step, ExpectStep):
        if step.how == "count" and step.data:
            options.append(f"sha256 {step.data.hex()}")
        if step.seconds is not None:
            options.append(f"within {_number(step.seconds)}s")
    if step.after:
        options.append(f"after {step.after}")
    if step.at:
        options.append(f"@{_number(step.at)}")
    return "  ".join(options)


def _number(value: float) -> str:
    plain = f"{value:.6f}".rstrip("0").rstrip(".")
    return plain if float(plain) == value else repr(value)


def _data_lines(step: Step, data: bytes) -> Iterator[str]:
    if isinstance(step, ExpectStep) and step.how == "regex" and (raw := _raw(data)):
        yield raw
    elif isinstance(step, HalfCloseStep) or _is_text(data):
        yield from (f'"{text}"' for text in _strings(data))
    else:
        rows = [data[at : at + _HEX_WIDTH] for at in range(0, len(data), _HEX_WIDTH)]
        yield f"hex {rows[0].hex(' ')}"
        yield from (row.hex(" ") for row in rows[1:])


def _is_text(data: bytes) -> bool:
    """Whether bytes are easier to read as text: most characters are not escapes."""
    written = escape(data[: _SMALL * 4])
    return len(re.findall(r"\\[x0]", written)) * 8 <= len(written)


def _raw(pattern: bytes) -> str:
    """Write a pattern between slashes; empty where that would not be read back."""
    try:
        text = pattern.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    if not text.isprintable() or not _RAW.fullmatch(text.replace("/", "")) or "\\/" in text:
        return ""
    return "/" + text.replace("/", "\\/") + "/"


def _quoted(data: bytes) -> str:
    return escape(data).replace('"', '\\"')


def _strings(data: bytes) -> Iterator[str]:
    """Break a text into strings: one for each of its lines, and none too wide."""
    if not data:
        yield ""
    for line in _LINES.finditer(data):
        row: list[str] = []
        size = 0
        for unit in _UNITS.findall(_quoted(line[0])):
            if size + len(unit) > _WIDTH and not unit.startswith(("\\n", "\\r")):
                yield "".join(row)
                row, size = [], 0
            row.append(unit)
            size += len(unit)
        yield "".join(row)
