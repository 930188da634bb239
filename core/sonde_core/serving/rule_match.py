"""Whether a rule fits what a client said, and what it caught; no socket is near."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..quoting import quoted
from ..search.pattern import Pattern
from ..search.query import PatternError, Query
from ..steps import SendStep
from ..template_fields import TemplateField, pieces
from ..templates import Values, names_in
from ..templates import check as check_template
from .rule import Framing, Rule

if TYPE_CHECKING:
    import regex

# A regular expression that takes longer than this for one message, so many times within so long, is
# left out: a client must not hold up all the others, and a machine may be slow now and then.
SECONDS: Final = 0.1
STRIKES: Final = 3
WITHIN: Final = 60.0
_HINT: Final = r"What begins with a slash is a regular expression; as text it is \x2f."
_LARGE: Final = 1 << 10
_ENDS: Final = (b"\r\n", b"\n", b"\r", b"\0")
# A pattern that ends so may match more when more comes.
_OPEN: Final = b"*+?}$)"


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fits.

    Attributes:
        start: Where in the bytes it begins to fit.
        end: Where the bytes that it fits end.
        names: What was caught, for templates.
    """

    rule: Rule
    start: int
    end: int
    names: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a stream so far.

    Attributes:
        hit: The rule that fits.
        waits: One fits, and waits for what may come before it.
    """

    hit: Hit | None
    waits: bool = False


def check(rule: Rule, names: Collection[str] | None = ()) -> None:
    """Look whether a rule can be used.

    Args:
        rule: As it was written.
        names: What a reply may name besides what is caught; None for any name.

    Raises:
        PatternError: Its regular expression is wrong, or too large.
        PayloadSyntaxError: A reply names what nothing is known for.
    """
    known = ["0", "message", "peer", *(names or ())]
    if rule.on == "regex":
        compiled = _compiled(rule)
        known += [*map(str, range(1, compiled.groups + 1)), *compiled.groupindex]
    for step in rule.actions:
        if isinstance(step, SendStep) and step.template:
            _check_groups(step.data, known)
            named = names_in(step.data) if names is None else ()
            check_template(step.data, Values(dict.fromkeys((*known, *named), b"")))


def _check_groups(reply: bytes, known: Collection[str]) -> None:
    for piece in pieces(reply):
        if not isinstance(piece, TemplateField) or piece.name in known:
            continue
        if piece.name.isascii() and piece.name.isdigit():
            hint = "A group is what stands in ( ) in a /REGEX/; {{0}} is all that matched."
            raise piece.wrong("names a group that the pattern does not have", hint)


def _compiled(rule: Rule) -> regex.Pattern[bytes]:
    import regex  # not before the first rule needs it: it takes 30 ms

    text = rule.pattern.decode("utf-8", "surrogateescape")
    try:
        Pattern(Query(text, regex=True, case="ignore" if rule.folds else "exact"), "")
    except PatternError as error:
        told = f"The rule with {quoted(f'/{text}/')} cannot be used: {error.message}"
        raise PatternError(told, hint=_HINT) from error
    flags = regex.IGNORECASE if rule.folds else 0
    return regex.compile(rule.pattern, flags, cache_pattern=False)


def bare(message: bytes) -> bytes:
    """Return a message without its line end."""
    for end in _ENDS:
        if message.endswith(end):
            return message[: -len(end)]
    return message


class Ready:
    """A rule that is ready to be tried.

    Attributes:
        rule: The rule.
        is_open: Whether a hit at the end of what came may become longer with more.
        crosses: Whether it can fit only what goes over line ends.
        is_binary: Whether it is for bytes that are no line of text.
        left_out: Whether it took too long too often.
    """

    def __init__(self, rule: Rule) -> None:
        """Compile it; raises PatternError."""
        self.rule = rule
        self.left_out = False
        self._strikes: deque[float] = deque(maxlen=STRIKES)
        self._regex = _compiled(rule) if rule.on == "regex" else None
        self.is_open = self._regex is not None and rule.pattern[-1:] in _OPEN
        ends = rule.pattern.replace(rb"\n", b"\n").replace(rb"\r", b"\r").rstrip(b"$")
        self._minds_end = b"\n" in ends or b"\r" in ends
        self.is_binary = rule.on not in ("any", "regex") and _is_binary(rule.pattern)
        self.crosses = b"\n" in ends.removesuffix(b"\n")

    def fits(self, message: bytes) -> Hit | None:
        """Try it on a whole message."""
        rule = self.rule
        match rule.on:
            case "any":
                return self._hit(message, 0, len(message))
            case "equal":
                is_it = message == rule.pattern or bare(message) == rule.pattern
                return self._hit(message, 0, len(message)) if is_it else None
            case "regex":
                return self.find(message if self._minds_end else bare(message), 0)
            case _:
                return self.find(message, 0)

    def find(self, data: bytes, begin: int, seen: int = 0) -> Hit | None:
        """Look for it in what came so far.

        Args:
            data: The bytes.
            begin: Where the message begins, for a prefix.
            seen: So many of them were looked at before.
        """
        rule = self.rule
        if rule.on == "prefix":
            fits = data.startswith(rule.pattern, begin)
            return self._hit(data, begin, begin + len(rule.pattern)) if fits else None
        if rule.on == "text":
            at = data.find(rule.pattern, max(0, seen - len(rule.pattern) + 1))
            return None if at < 0 else self._hit(data, at, at + len(rule.pattern))
        return self._search(data) if rule.on == "regex" else None

    def may_begin(self, data: bytes, begin: int, before: int) -> bool:
        """Whether the end of what came is the beginning of what it fits.

        Args:
            data: The bytes.
            begin: Where the message begins, for a prefix.
            before: It is to begin before this place.
        """
        pattern = self.rule.pattern
        if self.rule.on == "prefix":
            return begin < before and _is_part(data[begin:], pattern)
        if self.rule.on != "text":
            return False
        first = max(0, len(data) - len(pattern) + 1)
        return any(_is_part(data[at:], pattern) for at in range(first, min(before, len(data))))

    def could_go_on(self, data: bytes) -> bool:
        """Whether bytes that do not fit may be the beginning of what does."""
        return self.rule.on in ("prefix", "equal") and self.rule.pattern.startswith(data)

    def _hit(self, data: bytes, start: int, end: int) -> Hit:
        return Hit(self.rule, start, end, {"0": data[start:end]})

    def _search(self, data: bytes) -> Hit | None:
        assert self._regex is not None  # noqa: S101 - made in __init__
        if self.left_out:
            return None
        try:
            # Letting go of the interpreter's lock costs more than to look at a line.
            large = len(data) > _LARGE
            found = self._regex.search(data, concurrent=large, timeout=SECONDS)
        except (TimeoutError, MemoryError):
            self._strikes.append(time.monotonic())
            struck = self._strikes[-1] - self._strikes[0]
            self.left_out = len(self._strikes) == STRIKES and struck < WITHIN
            return None
        if found is None:
            return None
        names = {str(number): found[number] or b"" for number in range(self._regex.groups + 1)}
        names |= {name: value or b"" for name, value in found.groupdict().items()}
        return Hit(self.rule, found.start(), found.end(), names)


class Ruleset:
    """The rules of a listener, ready for all of its clients.

    Attributes:
        ready: Those for messages, in order.
        greets: Those for a client that comes.
        parts: Those for a client's end.
        is_stream: Whether a byte stream is matched wherever a rule fits, not line by line.
        anywhere: Those that end a message where they fit: all of a stream, and between lines those
            for bytes that are no text, which have no line end to wait for.
        at_once: Whether each read is a message: there are no rules but for any.
    """

    def __init__(self, rules: Sequence[Rule], framing: Framing = "auto") -> None:
        """Compile them; raises PatternError."""
        self.greets = [rule for rule in rules if rule.on == "connect"]
        self.parts = [rule for rule in rules if rule.on == "end"]
        self.ready = [Ready(rule) for rule in rules if rule.on not in ("connect", "end")]
        self.at_once = all(each.rule.on == "any" for each in self.ready)
        crosses = any(each.crosses for each in self.ready)
        binary = [each for each in self.ready if each.is_binary]
        only = bool(binary) and all(each.is_binary or each.rule.on == "any" for each in self.ready)
        self.is_stream = framing == "stream" or (framing == "auto" and (crosses or only))
        between = binary if framing == "auto" else []
        self.anywhere = self.ready if self.is_stream else between
        self._longest = max((len(each.rule.pattern) for each in self.anywhere), default=0)

    @property
    def left_out(self) -> int:
        """How many rules took too long too often, and are not tried any more."""
        return sum(each.left_out for each in self.ready)

    def first(self, message: bytes) -> Hit | None:
        """Return the first rule that fits a whole message."""
        return next(filter(None, (each.fits(message) for each in self.ready)), None)

    def earliest(self, data: bytes, begin: int, seen: int, *, silent: bool) -> Found:
        """Look for the rule that fits first in what came so far; of two at one place the first.

        It is the same one wherever reads end: while another one that would come before it may
        still fit with more, it waits for that, or for silence. Regular expressions are not
        waited for.

        Args:
            data: What came and is not answered.
            begin: Where the message begins, for prefixes.
            seen: So much of it was looked at before.
            silent: Nothing more comes for now: what may become longer does not.
        """
        best: Hit | None = None
        rank = 0
        for number, each in enumerate(self.anywhere):
            hit = each.find(data, begin, seen)
            if hit is None or (each.is_open and hit.end == len(data) and not silent):
                continue
            if best is None or hit.start < best.start:
                best, rank = hit, number
        if best is None or silent or len(data) - best.start >= self._longest:
            return Found(best)
        waits = any(
            each.may_begin(data, begin, best.start + (number < rank))
            for number, each in enumerate(self.anywhere)
        )
        return Found(None, waits=True) if waits else Found(best)


def _is_part(data: bytes, pattern: bytes) -> bool:
    """Whether bytes are the beginning of a pattern, and not all of it."""
    return 0 < len(data) < len(pattern) and pattern.startswith(data)


def _is_binary(data: bytes) -> bool:
    """Whether bytes are no line of text."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return any(byte < 0x20 and byte not in b"\t\r\n" for byte in data)
