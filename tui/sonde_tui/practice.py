"""The practice server inside the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sonde_core.errors import SondeError
from sonde_core.safetext import line

if TYPE_CHECKING:
    from sonde_core.practice.server import PracticeServer

    from .app import SondeApp


class Practice:
    """Starts it once, and loads the first request to try."""

    def __init__(self, app: SondeApp) -> None:
        self._app = app
        self._server: PracticeServer | None = None

    def endpoints(self) -> list[tuple[str, str]]:
        """Return a name and an endpoint for each of its servers; none before the start."""
        return self._server.endpoints() if self._server else []

    async def show(self) -> None:
        """Start it if need be, and load a request to it; say so when it cannot be started."""
        if self._server is None:
            self._server = await self._start()
        if self._server is not None:
            from .screens.http import HttpTab

            tab = await self._app.show("http")
            assert isinstance(tab, HttpTab)  # noqa: S101 - of that name
            tab.practise(f"{self._server.http}/anything/hello?from=sonde")

    async def _start(self) -> PracticeServer | None:
        from sonde_core.practice.server import PracticeServer

        server = PracticeServer()
        try:
            await server.start()
        except SondeError as error:
            text = f"{error.message} {error.advice}"
            self._app.notify(line(text), severity="error", markup=False)
            return None
        names = ", ".join(name for name, _ in server.endpoints())
        self._app.notify(f"Practice server: {names}; F1 lists where.", timeout=4, markup=False)
        return server

    async def close(self) -> None:
        """End it, if it runs."""
        if self._server is not None:
            await self._server.close()
