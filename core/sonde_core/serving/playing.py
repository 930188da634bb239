"""Play the server's side of a recording to whoever connects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..errors import SondeError
from ..listen_request import ListenRequest
from ..repeat import Pace
from ..script.perform import Performance, check
from ..script.results import StepResult, summary
from ..steps import ExpectStep, Step
from ..templates import Values

if TYPE_CHECKING:
    from ..session import Session

# A client is waited for so long, in seconds: it may be a person who types.
PATIENCE: Final = 3600.0


class Player:
    """Says to each client what the server said then, once the client said what it had said."""

    def __init__(self, request: ListenRequest, values: Values) -> None:
        """Prepare the steps.

        Raises:
            SondeError: A pattern or a template in them cannot be used.
        """
        check(request.script, values)
        self._steps = tuple(map(_patient, request.script))
        self._pace: Pace = request.script_pace
        self._strict = request.script_strict
        self._values = values

    async def __call__(self, session: Session) -> None:
        """Play to one client, to the end of the recording, and close.

        Where it says something else that is noted.

        Raises:
            SondeError: The session broke.
        """
        noted: set[int] = set()

        def tell(index: int, result: StepResult) -> None:
            if index not in noted and result.detail and not result.verdict.fine:
                noted.add(index)
                session.note(f"step {index + 1}: {result.verdict}: {result.detail}")

        values = self._values.with_names({"peer": session.peer.encode()})
        playing = Performance(
            session, self._steps, self._pace, values, strict=self._strict, on_result=tell
        )
        try:
            await playing.run()
        except SondeError:
            if not session.state.over:
                raise
        session.note(f"played: {summary(playing.results)}")


def _patient(step: Step) -> Step:
    waits = isinstance(step, ExpectStep) and step.seconds is None
    return replace(step, seconds=PATIENCE) if waits and isinstance(step, ExpectStep) else step
