"""The ways out: by key, by signal, by a fault; what is under way is recorded first."""

from __future__ import annotations

import asyncio
import errno
import signal
from typing import TYPE_CHECKING, Final

from rich.text import Text
from textual.css.query import NoMatches
from textual.worker import WorkerFailed, get_current_worker

from sonde_core.safetext import line

from .cli import FAILED, output

if TYPE_CHECKING:
    from .app import SondeApp

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_LOOK: Final = 2.0  # seconds between two looks at the terminal
_LONG: Final = 0.5  # seconds after which it is told that leaving takes longer
_TOLD: Final = 60.0  # seconds that this is seen


def obey_signals(app: SondeApp) -> None:
    """End in order when the terminal goes away or the system asks for it."""
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, _leave_soon, app)


def watch_terminal(app: SondeApp) -> None:
    """End in order when the terminal is gone though nobody said so: not every one sends SIGHUP."""
    if not app.is_headless:
        app.set_interval(_LOOK, lambda: None if output.is_terminal(0) else _leave_soon(app))


def _leave_soon(app: SondeApp) -> None:
    """Leave, once: to begin anew would cancel what is being written."""
    if all(worker.group != "quit" or worker.is_finished for worker in app.workers):
        app.run_worker(leave(app), group="quit")


def ask(app: SondeApp) -> None:
    """Leave, but ask first when that would lose something; a key that repeats answers nothing."""
    from .screens.leave import LeaveScreen

    def answered(lose: bool | None) -> None:
        if lose:
            _leave_soon(app)

    if isinstance(app.screen, LeaveScreen):
        return
    if app.services.history.unsaved:
        app.push_screen(LeaveScreen(app.services.history), answered)
    else:
        _leave_soon(app)


async def leave(app: SondeApp) -> None:
    """End what is under way, recorded, and leave; status 1 if something reached no file."""
    app.workers.cancel_group(app, "warm")
    told = asyncio.get_running_loop().call_later(_LONG, _tell_long, app)
    try:
        await app.services.exchanger.close()
        await app.practice.close()
    finally:
        told.cancel()
    if lost := _lost(app):
        app.exit(0, return_code=1, message=Text(lost))
    else:
        app.exit(0)


def _tell_long(app: SondeApp) -> None:
    app.notify("Leaving… the history is still being written.", timeout=_TOLD, markup=False)


async def last(app: SondeApp) -> int:
    """Record what is under way if the app ended in no order, and return the exit status."""
    left = app._exit and app._exception is None
    if not left:
        for number in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)
        await app.services.exchanger.close()
        if lost := _lost(app):
            output.say(lost)
    return (app.return_code or 0) if left else FAILED


def _lost(app: SondeApp) -> str:
    history = app.services.history
    if not history.unsaved:
        return ""
    return line(
        f"{history.unsaved} of what happened could not be written to {history.path} and is lost."
    )


def is_of_lost_terminal(error: Exception) -> bool:
    """Whether nothing could be drawn because the terminal is gone."""
    return isinstance(error, OSError) and error.errno == errno.EIO and not output.is_terminal(2)


def is_of_what_is_gone(error: Exception) -> bool:
    """Whether a worker did not find a part of what was closed while it was at work.

    Textual takes the parts away before it cancels the workers of the whole.
    """
    return (
        isinstance(error, WorkerFailed)
        and isinstance(error.error, NoMatches)
        and get_current_worker().node._pruning
    )


def report(error: BaseException | None) -> Text:
    """Write down a fault of our own, and say in one sentence where."""
    from sonde_core import crashlog

    error = error or RuntimeError("unknown")
    try:
        where = f"The report is in {crashlog.write(error)}."
    except OSError as trouble:
        where = f"No report could be written: {trouble.strerror}."
    return Text(line(f"Sonde stopped on a fault of its own ({type(error).__name__}). {where}"))
