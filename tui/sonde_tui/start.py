"""Put the app together and run it."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from dataclasses import replace

from sonde_core import config, settings
from sonde_core.exchange import Exchanger
from sonde_core.fair_loop import FairLoop
from sonde_core.history.history import History
from sonde_core.keeping import strip_of

from . import leaving
from .app import SondeApp
from .cli import output
from .services import Services


def run(*, history: str = "", endpoint: str = "", demo: bool = False) -> int:
    """Run the app to its end and return the exit status."""
    gc.disable()  # until the first paint: collecting costs a tenth of the start
    # The event loop gives the interpreter away at each read and write, and a thread that computes
    # keeps it for so long: a body arrives twice as fast beside one than with the usual 5 ms.
    sys.setswitchinterval(0.001)
    chosen, said = settings.load(history), config.read(config.default_path())
    limits = replace(chosen.limits, keep=said.keep)
    kept = History(chosen.history, limits=limits)
    kept.strip = strip_of(said.path, keep_secrets=said.keep_secrets)
    services = Services(Exchanger(kept, limits=limits), kept, said)
    app = SondeApp(services, endpoint=endpoint, demo=demo)
    threading.excepthook = lambda failed: _thread_failed(app, failed)
    with asyncio.Runner(loop_factory=FairLoop) as runner:
        return runner.run(_run(app))


async def _run(app: SondeApp) -> int:
    """Run the app; whatever ended it, what is under way is recorded before the loop ends."""
    try:
        await app.run_async()
    except Exception as error:
        if not leaving.is_of_lost_terminal(error):
            output.say(leaving.report(error).plain)
            raise
    finally:
        status = await leaving.last(app)
    return status


def _thread_failed(app: SondeApp, failed: threading.ExceptHookArgs) -> None:
    """End the app, which may be deaf without the thread, as after a fault in the event loop."""
    if isinstance(failed.exc_value, Exception):
        app.call_later(app._handle_exception, failed.exc_value)
