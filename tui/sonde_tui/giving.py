"""What is at hand, given away: to a file, or to a command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sonde_core.errors import SondeError
from sonde_core.outlets import piping
from sonde_core.outlets.saving import Content
from sonde_core.safetext import line

from .handing_over import hand_over
from .screens.pipe import Piped, PipeScreen
from .screens.save import SaveScreen

if TYPE_CHECKING:
    from sonde_core.outlets.foreground import Ended

    from .screens.tab import Tab


async def ask_where(tab: Tab, contents: Sequence[Content]) -> None:
    """Ask which of the contents goes into which file; returns when the dialog hears keys."""

    def saved(told: str | None) -> None:
        if told:
            tab.tell(told)

    await tab.app.push_screen(SaveScreen(contents, tab.services), saved)


async def ask_what(tab: Tab, contents: Sequence[Content]) -> None:
    """Ask for a command that is to read one of the contents; returns when the dialog hears keys."""

    def asked(piped: Piped | None) -> None:
        if piped is not None:
            tab.run_worker(_pipe(tab, piped), group="giving", exclusive=True)

    await tab.app.push_screen(PipeScreen(contents, tab.services), asked)


async def _pipe(tab: Tab, piped: Piped) -> None:
    """Give a command the terminal, and tell how it ended if not well."""
    command, unused = piped.command, bytearray()
    try:
        ended = await hand_over(
            tab.app,
            lambda: piping.pipe(command, piped.content, unused=unused.extend),
            to="a command",
            unused=unused,
        )
    except SondeError as error:
        tab.tell(f"{error.message} {error.advice}", warning=True)
        return
    _tell_end(tab, piping.how_it_ended(command, ended), ended)


def _tell_end(tab: Tab, sentence: str, ended: Ended) -> None:
    if ended.status:
        tab.tell(f"{sentence} {line(ended.said, limit=200)}".rstrip(), warning=True)
    elif ended.said:
        tab.tell(line(ended.said, limit=200), warning=True)
