"""The practice server inside the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from sonde_core.errors import SondeError
from sonde_core.safetext import line

if TYPE_CHECKING:
    from sonde_core.practice.server import PracticeServer


async def start(app: App[int]) -> PracticeServer | None:
    """Start the practice server and say where it is; None when it could not."""
    from sonde_core.practice.server import PracticeServer

    server = PracticeServer()
    try:
        await server.start()
    except SondeError as error:
        app.notify(line(f"{error.message} {error.advice}"), severity="error", markup=False)
        return None
    where = "\n".join(f"{name}: {endpoint}" for name, endpoint in server.endpoints())
    app.notify(where, title="Practice server", timeout=5, markup=False)
    return server


def sample(server: PracticeServer) -> str:
    """Return the URL of the first request to try."""
    return f"{server.http}/anything/hello?from=sonde"
