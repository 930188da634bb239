r"""Rules as text, one a line: `PATTERN=REPLY`.

    PING=PONG\r\n               a message that holds PING
    ^GET =no\r\n!close          one that begins so: answer, then close
    ^QUIT$=bye\r\n!close        one that is just that, but for its line end
    /^HELO (\S+)/i=250 {{1}}\n  a regular expression; i: both cases
    0x0001=0x0002               bytes in hex; ^0x0001 and ^0x0001$ as with text
    *=what?\n                   any message: as the last rule, what no other one answers
    @connect=220 hello\r\n      when a client comes
    @end=!close                 when it sent its end

Escapes are those of all text, and a backslash before one of `= @ ! ^ $ * / # ;` is that character
itself: `\@all=…`, `\!close`. What begins with `0x` as text begins with `\x30x`. In a reply
`{{1}}`, `{{name}}`, `{{0}}` and `{{message}}` are what matched, beside the fields of all templates
and the values of `environments.toml`; and between the texts may stand, with a `;` where text
follows:

    !delay:0.5   wait so many seconds     !half-close  send our end and read on
    !close       close in order           !reset       close with a reset
    !echo        send the message back    !upgrade     go on with TLS (STARTTLS)

A `!` before any other letter, and an unknown `@word` as a pattern, are errors. Spaces count. Empty
lines, and those that begin with `#`, are no rules.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from .. import payload
from ..errors import PayloadSyntaxError, SondeError
from ..quoting import quoted
from ..steps import (
    LONGEST_PAUSE,
    CloseStep,
    HalfCloseStep,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)
from .rule import ECHO, On, Rule
from .rule_match import check

MOST: Final = 500  # rules of one listener

_REGEX: Final = re.compile(r"/((?:\\.|[^\\/]|/(?!i?\s*=))*)/(i?)\s*=", re.DOTALL)
_PLAIN: Final = re.compile(r"((?:\\.|[^\\=])*)=", re.DOTALL)
_HEX: Final = re.compile(r"0[xX](?:0[xX](?=[0-9A-Fa-f])|[0-9A-Fa-f\s,:])*")
_WORDS: Final = ("close", "reset", "half-close", "echo", "upgrade", "delay")
# An action, or an escape that may hide its mark.
_ACTION: Final = re.compile(
    r"\\.|!(?P<word>[A-Za-z][\w-]*)(?::(?P<value>[^;!]*))?(?P<semi>;?)", re.DOTALL
)
_ITSELF: Final = "=@!^$*/#;"  # what stands for itself behind a backslash
_EVENT: Final = re.compile(r"@[A-Za-z][\w-]*")
_SIMPLE: Final[dict[str, Step]] = {
    "close": CloseStep(),
    "reset": CloseStep(reset=True),
    "half-close": HalfCloseStep(),
    "echo": ECHO,
    "upgrade": UpgradeStep(),
}
_NAMES: Final[dict[str, On]] = {"@connect": "connect", "@end": "end", "*": "any"}
_HINT: Final = r"Write PATTERN=REPLY, such as PING=PONG\r\n or /^HELO (\S+)/=250 {{1}}\r\n."


def read_rules(text: str, names: Collection[str] | None = ()) -> tuple[Rule, ...]:
    """Read rules, one a line.

    Args:
        text: Of them all.
        names: What replies may name besides what is caught; None for any name.

    Raises:
        PayloadSyntaxError: A line is none; the message says which, and where in it.
    """
    rules: list[Rule] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        try:
            rules.append(read_rule(line, names))
        except SondeError as error:
            raise PayloadSyntaxError(
                f"Rule in line {number}: {error.message}", hint=error.advice
            ) from error
        if len(rules) > MOST:
            raise PayloadSyntaxError(f"There are more than {MOST} rules.", hint="Use a pattern.")
    return tuple(rules)


def read_rule(text: str, names: Collection[str] | None = ()) -> Rule:
    """Read one rule; `names` is as for `read_rules`.

    Raises:
        PayloadSyntaxError: It is none.
        PatternError: Its regular expression is wrong.
    """
    rule = _regex(text) or _plain(text)
    check(rule, names)
    return rule


def _regex(text: str) -> Rule | None:
    if not text.startswith("/"):
        return None
    found = _REGEX.match(text)
    if found is None:
        raise PayloadSyntaxError(
            f"The pattern {quoted(text)} does not end in /=.",
            hint=r"Write /pattern/=reply; to begin with a slash as text, write \x2f.",
        )
    pattern = re.sub(r"\\(.)", _slash, found[1], flags=re.DOTALL)
    data = pattern.encode("utf-8", "surrogateescape")
    return Rule("regex", data, _actions(text, found.end()), folds=bool(found[2]))


def _slash(token: re.Match[str]) -> str:
    return "/" if token[1] == "/" else token[0]


def _plain(text: str) -> Rule:
    found = _PLAIN.match(text)
    if found is None:
        raise PayloadSyntaxError(f"There is no = in the rule {quoted(text)}.", hint=_HINT)
    actions = _actions(text, found.end())
    pattern = found[1]
    if pattern.strip() in _NAMES:
        return Rule(_NAMES[pattern.strip()], actions=actions)
    _refuse_unknown(pattern)
    on: On = "text"
    if pattern.startswith("^"):
        on, pattern = "prefix", pattern[1:]
        if re.search(r"(?<!\\)(?:\\\\)*\$$", pattern):
            on, pattern = "equal", pattern[:-1]
    data = _bytes(pattern, found.start(1) + (on != "text"))
    if not data:
        raise PayloadSyntaxError("The pattern before the = is empty.", hint="* is any message.")
    return Rule(on, data, actions)


def _refuse_unknown(pattern: str) -> None:
    """Refuse `@conect`, which would never be heard as text either."""
    name = pattern.strip()
    if not _EVENT.fullmatch(name):
        return
    events = [each for each in _NAMES if each.startswith("@")]
    raise PayloadSyntaxError(
        f"At character {pattern.index('@') + 1}: {quoted(name)} is no event.",
        hint=f"{_meant(name, events)}To mean it as text, write \\{name}.",
    )


def _meant(word: str, known: Sequence[str], mark: str = "") -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, known, 1)
    if near:
        return f"Did you mean {mark}{near[0]}? "
    return f"There are {', '.join(mark + each for each in known)}. "


def _bytes(text: str, at: int) -> bytes:
    r"""Return what hex digits, or text with escapes such as `\=`, stand for.

    Args:
        text: Part of a rule.
        at: Where it begins there, so that an error tells the true place.
    """
    if hexadecimal := _HEX.match(text):
        return _hex(text, hexadecimal.end(), at)
    return payload.unescape(" " * at + re.sub(r"\\(.)", _itself, text, flags=re.DOTALL))[at:]


def _hex(text: str, end: int, at: int) -> bytes:
    """Return what hex digits stand for; they go to an end, which is to be the text's."""
    hint = r"To begin with 0x as text, write \x30x."
    if end < len(text):
        told = f"At character {at + end + 1}: {quoted(text[end])} is no hex digit, behind 0x."
        raise PayloadSyntaxError(told, hint=hint)
    data = payload.parse_hex(text[2:])
    if not data:
        raise PayloadSyntaxError(f"At character {at + 1}: 0x has no digits.", hint=hint)
    return data


def _itself(token: re.Match[str]) -> str:
    return rf"\x{ord(token[1]):02x}" if token[1] in _ITSELF else token[0]


def _actions(text: str, start: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    marks = [found for found in _ACTION.finditer(text, start) if found["word"]]
    for found in [*marks, None]:
        end = found.start() if found else len(text)
        if data := _bytes(text[start:end], start):
            steps.append(SendStep(data, template=b"{{" in data))
        if found:
            steps.append(_action(text, found))
            start = found.end()
    return tuple(steps)


def _action(text: str, found: re.Match[str]) -> Step:
    word, value = found["word"], found["value"]
    if word not in _WORDS:
        raise PayloadSyntaxError(
            f"At character {found.start() + 1}: {quoted('!' + word)} is no action.",
            hint=f"{_meant(word, _WORDS, '!')}To send it as text, write \\!{word}.",
        )
    if word != "delay":
        follows = text[found.end() : found.end() + 1]
        if value is not None or (follows not in ("", "!") and not found["semi"]):
            raise PayloadSyntaxError(
                f"At character {found.start() + 1}: !{word} takes nothing.",
                hint=f"Write !{word}; before text, and \\!{word} to send it as text.",
            )
        return _SIMPLE[word]
    try:
        seconds = float(value or "")
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_PAUSE:
        raise PayloadSyntaxError(
            f"At character {found.start() + 1}: {quoted(found[0])} names no number of seconds.",
            hint="Write !delay:0.5; and then what follows; an hour is the most.",
        )
    return WaitStep(seconds)


def write_rules(rules: Iterable[Rule]) -> str:
    """Write rules, one a line; `read_rules` gives equal ones back."""
    return "".join(write_rule(rule) + "\n" for rule in rules)


def write_rule(rule: Rule) -> str:
    """Write a rule in one line."""
    return _pattern(rule) + "=" + "".join(_written(rule.actions))


def _pattern(rule: Rule) -> str:
    for name, on in _NAMES.items():
        if rule.on == on:
            return name
    if rule.on == "regex":
        pattern = rule.pattern.decode("utf-8", "surrogateescape")
        pattern = re.sub(r"\\.|/|\n", _slashed, pattern, flags=re.DOTALL)
        return f"/{pattern}/{'i' if rule.folds else ''}"
    before, after = {"prefix": ("^", ""), "equal": ("^", "$")}.get(rule.on, ("", ""))
    text = _spelled(rule.pattern).replace("=", r"\x3d")
    if not before:
        text = _guarded(text, r"[@*/^#\s]")
    elif not after and text.endswith("$"):
        text = text[:-1] + r"\x24"
    return before + text + after


def _slashed(token: re.Match[str]) -> str:
    return {"/": r"\/", "\n": r"\n"}.get(token[0], token[0])


def _written(steps: Iterable[Step]) -> Iterator[str]:
    words = {step: word for word, step in _SIMPLE.items()}
    follows = False  # an action that text would run into
    for step in steps:
        if isinstance(step, SendStep) and step not in words:
            text = re.sub(r"!(?=$|[A-Za-z])", r"\\!", _spelled(step.data))
            yield (";" if follows else "") + text
            follows = False
            continue
        word = f"delay:{step.seconds:g}" if isinstance(step, WaitStep) else words[step]
        yield "!" + word
        follows = True


def _spelled(data: bytes) -> str:
    """Write bytes as text with escapes, or in hex when they are no text."""
    text = payload.escape(data)
    if re.search(r"\\x|\\0", text) and b"{{" not in data:
        return "0x" + data.hex()
    return _guarded(text, "0(?=[xX])")


def _guarded(text: str, special: str) -> str:
    r"""Write the first character as `\xHH` where it would mean something else."""
    return f"\\x{ord(text[0]):02x}{text[1:]}" if re.match(special, text) else text
