"""What the app is handed: the core's ways to act, so that widgets open nothing themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sonde_core.config import Config
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History

from .drafts import Drafts

if TYPE_CHECKING:
    from sonde_core.environments import Environments
    from sonde_core.outlets.clipboard import Copied
    from sonde_core.snippets import Snippets


class Copy(Protocol):
    """Brings bytes to the clipboard by the first way that works."""

    def __call__(
        self, data: bytes, *, terminal: Callable[[str], None] | None
    ) -> Awaitable[Copied]: ...


async def copy_to_clipboard(data: bytes, *, terminal: Callable[[str], None] | None) -> Copied:
    """Copy with the real clipboard; imported when first used."""
    from sonde_core.outlets.clipboard import copy

    return await copy(data, terminal=terminal)


@dataclass(slots=True)
class Services:
    """The bundle that the app hands to its tabs."""

    exchanger: Exchanger
    history: History
    config: Config
    copy: Copy = copy_to_clipboard
    reveal: bool = False  # show secrets, until the app is left
    folder: Path | None = None  # where something was saved last; None for the current one
    commands: list[str] = field(default_factory=list)  # what something was piped through
    drafts: Drafts = field(default_factory=Drafts)
    _environments: Environments | None = None

    @property
    def environments(self) -> Environments:
        """The values that templates are filled with, for all tabs; made when first needed."""
        if self._environments is None:
            from sonde_core.environments import Environments

            self._environments = Environments.beside(self.config.path)
        return self._environments

    async def names(self) -> Mapping[str, bytes]:
        """Return what templates may name: the values of the chosen environment, read anew."""
        await asyncio.to_thread(self.environments.refresh)
        return self.environments.values.names

    @property
    def snippets(self) -> Snippets:
        """The payloads with a name."""
        from sonde_core.snippets import Snippets

        return Snippets.beside(self.config.path)
