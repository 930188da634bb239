"""What the app does by itself once it has been seen, while nobody waits for it."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from sonde_core.words import expired

from . import leaving, tabs
from .asking import Asking
from .screens.tab import Tab
from .widgets.tab_strip import TabStrip

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
    app.run_worker(_warm(app), group="warm")


async def _warm(app: SondeApp) -> None:
    """Make what is needed next, one thing after the other: a key has one to wait for at most."""
    history = app.services.history
    is_wanted = bool(app.query("#tabs > #history"))  # who went there waits for it before all else
    if is_wanted:
        await asyncio.to_thread(history.open, ahead=True)
        await _index(app)
    await asyncio.to_thread(app.services.exchanger.prepare)
    if not is_wanted:
        await asyncio.to_thread(history.open, ahead=True)
    app.warn_of_settings()
    _watch_saving(app)
    await asyncio.to_thread(tabs.load)
    for tab in app.query(Tab):
        await tab.prepare()
    await _index(app)
    if history.expiry.limited:
        history.expiry.on_expired.append(lambda gone: app.tab.tell(expired(gone)))
        await history.expiry.keep_limits()


def _watch_saving(app: SondeApp) -> None:
    """Badge at once that the history is not saved to, or no more; an entry need not come first."""
    history, strip = app.services.history, app.screen_stack[0].query_one(TabStrip)

    def look() -> None:
        if history.saving is bool(strip.state):
            app.call_later(app.warn_of_settings)

    history.on_change.append(look)


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
