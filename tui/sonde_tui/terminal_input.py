"""What the terminal sends, as events: a paste is one of them, whatever it holds."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from time import monotonic
from typing import Final

from textual import constants
from textual._xterm_parser import BRACKETED_PASTE_END as END
from textual._xterm_parser import BRACKETED_PASTE_START as START
from textual._xterm_parser import XTermParser
from textual.events import Paste
from textual.message import Message

# Characters of a paste that are kept; what is longer comes as several events.
LIMIT: Final = 4 << 20
# Seconds without a byte after which a paste is given though its end never came.
LULL: Final = 5.0
# Seconds that the rest of a character, or of the start of a paste, may be on its way: over a slow
# line each may come in two reads. An escape alone is a key much sooner.
GRACE: Final = 1.0
# What comes late in more characters than these was not typed.
_TYPED: Final = 32


class TerminalInput:
    """Turns bytes into keys, mouse events and pastes.

    Textual looks for sequences in a paste too: an escape in it reorders the text, and some of it
    acts as keys. So its parser sees the keys only. What is no UTF-8 becomes U+FFFD.

    Args:
        debug: Let Textual log what it parses.
        clock: Monotonic seconds.
    """

    def __init__(self, *, debug: bool = False, clock: Callable[[], float] = monotonic) -> None:
        self._debug = debug
        self._clock = clock
        self._parser = XTermParser(debug)
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._begun = ""  # how much of START the parser has seen last
        self._paste: _Collected | None = None
        self._late = False  # a paste was given whose end may still come
        self._heard = clock()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take what was read."""
        text = self._decoder.decode(data)
        if self._late and text:
            self._late = False
            if END in text.partition(START)[0] or (len(text) > _TYPED and text[0] != "\x1b"):
                self._paste = _Collected()
        yield from self._take(text)
        self._heard = self._clock()

    def tick(self) -> Iterator[Message]:
        """Take notice that there is nothing to be read now."""
        quiet = self._clock() - self._heard
        if quiet >= GRACE:
            yield from self._take(self._decoder.decode(b"", final=True))
            self._decoder.reset()
        if self._paste is not None:
            if quiet >= LULL:
                yield from self._paste.given()
                self._paste, self._late = None, True
        elif quiet >= (GRACE if len(self._begun) > 2 else constants.ESCAPE_DELAY):
            self._begun = ""
            yield from self._parsed(self._parser.tick)

    def forget(self) -> None:
        """Let go of a sequence that has only begun; a paste goes on."""
        self._parser = XTermParser(self._debug)
        self._begun = ""

    def _take(self, text: str) -> Iterator[Message]:
        while text:
            text = yield from self._keys(text) if self._paste is None else self._pasted(text)

    def _keys(self, text: str) -> Generator[Message, None, str]:
        """Parse up to the start of a paste; returns what follows it."""
        seen = self._begun + text
        at = seen.find(START)
        end = len(text) if at < 0 else at + len(START) - len(self._begun)
        for character in text[:end]:
            yield from self._parsed(partial(self._parser.feed, character))
        if at < 0:
            self._begun = _tail(seen, START)
            return ""
        self._begun = ""
        for _ in self._parsed(partial(self._parser.feed, END)):
            pass  # for the parser it was an empty paste
        self._paste = _Collected()
        return text[end:]

    def _pasted(self, text: str) -> Generator[Message, None, str]:
        """Collect up to the end of the paste; returns what follows it."""
        assert self._paste is not None  # noqa: S101 - asked by the caller
        rest = self._paste.add(text)
        if rest is not None:
            yield from self._paste.given()
            self._paste = None
        elif self._paste.size >= LIMIT:
            yield from self._paste.given(whole=False)
        return rest or ""

    def _parsed(self, parse: Callable[[], Iterable[Message]]) -> Iterator[Message]:
        """Let a sequence be that makes no sense; Textual's parser fails at some of them."""
        try:
            yield from parse()
        except (ValueError, ArithmeticError):
            old, self._parser = self._parser, XTermParser(self._debug)
            self._parser.mouse_pixels = old.mouse_pixels
            self._parser.terminal_size = old.terminal_size
            self._parser.terminal_pixel_size = old.terminal_pixel_size


class _Collected:
    """A paste of which the end has not come."""

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[str] = []
        self._held = ""  # may be the begin of END

    def add(self, text: str) -> str | None:
        """Collect; returns what follows the end, None when that has not come."""
        piece, end, rest = (self._held + text).partition(END)
        self._held = "" if end else _tail(piece, END)
        self._pieces.append(piece[: len(piece) - len(self._held)])
        self.size += len(self._pieces[-1])
        return rest if end else None

    def given(self, *, whole: bool = True) -> Iterator[Message]:
        """Give what was collected as one event, if it is anything; not whole: more will come."""
        text = "".join(self._pieces)
        if whole:
            text, self._held = text + self._held, ""
        self._pieces.clear()
        self.size = 0
        if text:
            yield Paste(text)


def _tail(text: str, mark: str) -> str:
    """Return the longest end of a text that is the begin of a mark, but not all of it."""
    return next((mark[:n] for n in range(len(mark) - 1, 0, -1) if text.endswith(mark[:n])), "")
