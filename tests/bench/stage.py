"""What every part of the benchmark needs: a folder, the server, and ways to start the app."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

from .grid import Grid
from .server import Server, serving
from .window import Window

SONDE: Final = (str(Path(sys.executable).with_name("sonde")),)
_BARE_APP: Final = """\
from textual.app import App
from textual.widgets import Footer, Header, Input


class Bare(App):
    def compose(self):
        yield Header()
        yield Input(placeholder="type here")
        yield Footer()


Bare().run()
"""


class Stage:
    """Where a run takes place: nothing of the person's own is read or written."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        self.environment = {
            **os.environ,
            "SONDE_HISTORY": str(self.folder / "history.json"),
            "XDG_CONFIG_HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder),
        }

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def server(self) -> Server:
        """The loopback server, started when first needed."""
        return self._open.enter_context(serving())

    def faults(self) -> str:
        """Return the reports of the app's own faults, and forget them."""
        told = ""
        for path in self.folder.rglob("sonde-crash-*.txt"):
            told += path.read_text()
            path.unlink()
        return told

    def forget_server(self) -> None:
        """Begin with another one: nobody knows what this one still has to tell."""
        self.__dict__.pop("server", None)

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """Command of the smallest Textual app that takes text."""
        path = self.folder / "bare_app.py"
        path.write_text(_BARE_APP)
        return sys.executable, str(path)

    def fresh_history(self) -> None:
        """Begin with a history that holds nothing."""
        path = self.folder / f"{os.urandom(4).hex()}.json"
        self.environment["SONDE_HISTORY"] = str(path)

    @contextmanager
    def bare_app(self) -> Iterator[Window]:
        """Run the bare app."""
        with Window(self.bare, self.environment) as window:
            window.until("^p palette")
            yield window

    @contextmanager
    def app(self, url: str = "") -> Iterator[Window]:
        """Run Sonde, with a URL in its field; what it does after its first paint is over."""
        self.fresh_history()
        with Window((*SONDE, url) if url else SONDE, self.environment) as window:
            window.until("^q Quit")
            window.rest()
            window.watch(1.0)
            yield window


def prettified(grid: Grid) -> bool:
    """Whether JSON is in view that is indented by two, in colours."""
    rows = [row.rstrip(" ▁▂▃▄▅▆▇█") for row in grid.rows]
    for top, row in enumerate(rows[:-2]):
        left = len(row) - 1
        if not row.endswith("[") or rows[top + 1][left:] != "  {":
            continue
        if rows[top + 2][left:].startswith('    "id"'):
            styles = grid.styles[top + 2]
            return styles[left + 4] != styles[left + 8]
    return False
