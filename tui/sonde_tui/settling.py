"""What the app does by itself once it has been seen, while nobody waits for it."""

from __future__ import annotations

import gc
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from sonde_core.words import expired

from . import leaving, tabs
from .asking import Asking
from .screens.tab import Tab

if TYPE_CHECKING:
    from .app import SondeApp


def settle(app: SondeApp) -> None:
    """Do, after the first paint, what it need not wait for."""
    gc.freeze()
    # A conversation is a long list of small objects: looking through all of it drops frames.
    gc.set_threshold(20_000, 20, 200)
    gc.enable()
    leaving.watch_terminal(app)
    app.services.exchanger.ask = Asking(app)
    app.run_worker(partial(_warm, app), thread=True, group="warm")


def _warm(app: SondeApp) -> None:
    """Build what the first request needs, and read the newest entries."""
    app.services.exchanger.prepare()
    app.services.history.open()
    app.call_from_thread(app.warn_of_settings)
    if not get_current_worker().is_cancelled:
        app.call_from_thread(app.run_worker, partial(_prepare, app), group="warm")
        tabs.load()


async def _prepare(app: SondeApp) -> None:
    """Let each tab make what it will need next, and keep the history within its limits."""
    for tab in app.query(Tab):
        await tab.prepare()
    await _index(app)
    if app.services.history.limited:
        app.services.history.on_expired.append(lambda gone: app.tab.tell(expired(gone)))
        await app.services.history.keep_limits()


async def _index(app: SondeApp) -> None:
    """Read what a list shows of all entries: they are there when somebody looks for one.

    The collector would look a dozen times through all of it, and finds nothing.
    """
    gc.disable()
    try:
        await app.services.history.load()
    finally:
        gc.freeze()
        gc.enable()
