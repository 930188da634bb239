"""Asking the person for secrets that an entry was recorded without, once for each server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sonde_core.secrets import origin_of

if TYPE_CHECKING:
    from sonde_core.history.entry import Entry
    from sonde_core.left_out import LeftOut

    from .app import SondeApp


class Asking:
    """Knows what it was told until the app is left; see `Exchanger.ask`.

    Args:
        app: Shows the dialog.
    """

    def __init__(self, app: SondeApp) -> None:
        self._app = app
        self._told: dict[tuple[str, str], bytes] = {}  # by server and name
        self._one = asyncio.Lock()  # replays of many entries ask one after the other

    async def __call__(self, entry: Entry, missing: Sequence[LeftOut]) -> Mapping[str, bytes]:
        """Return the secrets by number as text; those that are not told are not in it."""
        from sonde_core.scrubbing.sources import known

        environments = self._app.services.environments
        await asyncio.to_thread(environments.refresh)
        found = known(missing, environments)
        server = origin_of(entry.exchange.target)
        async with self._one:
            # A name that several have is asked for each time.
            names = [each.name for each in missing]
            for each in missing:
                told = self._told.get((server, each.name))
                if told is not None and names.count(each.name) == 1:
                    found.setdefault(str(each.number), told)
            wanted = [each for each in missing if str(each.number) not in found]
            if wanted:
                found |= await self._ask(server, wanted)
        return found

    def forget(self) -> None:
        """Ask anew from now on."""
        self._told.clear()

    async def _ask(self, server: str, wanted: Sequence[LeftOut]) -> dict[str, bytes]:
        from .screens.secrets_wanted import SecretsScreen

        done: asyncio.Future[tuple[bytes, ...] | None] = asyncio.get_running_loop().create_future()
        screen = SecretsScreen(server, [each.name for each in wanted])

        def settle(told: tuple[bytes, ...] | None) -> None:
            if not done.done():
                done.set_result(told)

        self._app.push_screen(screen, settle)
        told = await done
        if told is None:
            return {}
        pairs = list(zip(wanted, told, strict=True))
        self._told |= {(server, each.name): value for each, value in pairs}
        return {str(each.number): value for each, value in pairs}
