"""Steps as text, one a line, made to be edited by hand; `HELP` describes it."""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Final, get_args

from ..errors import PayloadSyntaxError, SondeError
from ..outlets import files
from ..payload import unescape
from ..quoting import quoted
from ..steps import (
    LONGEST_PAUSE,
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
from .tokens import StepsSyntaxError, Token, steps_in
from .writing import write_step, write_steps

__all__ = ["HELP", "StepsSyntaxError", "read_steps", "write_step", "write_steps"]

HELP: Final = r"""# One step a line. Indented lines go on with the step above them.
# A # leaves a step out, with its indented lines.
#   send "text\r\n"    \r \n \t \0 \\ \" \xHH; or hex 00 ff, base64 AP8=, file "name"
#   send! "{{name}}"   {{…}} is filled in when it is sent; without the ! it goes as it stands
#   expect equal "…"   or prefix "…", regex /…/, count 12, any, end; [within 2s]
#                      (?P<name>…) of a regex is {{name}} in what is sent later
#   wait 0.5s          half-close          upgrade (to TLS)     close     reset
#   WebSocket: send binary hex 00, ping "…", half-close 1001 "reason"
#   @0.25 tells when it was in the recording, in seconds
"""

_QUOTE: Final = re.compile(r"\\(.)", re.DOTALL)
_SECONDS: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?)(ms|s)?")
_HEX: Final = re.compile(r"(?:0x)?((?:[0-9A-Fa-f]{2})+)")
_DIGITS: Final = 18
_VERBS: Final = (
    "send",
    "ping",
    "pong",
    "expect",
    "wait",
    "half-close",
    "upgrade",
    "close",
    "reset",
)
_HOWS: Final[tuple[str, ...]] = get_args(How)
_KINDS: Final = {kind.value: kind for kind in MessageKind if kind and kind != MessageKind.PART}
_ENCODED: Final = ("hex", "base64", "file")


def read_steps(text: str, *, folder: str = "") -> tuple[Step, ...]:
    """Read what `write_steps` wrote, or a person.

    Args:
        text: One step a line.
        folder: Where files that are named by relative paths lie; the current one by default.

    Raises:
        StepsSyntaxError: Something is no step; it tells where.
    """
    return tuple(_Reader(tokens, folder).step() for tokens in steps_in(text))


class _Reader:
    """Reads one step."""

    def __init__(self, tokens: list[Token], folder: str) -> None:
        last = tokens[-1]
        end = Token("", "", last.line, last.column + len(last.text))
        self._tokens = [*tokens, end]
        self._at = 0
        self._folder = folder

    def step(self) -> Step:
        token = self._take()
        verb, encoded = _verb(token)
        if encoded:  # `send-hex 00` is `send hex 00`
            self._tokens.insert(self._at, replace(token, kind="word", text=encoded))
        step = self._of_verb(token, verb.removesuffix("!"), template=verb.endswith("!"))
        step = self._with_options(step)
        if self._next.kind:
            raise self._next.wrong(f"{self._next.shown} does not belong to this step.")
        return step

    def _of_verb(self, token: Token, verb: str, *, template: bool) -> Step:
        match verb:
            case "send":
                kind = self._kind()
                return SendStep(self._data(), kind=kind, template=template)
            case "ping" | "pong":
                data = self._data() if self._has_data else b""
                return SendStep(data, kind=MessageKind(verb), template=template)
            case "expect":
                return self._expect()
            case "wait":
                return WaitStep(self._pause())
            case "half-close":
                return self._half_close()
            case "upgrade":
                return UpgradeStep()
            case "close" | "reset":
                return CloseStep(reset=verb == "reset")
        near = _near(verb)
        raise token.wrong(f"{quoted(token.text)} is no step.", hint=near)

    def _half_close(self) -> HalfCloseStep:
        if not (self._next.kind == "word" and self._next.text.isdecimal()):
            return HalfCloseStep()
        code = self._number()
        reason = self._data() if self._next.kind == "string" else b""
        return HalfCloseStep(code=code, reason=reason.decode("utf-8", "surrogateescape"))

    def _expect(self) -> ExpectStep:
        kind = self._kind()
        token = self._take()
        if token.text not in _HOWS or token.kind != "word":
            raise token.wrong(
                f"expect is followed by {', '.join(_HOWS[:-1])} or {_HOWS[-1]},"
                f" not by {token.shown}."
            )
        how: How = token.text  # type: ignore[assignment]
        if how == "count":
            return ExpectStep(how, count=self._number(), kind=kind)
        if how in ("any", "end"):
            return ExpectStep(how, kind=kind)
        data = self._pattern() if how == "regex" else self._data()
        return ExpectStep(how, data, kind=kind)

    def _with_options(self, step: Step) -> Step:
        while self._next.kind == "word":
            token = self._next
            if token.text.startswith("@"):
                self._take()
                step = replace(step, at=_duration(token, token.text[1:]))
            elif token.text == "after":
                self._take()
                step = replace(step, after=self._number())
            elif token.text == "within" and isinstance(step, ExpectStep):
                self._take()
                step = replace(step, seconds=self._seconds())
            elif token.text == "sha256" and isinstance(step, ExpectStep) and step.how == "count":
                self._take()
                step = replace(step, data=self._digest())
            else:
                break
        return step

    def _kind(self) -> MessageKind:
        token = self._next
        if token.kind == "word" and token.text in _KINDS:
            self._take()
            return _KINDS[token.text]
        return MessageKind.NONE

    # words and bytes

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1 if token.kind else 0
        return token

    @property
    def _has_data(self) -> bool:
        token = self._next
        return token.kind == "string" or (token.kind == "word" and token.text in _ENCODED)

    def _pattern(self) -> bytes:
        token = self._next
        if token.kind != "raw":
            return self._data()
        self._take()
        text = _QUOTE.sub(lambda found: "/" if found[1] == "/" else found[0], token.text[1:-1])
        return text.encode("utf-8", "surrogateescape")

    def _data(self) -> bytes:
        token = self._next
        if token.kind == "word" and token.text == "hex":
            self._take()
            return self._hex()
        if token.kind == "word" and token.text == "base64":
            self._take()
            return self._base64()
        if token.kind == "word" and token.text == "file":
            self._take()
            return self._file()
        if token.kind != "string":
            raise token.wrong(
                f'"text", hex, base64 or file is missing before {token.shown}.',
                hint='Write bytes like "text\\r\\n" or hex 0d 0a.',
            )
        parts: list[bytes] = []
        while self._next.kind == "string":
            parts.append(_unescaped(self._take()))
        return b"".join(parts)

    def _hex(self) -> bytes:
        parts: list[bytes] = []
        while self._next.kind == "hex" or (
            self._next.kind == "word" and _HEX.fullmatch(self._next.text)
        ):
            parts.append(bytes.fromhex(self._take().text.replace("0x", "")))
        token = self._next
        if not parts or (token.kind == "word" and re.fullmatch(r"[0-9A-Fa-f]+", token.text)):
            raise token.wrong(f"pairs of hex digits are expected, not {token.shown}.")
        return b"".join(parts)

    def _base64(self) -> bytes:
        token = self._take()
        text = _unescaped(token).decode("latin-1") if token.kind == "string" else token.text
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise token.wrong(f"{token.shown} is no base64.") from None

    def _file(self) -> bytes:
        token = self._take()
        name = token.text if token.kind == "word" else ""
        if token.kind == "string":
            name = _unescaped(token).decode("utf-8", "surrogateescape")
        if not name:
            raise token.wrong("the name of a file is missing.", hint='Write it like "name".')
        try:
            path = str(Path(self._folder) / name)
            files.check_regular(path)
            return files.read_bounded(path)
        except SondeError as error:
            raise token.wrong(error.message, hint=error.advice) from error

    def _digest(self) -> bytes:
        token = self._take()
        if not re.fullmatch(r"[0-9A-Fa-f]{64}", token.text):
            raise token.wrong(f"a SHA-256 has 64 hex digits, {token.shown} has not.")
        return bytes.fromhex(token.text)

    def _number(self) -> int:
        token = self._take()
        if not re.fullmatch(r"[0-9]+", token.text):
            raise token.wrong(f"a whole number is expected, not {token.shown}.")
        if len(token.text) > _DIGITS:
            raise token.wrong(
                f"{token.shown} is too large.", hint=f"A number has {_DIGITS} digits at most."
            )
        return int(token.text)

    def _pause(self) -> float:
        token = self._next
        seconds = self._seconds()
        if seconds > LONGEST_PAUSE:
            raise token.wrong(f"{token.shown} is too long.", hint="An hour is the most.")
        return seconds

    def _seconds(self) -> float:
        token = self._take()
        return _duration(token, token.text)


def _verb(token: Token) -> tuple[str, str]:
    """Return what a step does, and how its bytes are written if that stands with it."""
    mark = "!" if token.text.endswith("!") else ""
    verb, _, encoded = token.text.removesuffix("!").partition("-")
    if verb == "send" and encoded in _ENCODED:
        return verb + mark, encoded
    return token.text, ""


def _near(verb: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(verb, _VERBS, 1)
    return f"Did you mean {near[0]}?" if near else ""


def _duration(token: Token, text: str) -> float:
    match = _SECONDS.fullmatch(text)
    value = float(match[1]) if match else math.inf
    if match is None or not math.isfinite(value):
        raise token.wrong(
            f"a time is expected, not {token.shown}.", hint="Write it like 0.5s or 200ms."
        )
    return value / 1000 if match[2] == "ms" else value


def _unescaped(token: Token) -> bytes:
    text = _QUOTE.sub(lambda found: '"' if found[1] == '"' else found[0], token.text[1:-1])
    try:
        return unescape(text)
    except PayloadSyntaxError as error:
        raise token.wrong(error.message, hint=error.advice) from error
