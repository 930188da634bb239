"""Put the app together and run it."""

from __future__ import annotations

import gc
import sys

from sonde_core import config, settings
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History

from .app import SondeApp
from .services import Services


def run(*, history: str = "", endpoint: str = "", demo: bool = False) -> int:
    """Run the app to its end and return the exit status."""
    gc.disable()  # until the first paint: collecting costs a tenth of the start
    # The event loop gives the interpreter away at each read and write, and a thread that computes
    # keeps it for so long: a body arrives twice as fast beside one than with the usual 5 ms.
    sys.setswitchinterval(0.001)
    chosen = settings.load(history)
    kept = History(chosen.history, limits=chosen.limits)
    exchanger = Exchanger(kept, limits=chosen.limits)
    services = Services(exchanger, kept, config.read(config.default_path()))
    app = SondeApp(services, endpoint=endpoint, demo=demo)
    app.run()
    return app.return_code or 0
