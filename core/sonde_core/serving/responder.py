"""What one client says, cut into messages, and which rules answer them.

A byte stream has no messages. Matched by lines, a message is a line; what comes without a line end
and is followed by silence is one too, and so is what a rule for bytes fits before the line ends.
Matched as a stream, a message ends where a rule fits, so that two in one read are both answered,
and one that is split over reads is answered once. Rules for any message, and for one that is equal,
wait for the silence there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .rule import Rule
from .rule_match import Hit, Ruleset

WINDOW: Final = 1 << 16  # so much is kept without an answer; a line that is longer is cut
_PIECE: Final = 1 << 11  # so much of a stream is looked at in one go: messages may be very short


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule to be obeyed.

    Attributes:
        names: What was caught, for templates.
    """

    rule: Rule
    names: Mapping[str, bytes]


class Responder:
    """Hears one client; ask it for rules as things happen, and obey each before the next.

    Attributes:
        cut: How many times a line was too long to be one message.
    """

    def __init__(self, rules: Ruleset, *, messages: bool) -> None:
        """Begin with nothing.

        Args:
            rules: The listener's.
            messages: Whether each piece is a message of its own, as with datagrams.
        """
        self._rules = rules
        self._messages = messages or rules.at_once
        self._rest = bytearray()
        self._begin = 0  # where in the rest the message begins
        self._seen = 0  # so much of the rest was looked at
        self._answered = False  # without its line end, which may follow
        self.cut = 0

    def connect(self) -> Iterator[Fired]:
        """The client is there."""
        return (Fired(rule, {"0": b"", "message": b""}) for rule in self._rules.greets[:1])

    def feed(self, data: bytes) -> Iterator[Fired]:
        """The client said something."""
        if self._messages:
            yield from self._whole(data)
            return
        if not self._rules.is_stream:
            self._rest += data
            if not self._skip_line_end():
                yield from self._lines()
            return
        if self._answered:
            self._answered = False
            data = _without_line_end(data)
        for at in range(0, len(data), _PIECE):
            self._rest += data[at : at + _PIECE]
            yield from self._stream(silent=False)

    def quiet(self) -> Iterator[Fired]:
        """The client says nothing for now."""
        if not self._rest or (self._answered and self._rest == b"\r"):
            return
        if self._rules.is_stream:
            yield from self._stream(silent=True)
        message = bytes(self._rest[self._begin :])
        hit = self._rules.first(message) if message else None
        if hit is not None:
            self._take_all()
            self._answered = not message.endswith(b"\n")
            yield _fired(hit, message)
        elif not any(each.could_go_on(message) for each in self._rules.ready):
            self._begin = len(self._rest) if self._rules.is_stream else 0

    def end(self) -> Iterator[Fired]:
        """The client sent its end."""
        yield from self.quiet()
        for rule in self._rules.parts[:1]:
            yield Fired(rule, {"0": b"", "message": b""})

    def forget(self) -> None:
        """Drop what came and was not answered: nothing that follows belongs to it."""
        self._take_all()
        self._answered = False

    def _whole(self, message: bytes) -> Iterator[Fired]:
        hit = self._rules.first(message)
        if hit is not None:
            yield _fired(hit, message)

    def _lines(self) -> Iterator[Fired]:
        if self._rules.anywhere:
            yield from self._bytes_and_lines()
        elif b"\n" in self._rest:
            *lines, rest = bytes(self._rest).split(b"\n")
            self._rest = bytearray(rest)
            for line in lines:
                yield from self._whole(line + b"\n")
        if len(self._rest) > WINDOW:
            message = bytes(self._rest)
            self._take_all()
            self.cut += 1
            yield from self._whole(message)

    def _bytes_and_lines(self) -> Iterator[Fired]:
        """Cut at line ends, and before one where a rule for bytes fits."""
        while self._rest and not self._skip_line_end():
            end = self._rest.find(b"\n", self._seen) + 1
            line = bytes(self._rest[:end] if end else self._rest)
            found = self._rules.earliest(line, 0, self._seen, silent=bool(end))
            hit = found.hit
            if hit is None and not end:
                self._seen = self._seen if found.waits else len(line)
                return
            message = line[: hit.end] if hit else line
            del self._rest[: len(message)]
            self._seen = 0
            if hit is None:
                yield from self._whole(message)
                continue
            self._answered = not message.endswith(b"\n")
            yield _fired(hit, message)

    def _skip_line_end(self) -> bool:
        """Drop the line end of what was answered without it; tell whether half of it is there."""
        if self._answered and self._rest != b"\r":
            self._answered = False
            self._rest = bytearray(_without_line_end(bytes(self._rest)))
        return self._answered

    def _stream(self, *, silent: bool) -> Iterator[Fired]:
        while self._rest:
            data = bytes(self._rest)
            found = self._rules.earliest(data, self._begin, self._seen, silent=silent)
            hit = found.hit
            if found.waits:
                return
            if hit is None:
                break
            # One that fits nothing at all takes all there is, or it would fit for ever.
            end = hit.end if hit.end > self._begin else len(data)
            message = data[min(self._begin, hit.start) : end]
            del self._rest[:end]
            self._begin = self._seen = 0
            yield _fired(hit, message)
        self._seen = len(self._rest)
        gone = len(self._rest) - WINDOW
        if gone > 0:
            del self._rest[:gone]
            self._begin, self._seen = max(0, self._begin - gone), len(self._rest)

    def _take_all(self) -> None:
        self._rest.clear()
        self._begin = self._seen = 0


def _fired(hit: Hit, message: bytes) -> Fired:
    return Fired(hit.rule, {**hit.names, "message": message})


def _without_line_end(data: bytes) -> bytes:
    for end in (b"\r\n", b"\n"):
        if data.startswith(end):
            return data[len(end) :]
    return data
