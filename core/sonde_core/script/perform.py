"""Steps performed in a session: our side as it stands, at the pace of the peer's answers.

A peer that says less, or nothing, is waited for, each time half as long as the time before; so a
performance ends, whoever is silent. It goes on after what differs, and tells it step by step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from .. import repeat
from ..deadline import Deadline
from ..endpoint import DATAGRAM_SCHEMES
from ..errors import EndSentError, SondeError
from ..model import Outcome, State
from ..steps import CloseStep, ExpectStep, HalfCloseStep, SendStep, Step, UpgradeStep, WaitStep
from ..templates import Values, fill
from ..words import count
from .attending import SETTLE, Attending
from .checking import check, check_whole
from .patience import send
from .results import StepResult, Verdict, is_expectation
from .telling import Telling

if TYPE_CHECKING:
    from ..repeat import Pace
    from ..session import Session

__all__ = ["Performance", "check"]

# Datagrams have no end: so many seconds we listen for more than there were.
_LISTEN: Final = 1.0
_BREATH: Final = 64  # steps
# So many steps ahead a message that did not come in its place is looked for.
_AHEAD: Final = 64


class Performance:
    """Performs steps in a session that is new, or open already.

    Attributes:
        results: One for each step, `pending` until it is done.
        current: Index of the step under way; as many as there are steps when all are done.
        on_result: Told of each result as it comes; one may be told again.
    """

    def __init__(
        self,
        session: Session,
        steps: Sequence[Step],
        pace: Pace = "fast",
        values: Values | None = None,
        *,
        strict: bool = False,
        seconds: float | None = None,
        leaves_open: bool = False,
        on_result: Callable[[int, StepResult], None] | None = None,
    ) -> None:
        """Prepare; nothing is sent before `run`.

        Args:
            session: It is opened if it is new.
            steps: What to do, and to expect.
            pace: `recorded` keeps the gaps between our steps; `fast` only waits for answers.
            values: What templates are filled with, besides what patterns capture.
            strict: End at the first difference.
            seconds: For all of it; None for as long as patience lasts.
            leaves_open: Leave the session as it is after the last step; else it is closed.
            on_result: See the attribute.

        Raises:
            PatternError: A pattern is wrong.
            RequestError: A template needs a name that is not known by then.
        """
        self.on_result = on_result or (lambda *_: None)
        self._telling = Telling(steps, lambda *told: self.on_result(*told))
        self.results = self._telling.results
        self.current = 0
        self._session = session
        self._steps = tuple(steps)
        self._pace = pace
        self._values = values or Values()
        self._strict = strict
        self._seconds = seconds
        self._leaves_open = leaves_open
        self._attending: Attending
        self._at = 0.0  # when our last step was in the recording
        self._last = 0.0  # and now
        self._acted = 0.0  # and when it was done
        self._heard = 0  # all that the peer had said when the step under way began
        self._missing = 0  # so much less the peer has said than `after` asks for
        self._before: int | None = None  # the last expectation
        self._closed = False  # by a step
        self._heard_then = 0.0  # when its answer was there in the recording
        self._stopped = False
        self._limit: asyncio.Timeout | None = None  # of what is under way
        check_whole(steps, self._values)

    @property
    def fine(self) -> bool:
        """Whether every step was done and nothing differs, by now."""
        return all(result.verdict.fine for result in self.results)

    @property
    def is_stopped(self) -> bool:
        """Whether a person ended it: all of it, or the session."""
        return self._stopped or self._session.outcome is Outcome.CANCELLED

    @property
    def _noun(self) -> str:
        return "message" if self._session.is_message else "byte"

    def stop(self) -> None:
        """Do no more; a session that was to be left open stays as it is."""
        self._stopped = True
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(0)

    async def run(self) -> None:
        """Do each step in its turn, and end as the last one says.

        Raises:
            SondeError: The session could not be opened, or broke at a step of ours; its record
                says so too, and the results have the rest.
        """
        session = self._session
        try:
            if session.state is State.NEW:
                await session.open()
            self._attending = Attending(session, fresh=not session.recorder.sends)
            self._last = self._acted = session.recorder.elapsed
            await self._all()
        except asyncio.CancelledError:
            self._stopped = True
            raise
        finally:
            self._telling.put_rest(Verdict.UNDONE if self.is_stopped else Verdict.SKIPPED)

    async def _all(self) -> None:
        deadline = Deadline(self._seconds)
        broke: SondeError | None = None
        try:
            async with asyncio.timeout(self._seconds) as self._limit:
                for index, step in enumerate(self._steps):
                    if index % _BREATH == _BREATH - 1:
                        await asyncio.sleep(0)  # steps that wait for nothing let others go on
                    if self.is_stopped:
                        break
                    self.current = index
                    broke = await self._one(index, step, deadline, broke)
                    if self.is_stopped:
                        self._cut_off(index, step)
                        break
                    if self._strict and not self.results[index].verdict.fine:
                        break
                else:
                    self.current = len(self._steps)
        except TimeoutError:
            verdict, told = Verdict.FAILED, "the time for all of it was over"
            if self.is_stopped:
                verdict, told = Verdict.STOPPED, ""
            self._put_ended(self.current, verdict, told)
        finally:
            self._limit = None
        if self.is_stopped:
            if not (self._leaves_open or self._session.state.over):
                self._session.cancel()
            return
        if not self._leaves_open:
            await self._close(None, CloseStep())
        if broke:
            raise broke

    def _cut_off(self, index: int, step: Step) -> None:
        """Tell that a step was under way when all was ended, unless it is done all the same."""
        waits = isinstance(step, ExpectStep | WaitStep | CloseStep)
        if waits or not self.results[index].verdict.fine:
            self._put_ended(index, Verdict.STOPPED)

    def _put_ended(self, index: int, verdict: Verdict, told: str = "") -> None:
        came = self._heard, self._attending.said
        self._telling.put_ended(index, verdict, told, came, self._noun)

    async def _one(
        self, index: int, step: Step, deadline: Deadline, broke: SondeError | None
    ) -> SondeError | None:
        """Do one step; returns what broke the session, then or before."""
        self._heard = self._attending.heard
        try:
            if isinstance(step, ExpectStep):
                await self._expect(index, step, deadline)
            elif isinstance(step, WaitStep):
                await self._attending.until(lambda: False, step.seconds)
                self._telling.put(index, Verdict.SAME)
            elif broke and not isinstance(step, CloseStep):
                self._telling.put(index, Verdict.SKIPPED)
            else:
                await self._act(index, step, deadline)
        except SondeError as error:
            self._put_ended(index, Verdict.FAILED, error.message)
            return broke or (error if self._session.state.over else None)
        return broke

    # our side

    async def _act(self, index: int, step: Step, deadline: Deadline) -> None:
        await self._wait_for(step, deadline)
        if self._pace == "recorded" and step.at:
            due = self._acted + min(max(0.0, step.at - self._at), repeat.LONGEST_GAP)
            await self._attending.until(lambda: False, due - self._session.recorder.elapsed)
        if isinstance(step, CloseStep):
            await self._close(index, step)
            return
        if self._closed:
            raise EndSentError("We closed, so nothing more can be sent.", phase="send")
        self._attending.act()
        begun = self._session.recorder.elapsed
        await self._do(step)
        then = max(0.0, step.at - self._at) if step.at else None
        now = max(0.0, begun - self._last)
        self._telling.put(index, Verdict.SAME, then=then, now=now)
        self._acted = self._session.recorder.elapsed
        self._last, self._at = begun, step.at or self._at

    async def _do(self, step: Step) -> None:
        session = self._session
        match step:
            case SendStep():
                data = step.data
                if step.template:
                    data = fill(data, self._values.with_names(self._attending.captures))
                await send(session, step, data)
            case HalfCloseStep() if session.endpoint and session.endpoint.is_web_socket:
                await session.send_end(step.code, step.reason)
            case HalfCloseStep():
                await session.send_end()
            case UpgradeStep():
                await session.upgrade()
            case _:
                pass

    async def _wait_for(self, step: Step, deadline: Deadline) -> None:
        """Wait until the peer has said as much as the step wants to come after."""
        wanted = step.after - self._missing
        if not step.after:
            return
        then = max(0.0, step.at - self._at)
        missing = await self._attending.lacks(wanted, then, deadline)
        if missing:
            self._missing += missing
            self._note(missing)

    def _note(self, missing: int) -> None:
        if self.is_stopped:  # it was not waited for
            return
        less = count(missing, self._noun)
        self._session.note(f"the peer has said {less} less than in the recording")

    # the peer's side

    async def _expect(self, index: int, step: ExpectStep, deadline: Deadline) -> None:
        attending = self._attending
        then = max(0.0, step.at - self._at) if step.at else None
        later = self._expected_after(index)
        finding = await attending.expect(step, then or 0.0, deadline, later)
        missing = finding.verdict is Verdict.MISSING
        now = None if missing else max(0.0, self._over_at(step) - self._last)
        if finding.before and self._before is not None:
            self._telling.put_more(self._before, finding.before, self._noun, finding.before_shown)
        came = (self._heard, attending.heard) if is_expectation(step) else None
        self._telling.put_finding(index, finding, then, now, came)
        if finding.left:
            self._note(finding.left)
        if is_expectation(step):
            self._before = index
            self._heard_then = step.at or self._heard_then

    def _over_at(self, step: ExpectStep) -> float:
        ends = step.how == "end"
        return self._session.recorder.elapsed if ends else self._attending.heard_at

    def _expected_after(self, index: int) -> list[bytes]:
        """Return the messages that are expected next, without our doing anything between."""
        if not self._session.is_message:
            return []
        found: list[bytes] = []
        for step in self._steps[index + 1 : index + 1 + _AHEAD]:
            if not isinstance(step, ExpectStep):
                break
            if step.how == "equal":
                found.append(step.data)
        return found

    # the end

    async def _close(self, index: int | None, step: CloseStep) -> None:
        """End the session, and tell what came that nobody expected."""
        session, attending = self._session, self._attending
        gap = max(0.0, step.at - max(self._at, self._heard_then)) if step.at else _LISTEN
        if session.kind in DATAGRAM_SCHEMES:
            await attending.until(lambda: False, min(gap, _LISTEN))
        elif step.reset:
            await attending.until(lambda: False, min(gap, SETTLE))
        if not session.state.over:
            self._closed = True
            if step.reset:
                session.abort()
            else:
                await session.close()
        if index is not None:
            self._telling.put(index, Verdict.SAME)
        if self._before is not None and (number := attending.extra):
            self._telling.put_more(self._before, number, self._noun, attending.rest())
