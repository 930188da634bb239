"""Text in the person's own editor, through a private temporary file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from .errors import RequestError

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
    path = await asyncio.to_thread(_write, text, suffix)
    try:
        await _run([*command, str(path)])
        changed = await asyncio.to_thread(_read, path)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    # Most editors end a file with a line feed that nobody typed.
    return changed if text.endswith("\n") else changed.removesuffix("\n")


def _write(text: str, suffix: str) -> Path:
    try:
        handle, name = tempfile.mkstemp(prefix="sonde-", suffix=suffix)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise RequestError(
            f"Could not write the text to a temporary file: {error.strerror}."
        ) from error
    return Path(name)


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


async def _run(command: list[str]) -> None:
    with _without_interrupts():
        try:
            process = await asyncio.create_subprocess_exec(*command)
        except OSError as error:
            raise RequestError(
                f"Could not start the editor {command[0]!r}: {error.strerror}.",
                hint="Set EDITOR to another one.",
            ) from error
        status = await process.wait()
        _drain()
    if status:
        raise RequestError(
            f"The editor {command[0]!r} ended with status {status}; nothing was changed."
        )


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Leave ctrl+c to the editor; a handler of our own, as ignoring would be inherited by it."""
    try:
        before = signal.signal(signal.SIGINT, lambda *_: None)
    except ValueError:  # not the main thread: no handler, no interrupt
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _drain() -> None:
    """Throw away what was typed ahead into the editor's terminal: it is not meant for us."""
    if sys.__stdin__ is None:
        return
    try:
        handle = sys.__stdin__.fileno()
        if os.isatty(handle):
            import termios

            termios.tcflush(handle, termios.TCIFLUSH)
    except (OSError, ValueError):  # closed, or no terminal: nothing is pending
        return
