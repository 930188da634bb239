"""Save what is at hand to a file: which form of it, where; never over a file without asking."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from textual import on, work
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from sonde_core.errors import SondeError, TakenError
from sonde_core.outlets.file_names import free_beside
from sonde_core.outlets.saving import Content, save, target
from sonde_core.safetext import line
from sonde_core.words import size

from ..services import Services
from .contents import ContentsDialog

ANOTHER: Final = "another"
OVERWRITE: Final = "overwrite"
# How often the progress is told, a second.
_TICKS: Final = 10


class SaveScreen(ContentsDialog[str]):
    """Writes the file; returns what to tell of it, or None when it was left."""

    DEFAULT_CSS = """
    SaveScreen #taken { display: none; }
    SaveScreen.-taken #taken { display: block; }
    """

    def __init__(self, contents: Sequence[Content], services: Services) -> None:
        super().__init__("Save", contents)
        self._services = services
        self._suggested = ""
        self._written = 0
        self._writing = False
        self._free = Path()

    def below(self) -> Iterable[Widget]:
        """Make the list of what can be done when a name is taken."""
        yield OptionList(
            Option("", id=ANOTHER), Option("Overwrite it", id=OVERWRITE), markup=False, id="taken"
        )

    @property
    def _taken(self) -> OptionList:
        return self.query_one("#taken", OptionList)

    def suggestion(self, content: Content) -> str:
        """Return the name, after the folder where something was saved last."""
        folder = self._services.folder
        self._suggested = content.name if folder is None else _short(folder / content.name)
        return self._suggested

    def chosen(self) -> None:
        """Suggest the name of what is chosen, unless the person has typed one."""
        super().chosen()
        self.remove_class("-taken")
        if self.field.value == self._suggested:
            self.field.suggest(self.suggestion(self.content))

    # writing

    @on(Input.Submitted, "#field")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._writing:
            self._save(overwrite=False)

    @on(Input.Changed, "#field")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.has_class("-taken"):
            self._ask_no_more()

    def _save(self, *, overwrite: bool) -> None:
        content = self.content
        try:
            path = target(self.field.value.strip(), _here(), content.name)
        except SondeError as error:
            self._refuse(error)
            return
        self._writing, self._written = True, 0
        self._write(content, path, overwrite=overwrite)

    @work(group="save", exclusive=True)
    async def _write(self, content: Content, path: Path, *, overwrite: bool) -> None:
        ticking = self.set_interval(1 / _TICKS, lambda: self._tell_progress(content))
        try:
            written = await save(content, path, overwrite=overwrite, progress=self._progress)
        except TakenError as error:
            self._ask(path, error)
        except SondeError as error:
            self._refuse(error)
        except asyncio.CancelledError:
            if self.is_current:
                self.say("Cancelled; nothing was written.", warning=True)
            raise
        else:
            self._services.folder = path.parent
            self.dismiss(_saved(content, path, written))
        finally:
            ticking.stop()
            self._writing = False

    def _progress(self, written: int) -> None:
        self._written = written  # told from the writing thread

    def _tell_progress(self, content: Content) -> None:
        total = f" of {size(content.size)}" if content.size is not None else ""
        self.say(f"writing {size(self._written)}{total} · escape cancels")

    def _refuse(self, error: SondeError) -> None:
        self.say(f"{error.message} {error.advice}", warning=True)

    def action_leave(self) -> None:
        """Cancel the writing, else go back to the name, else leave."""
        if self._writing:
            self.workers.cancel_group(self, "save")
        elif self.has_class("-taken"):
            self._ask_no_more()
        else:
            self.dismiss(None)

    # a name that is taken

    def _ask(self, path: Path, error: TakenError) -> None:
        """Ask what to do; enter once more does nothing that cannot be undone."""
        self.say(f"{error.message} What is to be done?", warning=True)
        self.add_class("-taken")
        self.field.put(self.field.value)  # it is to be changed then
        self._free = free_beside(path)
        self._taken.replace_option_prompt(ANOTHER, line(f"Save as {self._free.name} instead"))
        self._taken.highlighted = 0
        self._taken.focus()

    def _ask_no_more(self) -> None:
        self.remove_class("-taken")
        self.say("")
        self.field.focus()

    @on(OptionList.OptionSelected, "#taken")
    def _answered(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        overwrite = event.option_id == OVERWRITE
        if not overwrite:
            self.field.put(_short(self._free))
        self._ask_no_more()
        self._save(overwrite=overwrite)


def _saved(content: Content, path: Path, written: int) -> str:
    told = f"{content.title}: {size(written)} saved to {_short(path)}."
    if content.size is not None and written < content.size:
        return f"{told} Only so much of {size(content.size)} is kept."
    return f"{told} {content.note}".rstrip()


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError:  # it was removed
        return Path("/")


def _short(path: Path) -> str:
    """Write a path as a person would: from here, or from home."""
    if path.is_relative_to(_here()):
        return str(path.relative_to(_here()))
    with suppress(ValueError, RuntimeError):  # it is elsewhere, or there is no home
        return f"~/{path.relative_to(Path.home())}"
    return str(path)
