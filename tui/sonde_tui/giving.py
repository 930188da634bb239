"""What is at hand, given away: to a file, to a command, to the editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sonde_core.errors import SondeError
from sonde_core.safetext import line
from sonde_core.saving import Content

from .handing_over import hand_over

if TYPE_CHECKING:
    from sonde_core.foreground import Ended

    from .screens.tab import Tab


async def save(tab: Tab, contents: Sequence[Content]) -> None:
    """Ask which of the contents goes into which file, and tell what came of it."""
    from .screens.save import SaveScreen

    told = await tab.app.push_screen_wait(SaveScreen(contents, tab.services))
    if told:
        tab.tell(told)


async def pipe(tab: Tab, contents: Sequence[Content]) -> None:
    """Ask for a command, give it the terminal, and tell how it ended if not well."""
    from sonde_core import piping

    from .screens.pipe import PipeScreen

    asked = await tab.app.push_screen_wait(PipeScreen(contents, tab.services))
    if asked is None:
        return
    command = asked.command
    try:
        ended = await hand_over(
            tab.app, lambda: piping.pipe(command, asked.content), to="a command"
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
