"""The lenses that there are: built in, in the person's folder, or installed by other packages.

Those of others are loaded when somebody looks at the list, or asks for one that is not built in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

from ..config import default_path
from .contained import Contained, Worker, in_words
from .dns_lens import Dns
from .http_lens import Http
from .lens import Lens, LensError
from .resp_lens import Resp
from .sized_lenses import Fixed, Length
from .text_lenses import Delimiter, JsonLines, Lines, ServerSentEvents
from .tls_lens import Tls
from .websocket_lens import WebSocket

GROUP: Final = "sonde.lenses"
BUILT_IN: Final[tuple[type[Lens], ...]] = (
    *(Lines, JsonLines, Delimiter, Length, Fixed),
    *(Http, ServerSentEvents, WebSocket, Resp, Dns, Tls),
)
_LOADING: Final = 2.0  # seconds that a file may take
_LATE: Final = "it takes too long to load"
_INSTALLED: Final = "installed"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Found:
    """A lens that can be chosen, or a file that should hold one and does not.

    Attributes:
        kind: Its class; None for what could not be loaded.
        origin: Where it is from; empty for one that is built in.
        error: Why it could not be loaded; empty when it could.
    """

    name: str
    kind: type[Lens] | None
    origin: str = ""
    error: str = ""

    @property
    def about(self) -> str:
        return self.error or (str(self.kind.about) if self.kind else "")

    @property
    def argument(self) -> str:
        return str(self.kind.argument) if self.kind else ""


def folder() -> Path:
    """Return the folder where a person's own lenses lie."""
    return default_path().parent / "lenses"


def lens_of(text: str, place: Path | None = None) -> Contained:
    """Make a lens from what a person types, such as `lines` or `length:2be`.

    Args:
        text: The name, and behind a colon what the lens takes.
        place: Where the person's own lenses lie; None for the usual folder.

    Raises:
        LensError: There is no such lens, or it does not take that.
    """
    name, _, argument = text.strip().partition(":")
    for kind in BUILT_IN:
        if kind.name == name:
            return Contained(kind(argument), text.strip(), trusted=True)
    found = next((each for each in others(place) if each.name == name), None)
    if found is None:
        raise LensError(f"There is no lens {name!r}.")
    if found.kind is None:
        raise LensError(f"The lens {name} could not be loaded: {found.error}")
    made = _made(found.kind, name, argument)
    if isinstance(made, LensError):
        raise made
    return Contained(made, text.strip())


def _made(kind: type[Lens], name: str, argument: str) -> Lens | LensError:
    """Make a lens that others wrote, where it cannot hold us up or end the app."""

    def make() -> Lens | LensError:
        try:
            return kind(argument)
        except LensError as error:
            return error
        except BaseException as error:  # noqa: BLE001 - others wrote it
            return LensError(f"The lens {name} failed: {in_words(error)}")

    try:
        return Worker().run(make, busy=_LOADING, late=_LOADING * 2)
    except TimeoutError:
        return LensError(f"The lens {name} takes too long to be made.")


def all_lenses(place: Path | None = None) -> list[Found]:
    """Return all lenses, those that are built in first."""
    return [*(Found(kind.name, kind) for kind in BUILT_IN), *others(place)]


def others(place: Path | None = None) -> list[Found]:
    """Return lenses that are not built in; each is loaded once, a file again when it changed."""
    taken = {kind.name for kind in BUILT_IN}
    found = list[Found]()
    for each in [*_in_folder(place or folder()), *_installed()]:
        if each.name not in taken:
            taken.add(each.name)
            found.append(each)
    return found


def _in_folder(place: Path) -> Iterator[Found]:
    try:
        files = sorted(place.glob("*.py"))
        marked = [(path, path.stat().st_mtime_ns) for path in files]
    except OSError:
        return
    for path, changed in marked:
        yield from _loaded(path, changed)


@cache
def _loaded(path: Path, _changed: int) -> tuple[Found, ...]:
    """Load a file, where it cannot hold us up."""
    try:
        return Worker().run(lambda: _load(path), busy=_LOADING, late=_LOADING * 2)
    except TimeoutError:
        return (Found(path.stem, None, str(path), _LATE),)


def _load(path: Path) -> tuple[Found, ...]:
    try:
        module = _module(path)
        kinds = tuple(_lenses_in(module))
        named = tuple(Found(_name_of(kind), kind, str(path)) for kind in kinds)
    except BaseException as error:  # noqa: BLE001 - others wrote it
        return (Found(path.stem, None, str(path), in_words(error)),)
    return named or (Found(path.stem, None, str(path), "there is no lens in it"),)


def _module(path: Path) -> ModuleType:
    import importlib.util

    spec = importlib.util.spec_from_file_location(f"sonde_lens_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise LensError(f"{path} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _lenses_in(module: ModuleType) -> Iterator[type[Lens]]:
    """Yield the lenses that a module defines, and not those that it uses."""
    for each in vars(module).values():
        if isinstance(each, type) and issubclass(each, Lens) and each.__module__ == module.__name__:
            yield each


def _name_of(kind: type[Lens]) -> str:
    name = getattr(kind, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise LensError(f"{kind.__name__} has no name that can be typed.")
    return name


@cache
def _installed() -> tuple[Found, ...]:
    from importlib.metadata import entry_points

    return tuple(_of_entry(point.name, point.load) for point in entry_points(group=GROUP))


def _of_entry(name: str, load: Callable[[], object]) -> Found:
    """Load what is installed, where it cannot hold us up or end the app."""
    try:
        return Worker().run(lambda: _of_loaded(name, load), busy=_LOADING, late=_LOADING * 2)
    except TimeoutError:
        return Found(name, None, _INSTALLED, _LATE)


def _of_loaded(name: str, load: Callable[[], object]) -> Found:
    try:
        kind = load()
        if not isinstance(kind, type) or not issubclass(kind, Lens):
            return Found(name, None, _INSTALLED, "it is no lens")
        return Found(_name_of(kind), kind, _INSTALLED)
    except BaseException as error:  # noqa: BLE001 - others wrote it
        return Found(name, None, _INSTALLED, in_words(error))
