"""Give what is at hand to a command: which form of it, and the line for the shell."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import Input

from sonde_core.errors import BodyError
from sonde_core.outlets.piping import obeyed, pager
from sonde_core.outlets.saving import Content

from ..services import Services
from .contents import ContentsDialog

OBEYED: Final = (
    "There are control characters in it, which your terminal would obey: less shows them instead."
)
# Seconds that nothing is typed before the bytes are looked at.
_PAUSE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Piped:
    """What is to be done."""

    command: str
    content: Content


class PipeScreen(ContentsDialog[Piped]):
    """Returns the command and what it reads; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "move(1)", "Other form", id="contents.next"),
        Binding("shift+tab", "move(-1)", "Previous", id="contents.previous", show=False),
        Binding("up", "recall(-1)", "Earlier command", id="pipe.before"),
        Binding("down", "recall(1)", "Later command", id="pipe.after", show=False),
    ]

    def __init__(self, contents: Sequence[Content], services: Services) -> None:
        super().__init__("Pipe through a command", contents)
        self._commands = services.commands
        self._at = len(self._commands)  # in them; at their end for what is new
        self._new = ""

    def suggestion(self, content: Content) -> str:
        """Return the person's pager."""
        return pager()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer earlier commands only where there are some; Textual's word."""
        return action != "recall" or bool(self._commands)

    def action_recall(self, by: int) -> None:
        """Bring back an earlier command of this run; after the last one, what was typed."""
        if self._at == len(self._commands):
            self._new = self.field.value
        self._at = max(0, min(self._at + by, len(self._commands)))
        self.field.put([*self._commands, self._new][self._at])

    def chosen(self) -> None:
        """Look through the bytes of what is chosen."""
        super().chosen()
        self._look()

    @on(Input.Changed, "#field")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()

    @work(group="look", exclusive=True)
    async def _look(self) -> None:
        content, command = self.content, self.field.value
        await asyncio.sleep(_PAUSE)
        try:
            warned = await asyncio.to_thread(obeyed, command, content)
        except BodyError:
            return  # the command's end tells
        if not self.is_current:
            return  # it was left meanwhile
        if warned:
            self.say(f"{OBEYED} {content.note}".rstrip(), warning=True)
        else:
            super().chosen()

    @on(Input.Submitted, "#field")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        command = event.value.strip()
        if not command:
            self.workers.cancel_group(self, "look")  # what it finds would be told instead
            self.say("There is no command. Type one, such as less.", warning=True)
            return
        if command in self._commands:
            self._commands.remove(command)
        self._commands.append(command)
        self.dismiss(Piped(command, self.content))
