"""Text in the person's own editor, through a private temporary file."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import RequestError
from ..history.troubles import words
from .foreground import Ended, run
from .saving import Content

FALLBACKS: Final = ("sensible-editor", "nano", "vim", "vi")


def editor(environment: Mapping[str, str] | None = None) -> list[str]:
    """Return the command of the editor: `VISUAL`, else `EDITOR`, else one that is there.

    Raises:
        RequestError: None is named or found.
    """
    environment = os.environ if environment is None else environment
    chosen = environment.get("VISUAL", "").strip() or environment.get("EDITOR", "").strip()
    if chosen:
        try:
            return shlex.split(chosen)
        except ValueError as error:
            raise RequestError(
                f"The editor {chosen!r} is no command: {error}.", hint="Correct VISUAL or EDITOR."
            ) from error
    for name in FALLBACKS:
        if found := shutil.which(name):
            return [found]
    raise RequestError("No editor was found.", hint="Set EDITOR to the one you like.")


async def edit(text: str, *, suffix: str = ".txt") -> str:
    """Let the person change a text in their editor and return it.

    The terminal must be free for it. Other work on the event loop goes on meanwhile.

    Raises:
        RequestError: The editor cannot be started, failed, or left no UTF-8 text.
    """
    command = editor()
    data = text.encode("utf-8", "surrogateescape")
    path = await asyncio.to_thread(_write, [data], suffix)
    try:
        await _run([*command, str(path)], "nothing was changed")
        changed = await asyncio.to_thread(_read, path)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    # Most editors end a file with a line feed that nobody typed.
    return changed if text.endswith("\n") else changed.removesuffix("\n")


class Copy:
    """A copy of what was received, for the editor to show; whoever made it removes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    async def of(cls, content: Content) -> Copy:
        """Write the copy, which only its owner may read, under a name that tells what it is.

        Raises:
            RequestError: It cannot be written.
            BodyError: It cannot be read.
        """
        return cls(await asyncio.to_thread(_write, content.slices(), f"-{content.name}", 0o400))

    async def show(self) -> None:
        """Show it in the editor; the terminal must be free. Raises RequestError."""
        await _run([*editor(), str(self._path)], "what was received is as it was")

    async def remove(self) -> None:
        """Remove it."""
        with suppress(OSError):
            await asyncio.to_thread(self._path.unlink, missing_ok=True)


def _write(pieces: Iterable[bytes], suffix: str, mode: int = 0o600) -> Path:
    path = None
    try:
        handle, name = tempfile.mkstemp(prefix="sonde-", suffix=suffix)
        path = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(pieces)
            os.fchmod(stream.fileno(), mode)
    except BaseException as error:  # none of it may stay behind
        if path is not None:
            path.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise RequestError(
            f"Could not write the text to a temporary file: {words(error)}.",
            hint="Free some space in the temporary folder.",
        ) from error
    return path


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise RequestError(
            f"Could not read what the editor saved: {error.strerror}; nothing was changed."
        ) from error
    except UnicodeDecodeError as error:
        raise RequestError(
            "What the editor saved is no UTF-8 text; nothing was changed.", hint="Save it as UTF-8."
        ) from error


async def _run(command: list[str], so: str) -> Ended:
    try:
        ended = await run(command)
    except RequestError as error:
        told = error.message.replace("Could not start ", "Could not start the editor ")
        raise RequestError(told, hint="Set EDITOR to another one.") from error
    if ended.status:
        raise RequestError(f"The editor {command[0]!r} ended with status {ended.status}; {so}.")
    return ended
