"""The terminal in the hands of another program, and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from textual.app import App, SuspendNotSupported

from sonde_core.errors import RequestError

Result = TypeVar("Result")


async def hand_over(
    app: App[int],
    job: Callable[[], Awaitable[Result]],
    *,
    to: str,
    hint: str = "Copy it with y, or save it with S.",
    unused: bytes | bytearray = b"",
) -> Result:
    """Give up the terminal while a job is done; what is under way goes on, undrawn.

    Args:
        app: Its screen is drawn anew afterwards.
        job: Has the terminal for itself.
        to: Whom, in a sentence: `an editor`.
        hint: What to do where that cannot be done.
        unused: What the job has read from the terminal and left; the app obeys it.

    Raises:
        RequestError: This terminal cannot be handed over. All that the job raises comes through.
    """
    failure: BaseException | None = None
    made: list[Result] = []
    try:
        # The batch keeps what is drawn meanwhile off the other program's screen.
        with app.batch_update(), app.suspend():
            # Textual takes the terminal back only when nothing is raised in here.
            try:
                made.append(await job())
            except BaseException as error:
                if app._exit:
                    raise  # nobody would read from a terminal that is taken back now
                failure = error
            if unused:
                _obey(app, bytes(unused))
    except SuspendNotSupported as error:
        raise RequestError(f"This terminal cannot be handed to {to}.", hint=hint) from error
    finally:
        app.refresh(layout=True)
    if failure is not None:
        raise failure
    return made[0]


def _obey(app: App[int], typed: bytes) -> None:
    """Obey keys before those that the terminal still holds."""
    from .driver import PatientDriver

    if isinstance(app._driver, PatientDriver):
        app._driver.obey(typed)
