"""Waits for the answers that are expected, with a patience that silence wears out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from .. import repeat
from ..deadline import Deadline
from ..model import State
from ..steps import ExpectStep
from ..words import count
from .answers import AnyAnswer, CountAnswer, EqualAnswer, PatternAnswer
from .finding import Answer, Finding
from .hearing import Hearing
from .message_answer import MessageAnswer
from .pattern import compiled, search, search_at_once
from .results import SHOWN, Verdict, shown

if TYPE_CHECKING:
    import regex

    from ..session import Session

# Seconds that more is waited for when as much as expected came and it is something else; halved
# each time that this brings nothing.
SETTLE: Final = 0.1
# Seconds of silence, beyond what the answer took in the recording, after which no more of another
# answer is waited for.
QUIET: Final = 0.5
# Bytes that are taken between two looks at the time.
_ROOM: Final = 1 << 20
_SHORT: Final = 0.005  # seconds; a search that takes less is not paused for
# What a pattern ends with that may take in more, once that is there.
_OPEN: Final = (b"*", b"+", b"?", b"}", b")", b"$")
_TRIES: Final = 50  # so often more is waited for to be taken in
_ENDED: Final = frozenset({State.PEER_END, State.CLOSED, State.FAILED})


class Attending:
    """Hears one answer after the other.

    Attributes:
        captures: What the named groups of patterns matched, the newest of each name.
    """

    def __init__(self, session: Session, *, fresh: bool) -> None:
        """Hear what the peer said since our side last did something.

        Args:
            session: Open.
            fresh: Nothing was said before: all that comes is to be expected.
        """
        self._session = session
        self._messages = session.is_message
        self._hearing = Hearing(session.recorder, messages=session.is_message)
        self._patience = repeat.PATIENCE
        self._settle = SETTLE
        self._early = 0
        self._acted = False  # since the last answer
        self._asked = False  # whether any was expected
        self._opened = not fresh  # what was expected last may go on for any length
        self.captures: dict[str, bytes] = {}

    @property
    def heard_at(self) -> float:
        """Seconds since the session's start when the last piece came that was heard."""
        return self._hearing.last

    @property
    def heard(self) -> int:
        """Bytes, or messages, of all that the peer said, up to the end of the last answer."""
        return self._hearing.heard

    @property
    def said(self) -> int:
        """Bytes, or messages, of all that the peer said, heard or not."""
        return self._hearing.heard + self._hearing.unheard

    @property
    def extra(self) -> int:
        """Bytes, or messages, that came after the last answer and before our side did more."""
        if self._opened:
            return 0
        unheard = self._hearing.unheard
        return min(self._early, unheard) if self._acted else unheard

    def act(self) -> None:
        """Take it that our side does something now, so what is there already is no answer to it.

        What comes between this and our doing more is one.
        """
        if self._acted:
            return
        if self._opened:
            self._hearing.skip()
        else:
            self._early = self._hearing.unheard
        self._acted = True

    def rest(self) -> bytes:
        """Return the first piece that nobody expected, if there is one."""
        chunk = self._hearing.next()
        return chunk.data if chunk else b""

    async def expect(
        self, step: ExpectStep, then: float, deadline: Deadline, later: Sequence[bytes] = ()
    ) -> Finding:
        """Wait for an answer as long as it may take, and compare it.

        Args:
            step: What is expected.
            then: Seconds that it took in the recording; 0 when that is not known.
            deadline: Of all.
            later: Messages that are expected after it, without our doing anything between.

        Raises:
            PatternError: The pattern is wrong, or takes too long.
        """
        own = step.seconds
        if own is None:
            own = min(then, repeat.LONGEST_ANSWER) + self._patience
        limit = deadline.within(own)
        if step.how == "end":
            return await self._expect_end(limit, counts=step.seconds is None)
        answer = self._answer(step, later)
        await self._fill(answer, step, limit, then)
        if step.seconds is None:
            done = answer.matched or answer.differs
            self._patience = repeat.PATIENCE if done else self._patience / 2
        self._opened = step.how in ("any", "prefix", "regex") and answer.matched
        self._early, self._acted, self._asked = 0, False, True
        return answer.finding()

    def _answer(self, step: ExpectStep, later: Sequence[bytes]) -> Answer:
        if step.how == "any":
            return AnyAnswer()
        if step.how == "count":
            return CountAnswer(step.count, step.data, messages=self._messages)
        early, opened = self._early, self._opened
        if not self._messages:
            if step.how == "regex":
                return PatternAnswer(compiled(step.data))
            return EqualAnswer(step.data, early=early, opened=opened)
        exact = step.how == "equal"
        return MessageAnswer(
            step.data, self._fits(step), exact=exact, early=early, opened=opened, later=later
        )

    async def _fill(self, answer: Answer, step: ExpectStep, limit: Deadline, then: float) -> None:
        while not answer.matched:
            more = self._feed(answer, step)
            if isinstance(answer, PatternAnswer):
                await self._look(answer, limit)
            if answer.matched or answer.refused:
                return
            if not limit.left:
                return
            if more:
                await asyncio.sleep(0)  # there is a lot: others have their turn
            elif not await self._next(answer, limit, then):
                return

    async def _next(self, answer: Answer, limit: Deadline, then: float) -> bool:
        """Wait for more, not for long when it is another answer already; tells whether it came."""
        if self._ended and self._hearing.is_through:
            return False
        if not answer.enough:
            quiet = QUIET + min(then, repeat.LONGEST_ANSWER)
            return await self._more(min(limit.left, quiet) if answer.differs else limit.left)
        came = await self._more(min(self._settle, limit.left))
        self._settle = SETTLE if came else self._settle / 2
        return came

    def _feed(self, answer: Answer, step: ExpectStep) -> bool:
        """Give an answer what is there; returns whether there is more of it."""
        room = _ROOM
        while room > 0:
            chunk = self._hearing.next(step.kind)
            if chunk is None:
                return False
            room -= len(chunk.data) + 1
            other = chunk.kind if step.kind and chunk.kind is not step.kind else ""
            rest = answer.take(chunk.data, other_kind=other)
            if rest is not None:
                self._hearing.put_back(rest)
            if answer.matched or answer.refused:
                return False
        return True

    async def _look(self, answer: PatternAnswer, limit: Deadline) -> None:
        """Search what came, without taking more than part of the time."""
        if not answer.fresh:
            return
        loop = asyncio.get_running_loop()
        begun, window = loop.time(), answer.window
        match = await search(answer.pattern, window)
        if match is None:
            pause = 2 * (loop.time() - begun)
            if pause > _SHORT:
                await asyncio.sleep(min(pause, limit.left))
        elif answer.tries < _TRIES and await self._goes_on(match, len(window), limit):
            answer.fresh = True
            answer.tries += 1
        else:
            self._capture(match)
            self._hearing.put_back(answer.found(match.end()))

    async def _goes_on(self, match: regex.Match[bytes], size: int, limit: Deadline) -> bool:
        """Tell whether more comes that a hit at the end of what is there may take in."""
        may = match.end() == size and match.re.pattern[-1:] in _OPEN
        return may and not self._ended and await self._more(min(SETTLE, limit.left))

    def _capture(self, match: regex.Match[bytes]) -> None:
        found = match.groupdict()
        self.captures |= {name: value for name, value in found.items() if value is not None}

    async def _expect_end(self, limit: Deadline, *, counts: bool) -> Finding:
        if await self.until(lambda: self._ended, limit.left):
            return self._end()
        if counts:
            self._patience /= 2
        return Finding(Verdict.MISSING, "the peer did not send its end")

    def _end(self) -> Finding:
        number = 0 if self._opened or not self._asked else self._hearing.unheard
        if not number:
            return Finding(Verdict.SAME)
        data = self.rest()
        self._hearing.skip()
        noun = "message" if self._messages else "byte"
        told = f"{count(number, noun)} more came before it: {shown(data[: SHOWN + 1])}"
        return Finding(Verdict.EXTRA, told, 0, b"", data[:SHOWN])

    @property
    def _ended(self) -> bool:
        return self._session.state in _ENDED

    async def _more(self, seconds: float) -> bool:
        """Wait until something is there that was not heard; tells whether there is."""
        hearing = self._hearing
        await self.until(lambda: not hearing.is_through or self._ended, seconds)
        return not hearing.is_through

    async def until(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Watch until something is so, the session is over, or for so long; tell whether it is."""
        session = self._session
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                while not (reached() or session.state.over):
                    await session.changed(session.version)
        except TimeoutError:
            pass
        return reached()

    async def lacks(self, wanted: int, then: float, deadline: Deadline) -> int:
        """Wait until the peer said so much in all; returns how much of it is missing."""
        recorder = self._session.recorder

        def missing() -> int:
            return max(0, wanted - (recorder.reads if self._messages else recorder.received))

        limit = deadline.within(min(then, repeat.LONGEST_ANSWER) + self._patience)
        await self.until(lambda: not missing() or self._ended, limit.left)
        self._patience = self._patience / 2 if missing() else repeat.PATIENCE
        return missing()

    def _fits(self, step: ExpectStep) -> Callable[[bytes], bool]:
        if step.how == "equal":
            return step.data.__eq__
        if step.how == "prefix":
            return lambda data: data.startswith(step.data)
        pattern = compiled(step.data)

        def fits(message: bytes) -> bool:
            match = search_at_once(pattern, message)
            if match:
                self._capture(match)
            return match is not None

        return fits
